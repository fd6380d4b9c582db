#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"

#include <memory>

namespace aigw::cli {

Run define_version(Arguments& arguments) {
  auto as_json = std::make_shared<bool>(false);
  arguments.flag("--json", *as_json, "print one JSON document");
  return [as_json](Session& session) -> Result<int> {
    if (!*as_json) {
      session.out().line("aigw " AIGW_VERSION);
      return kOk;
    }
    std::string text;
    json::Writer(text).begin_object().member("name", "aigw").member("version", AIGW_VERSION).end_object();
    session.out().line(text);
    return kOk;
  };
}

}  // namespace aigw::cli
