#include "base/files.hpp"
#include "cli/api_caller.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"
#include "store/database.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  bool dry_run = false;
  bool json = false;
};

/// The steps that the file has not seen. They are static: the database is closed again.
Result<std::span<const store::Migration>> pending_of(const config::Paths& paths) {
  AIGW_TRY_ASSIGN(store::Database db, store::Database::open(paths.db, store::Database::Mode::inspect));
  return db.pending();
}

std::string document(std::span<const store::Migration> steps, std::int64_t version, const std::string& backup) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("version", version).key("steps").begin_array();
  for (const store::Migration& step : steps)
    writer.begin_object().member("number", step.number).member("name", step.name).end_object();
  writer.end_array().key("backup");
  backup.empty() ? writer.null() : writer.string(backup);
  writer.end_object();
  return out;
}

void print(Output& out, std::span<const store::Migration> steps, std::int64_t version, const std::string& backup) {
  if (steps.empty()) return out.talk("the schema is up to date (version " + std::to_string(version) + ")");
  for (const store::Migration& step : steps) out.line(std::to_string(step.number) + "  " + std::string(step.name));
  if (backup.empty()) return out.talk("nothing was changed; the schema is at version " + std::to_string(version));
  out.talk("the schema is now at version " + std::to_string(version) + "; the database as it was: " + backup);
}

Result<int> run_db_migrate(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY_ASSIGN(const auto steps, pending_of(paths));
  std::int64_t version = static_cast<std::int64_t>(store::migrations().size() - steps.size());
  std::string backup;
  if (!steps.empty() && !options.dry_run) {
    AIGW_TRY_ASSIGN(const auto lock, files::FileLock::acquire(paths.lock, kCommandNote));
    AIGW_TRY_ASSIGN(const store::Database db, store::Database::open(paths.db, store::Database::Mode::write));
    version += static_cast<std::int64_t>(steps.size());
    backup = db.backup_made().string();
  }
  if (options.json)
    session.out().line(document(steps, version, backup));
  else
    print(session.out(), steps, version, backup);
  return kOk;
}

}  // namespace

Run define_db_migrate(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.flag("--dry-run", options->dry_run, "only list the steps")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_db_migrate(session, *options); };
}

}  // namespace aigw::cli
