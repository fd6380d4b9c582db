#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "json/writer.hpp"
#include "store/check.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  bool quick = false;
  bool json = false;
};

std::string document(const config::Paths& paths, const store::CheckReport& report) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("file", paths.db.string()).member("sound", report.sound()).key("checks").begin_array();
  for (const store::CheckFinding& finding : report.findings) {
    writer.begin_object()
        .member("name", finding.name)
        .member("sound", finding.sound)
        .member("detail", finding.detail)
        .key("next");
    finding.next.empty() ? writer.null() : writer.string(finding.next);
    writer.end_object();
  }
  writer.end_array().end_object();
  return out;
}

void print(Output& out, const config::Paths& paths, const store::CheckReport& report) {
  Table table({{""}, {""}, {""}});
  for (const store::CheckFinding& finding : report.findings)
    table.row({finding.name, finding.sound ? "ok" : "NOT OK", printable(finding.detail)});
  for (const std::string& line : table.lines(0, false)) out.line(line);
  for (const store::CheckFinding& finding : report.findings)
    if (!finding.sound && !finding.next.empty()) out.talk(finding.name + ": " + finding.next + ".");
  if (report.sound()) out.talk(paths.db.string() + " is sound");
}

Result<int> run_db_check(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY_ASSIGN(const auto report,
                  store::check_database(paths.db, paths.ledger,
                                        options.quick ? store::CheckDepth::quick : store::CheckDepth::full));
  if (options.json)
    session.out().line(document(paths, report));
  else
    print(session.out(), paths, report);
  return report.sound() ? kOk : kFailed;
}

}  // namespace

Run define_db_check(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.flag("--quick", options->quick, "leave out what takes long: indexes, and sums against rows")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_db_check(session, *options); };
}

}  // namespace aigw::cli
