#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"

#include <memory>

namespace aigw::cli {

Run define_config_path(Arguments& arguments) {
  auto as_json = std::make_shared<bool>(false);
  arguments.flag("--json", *as_json, "print where all files are, as one JSON document");
  return [as_json](Session& session) -> Result<int> {
    AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
    if (!*as_json) {
      session.out().line(paths.config_file.string());
      return kOk;
    }
    std::string text;
    json::Writer(text)
        .begin_object()
        .member("config", paths.config_file.string())
        .member("db", paths.db.string())
        .member("ledger", paths.ledger.string())
        .member("lock", paths.lock.string())
        .member("socket", paths.socket.string())
        .member("master_key", paths.master_key.string())
        .end_object();
    session.out().line(text);
    return kOk;
  };
}

}  // namespace aigw::cli
