#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/behind.hpp"
#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::chrono::milliseconds since = std::chrono::hours(24);
  std::string by;
  bool json = false;
};

std::string count_at(const json::Dom& object, std::string_view name) {
  return count_text(integer_of(object, name).value_or(0));
}

std::vector<std::string> sum_cells(const json::Dom& sum) {
  const json::Dom& tokens = member_of(sum, "tokens");
  const json::Dom& latency = member_of(sum, "latency_ms");
  const auto bad = integer_of(sum, "failed").value_or(0) + integer_of(sum, "aborted").value_or(0) +
                   integer_of(sum, "refused").value_or(0) + integer_of(sum, "unknown").value_or(0);
  return {count_at(sum, "requests"),
          count_text(bad),
          count_at(tokens, "input"),
          count_text(integer_of(tokens, "cache_read").value_or(0) + integer_of(tokens, "cache_write").value_or(0)),
          count_at(tokens, "output"),
          usd_text(integer_of(sum, "cost_nano_usd").value_or(0)),
          millis_text(number_of(latency, "p50")),
          millis_text(number_of(latency, "p95")),
          millis_text(number_of(member_of(sum, "ttft_ms"), "p50"))};
}

std::string group_value(const json::Dom& row, std::string_view by) {
  std::string value = text_of(member_of(row, "group"), by);
  if (by == "hour") return short_time(value);
  return value.empty() ? "-" : value;
}

void print_table(Session& session, const json::Dom& stats, const std::vector<std::string_view>& by) {
  std::vector<Table::Column> columns;
  for (const std::string_view name : by) columns.push_back({std::string(name)});
  if (by.empty()) columns.push_back({""});
  using enum Table::Align;
  columns.insert(columns.end(), {{"requests", right},
                                 {"not ok", right, 4},
                                 {"input", right, 1},
                                 {"cached", right, 5},
                                 {"output", right, 1},
                                 {"cost", right},
                                 {"p50", right, 2},
                                 {"p95", right, 3},
                                 {"ttft", right, 6}});
  Table table(std::move(columns));
  const auto add = [&](std::vector<std::string> labels, const json::Dom& sum) {
    const auto cells = sum_cells(sum);
    labels.insert(labels.end(), cells.begin(), cells.end());
    table.row(std::move(labels));
  };
  for (const json::Dom& row : list_of(stats, "rows")) {
    std::vector<std::string> labels;
    for (const std::string_view name : by) labels.push_back(group_value(row, name));
    add(std::move(labels), row);
  }
  std::vector<std::string> total(std::max<std::size_t>(1, by.size()));
  total[0] = "total";
  add(std::move(total), member_of(stats, "totals"));
  table.print(session.out());
  if (const auto unpriced = integer_of(member_of(stats, "totals"), "unpriced_requests").value_or(0); unpriced > 0)
    session.out().line(count_text(unpriced) + (unpriced == 1 ? " request is" : " requests are") +
                       " unpriced and not in the cost: see aigw providers set --prices-as.");
}

Result<int> run_stats(Session& session, const Options& options) {
  const std::int64_t since = std::max<std::int64_t>(0, wall_now().value - options.since.count());
  std::string target = "/api/v1/stats?since_ms=" + std::to_string(since);
  if (!options.by.empty()) target += "&by=" + encoded(options.by);
  if (options.json) {
    AIGW_TRY_ASSIGN(const std::string text, session.ask("GET", target));
    session.out().line(text);
    return kOk;
  }
  AIGW_TRY_ASSIGN(const json::Dom stats, session.ask_json("GET", target));
  std::vector<std::string_view> by;
  if (!options.by.empty()) by = text::split(options.by, ',');
  print_table(session, stats, by);
  tell_if_behind(session.out(), stats);
  return kOk;
}

}  // namespace

Run define_stats(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.option("--since", "TIME", options->since, "how far back: 30m, 24h (the default), 7d")
      .option("--by", "LIST", options->by, "a row for each: model, provider, key, hour, or several with commas")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_stats(session, *options); };
}

}  // namespace aigw::cli
