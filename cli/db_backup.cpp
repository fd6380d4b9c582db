#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"
#include "store/backup.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string to;
  bool json = false;
};

Result<int> run_db_backup(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY(session.ask("POST", "/api/v1/database/flush"));  // what was answered by now belongs into the copy
  AIGW_TRY_ASSIGN(store::Database db, store::Database::open(paths.db, store::Database::Mode::read_only));
  AIGW_TRY_ASSIGN(const store::Backup backup, store::back_up(db, std::filesystem::absolute(options.to)));
  if (!options.json) {
    session.out().talk("copied " + count_text(backup.requests) + " requests, " + bytes_text(backup.bytes) + ", to " +
                       backup.file.string());
    return kOk;
  }
  std::string out;
  json::Writer(out)
      .begin_object()
      .member("file", backup.file.string())
      .member("bytes", backup.bytes)
      .member("requests", backup.requests)
      .end_object();
  session.out().line(out);
  return kOk;
}

}  // namespace

Run define_db_backup(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("FILE", options->to, "the copy to make; it must not exist")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_db_backup(session, *options); };
}

}  // namespace aigw::cli
