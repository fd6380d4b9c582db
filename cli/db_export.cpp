#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/time_option.hpp"
#include "json/writer.hpp"
#include "server/admin_render.hpp"
#include "store/database.hpp"
#include "store/request_repository.hpp"

#include <array>
#include <memory>

namespace aigw::cli {
namespace {

constexpr int kPageRows = 2'000;  // each page is a short read of its own, so that the database's -wal can be emptied

struct Options {
  std::string since;
  std::string until;
  bool csv = false;
};

constexpr std::string_view kCsvTitles =
    "id,at,key,client_dialect,operation,provider,provider_dialect,model_requested,model_served,status,outcome,stream,"
    "attempts,input,cache_read,cache_write,output,usage_source,cost_nano_usd,latency_ms,ttft_ms,bytes_in,bytes_out,"
    "error";

/// Spreadsheets run what begins like a formula.
std::string csv_cell(std::string_view text) {
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  const bool quoted = formula || text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (!quoted) return std::string(text);
  std::string out = formula ? "\"'" : "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

class CsvLine {
 public:
  CsvLine& text(std::string_view value) {
    if (!line_.empty()) line_ += ',';
    line_ += csv_cell(value);
    return *this;
  }
  CsvLine& number(std::int64_t value) { return text(std::to_string(value)); }
  CsvLine& maybe(std::optional<std::int64_t> value) {
    if (value) return number(*value);
    line_ += ',';
    return *this;
  }
  CsvLine& millis(std::optional<std::uint32_t> micros) {
    if (!micros) return maybe({});
    const std::string part = std::to_string(1000 + *micros % 1000).substr(1);
    return text(std::to_string(*micros / 1000) + "." + part);
  }
  const std::string& line() const { return line_; }

 private:
  std::string line_;
};

std::string csv(const store::RequestRow& row) {
  CsvLine out;
  out.text(row.id.text()).text(to_iso8601(row.id.at())).text(row.key_name);
  out.text(llm::name_of(row.client_dialect)).text(llm::name_of(row.operation)).text(row.provider);
  out.text(llm::name_of(row.provider_dialect)).text(row.model_requested).text(row.model_served);
  out.maybe(row.status > 0 ? std::optional<std::int64_t>(row.status) : std::nullopt)
      .text(ledger::name_of(row.outcome))
      .text(row.stream ? "true" : "false");
  out.number(static_cast<std::int64_t>(row.attempts.size()));
  for (const auto bucket : {&TokenUsage::input, &TokenUsage::cache_read, &TokenUsage::cache_write, &TokenUsage::output})
    out.maybe(row.tokens ? std::optional((*row.tokens).*bucket) : std::nullopt);
  out.text(ledger::name_of(row.usage_source));
  out.maybe(row.cost ? std::optional(row.cost->value) : std::nullopt);
  out.millis(row.latency_us).millis(row.ttft_us).number(row.bytes_in).number(row.bytes_out).text(row.error);
  return out.line();
}

std::string ndjson(const store::RequestRow& row) {
  std::string out;
  json::Writer writer(out);
  server::render::request(writer, row);
  return out;
}

Result<int> run_db_export(Session& session, const Options& options) {
  const UnixMillis now = wall_now();
  UnixMillis since{0}, until{now.value + 1};
  if (!options.since.empty()) {
    AIGW_TRY_ASSIGN(since, parse_moment(options.since, now));
  }
  if (!options.until.empty()) {
    AIGW_TRY_ASSIGN(until, parse_moment(options.until, now));
  }
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY(session.ask("POST", "/api/v1/database/flush"));
  AIGW_TRY_ASSIGN(store::Database db, store::Database::open(paths.db, store::Database::Mode::read_only));
  const store::RequestRepository requests(db);
  Output& out = session.out();
  if (options.csv) out.line(kCsvTitles);
  const RequestId end = RequestId::first_at(until);
  RequestId after{RequestId::first_at(since).value - 1};
  for (bool more = true; more && !out.closed() && !out.failed();) {
    AIGW_TRY_ASSIGN(const auto page, requests.page_after(after, kPageRows));
    more = page.size() == static_cast<std::size_t>(kPageRows);
    for (const store::RequestRow& row : page) {
      if (row.id >= end) return kOk;
      out.line(options.csv ? csv(row) : ndjson(row));
      after = row.id;
    }
  }
  return kOk;
}

}  // namespace

Run define_db_export(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.option("--since", "TIME", options->since, "from when on: 30d back, or 2026-11-01 (UTC); else all")
      .option("--until", "TIME", options->until, "to before when; else all")
      .flag("--csv", options->csv, "print CSV with titles instead of a JSON document a line");
  return [options](Session& session) { return run_db_export(session, *options); };
}

}  // namespace aigw::cli
