#include "base/files.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "cli/api_caller.hpp"
#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "json/writer.hpp"
#include "store/check.hpp"
#include "store/salvage.hpp"

#include <memory>
#include <vector>

namespace aigw::cli {
namespace {

struct Options {
  std::string to;
  bool json = false;
};

std::filesystem::path beside(const std::filesystem::path& db) {
  std::string stamp;
  for (const char c : to_iso8601(wall_now()).substr(0, 19))
    if (c != '-' && c != ':') stamp += c;
  return db.string() + ".recovered-" + stamp + "Z";
}

/// What puts the new file in the place of the damaged one, which is kept.
std::vector<std::string> next_commands(const config::Paths& paths, const std::filesystem::path& to) {
  const std::string db = paths.db.string(), damaged = db + ".damaged";
  return {"mv " + db + " " + damaged, "mv " + db + "-wal " + damaged + "-wal; rm -f " + db + "-shm",
          "mv " + to.string() + " " + db, "aigw db check"};
}

std::string document(const store::Salvage& found, const std::filesystem::path& to,
                     const std::vector<std::string>& next) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("file", to.string()).member("whole", found.whole()).key("tables").begin_array();
  for (const store::SalvagedTable& table : found.tables)
    writer.begin_object()
        .member("name", table.name)
        .member("rows", table.rows)
        .member("whole", table.whole)
        .end_object();
  writer.end_array().key("unreadable");
  found.unreadable.empty() ? writer.null() : writer.string(found.unreadable);
  writer.member("requests", found.requests)
      .member("requests_lost", found.requests_lost)
      .member("requests_of_journal", found.requests_of_journal)
      .member("journal_records_lost", found.journal_records_lost)
      .key("next")
      .begin_array();
  for (const std::string& command : next) writer.string(command);
  writer.end_array().end_object();
  return out;
}

void print(Output& out, const store::Salvage& found, const std::filesystem::path& to,
           const std::vector<std::string>& next) {
  using enum Table::Align;
  Table table({{"table"}, {"rows", right}, {""}});
  for (const store::SalvagedTable& row : found.tables)
    table.row({row.name, count_text(row.rows), row.whole ? "whole" : "DAMAGED: a part could not be read"});
  if (!table.empty()) table.print(out);
  if (!found.unreadable.empty()) out.talk("no table could be read: " + found.unreadable);
  out.talk(count_text(found.requests) + " requests are in " + to.string() + ", " +
           count_text(found.requests_of_journal) + " of them from the journal");
  if (found.requests_lost > 0)
    out.talk(count_text(found.requests_lost) + " requests are lost; their sums are kept, and in aigw stats");
  if (found.journal_records_lost > 0)
    out.talk(count_text(found.journal_records_lost) + " records of the journal could not be read");
  out.talk(found.whole() ? "Nothing is lost. The damaged file stays as it is. To use the new one:"
                         : "The damaged file stays as it is; a backup may hold more. To use the new one:");
  for (const std::string& command : next) out.talk("  " + command);
}

Result<int> run_db_recover(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  log::set_level(log::Level::error);  // what is found is said here
  const auto to = options.to.empty() ? beside(paths.db) : std::filesystem::absolute(options.to);
  AIGW_TRY_ASSIGN(const auto lock, files::FileLock::acquire(paths.lock, kCommandNote));
  AIGW_TRY_ASSIGN(const store::Salvage found, store::salvage(paths.db, paths.ledger, to));
  const auto next = next_commands(paths, to);
  if (options.json)
    session.out().line(document(found, to, next));
  else
    print(session.out(), found, to, next);
  return found.whole() ? kOk : kFailed;
}

}  // namespace

Run define_db_recover(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments
      .option("--to", "FILE", options->to, "the new database; else beside the damaged one, with the time in its name")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_db_recover(session, *options); };
}

}  // namespace aigw::cli
