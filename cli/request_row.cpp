#include "cli/request_row.hpp"

#include "cli/dom_read.hpp"
#include "cli/format.hpp"

namespace aigw::cli {
namespace {

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

std::string status_text(const json::Dom& row) {
  const auto status = integer_of(row, "status");
  return status ? std::to_string(*status) : "-";
}

std::string model_text(const json::Dom& row) {
  const std::string served = text_of(row, "model_served");
  return or_dash(served.empty() ? text_of(row, "model_requested") : served);
}

std::string tokens_text(const json::Dom& row) {
  const json::Dom& tokens = member_of(row, "tokens");
  if (tokens.empty()) return "-";
  const auto bucket = [&](std::string_view name) { return integer_of(tokens, name).value_or(0); };
  return count_text(bucket("input") + bucket("cache_read") + bucket("cache_write")) + ">" +
         count_text(bucket("output"));
}

std::string cost_text(const json::Dom& row) {
  if (const auto cost = integer_of(row, "cost_nano_usd")) return usd_text(*cost);
  return member_of(row, "tokens").empty() ? "-" : "unpriced";
}

}  // namespace

std::vector<Table::Column> request_columns() {
  using enum Table::Align;
  return {{"time"},           {"id", left, 2}, {"key", left, 5},  {"provider", left, 4},
          {"model"},          {"outcome"},     {"status", right}, {"tokens", right, 1},
          {"cost", right, 1}, {"time", right}, {"ttft", right, 6}};
}

std::vector<std::string> request_cells(const json::Dom& row) {
  return {short_time(text_of(row, "at")),
          text_of(row, "id"),
          or_dash(text_of(row, "key")),
          or_dash(text_of(row, "provider")),
          model_text(row),
          text_of(row, "outcome"),
          status_text(row),
          tokens_text(row),
          cost_text(row),
          millis_text(number_of(row, "latency_ms")),
          millis_text(number_of(row, "ttft_ms"))};
}

std::vector<std::string> request_lines(const json::Dom& row) {
  Table table({{""}, {""}});
  const auto add = [&](std::string name, std::string value) {
    if (!value.empty()) table.row({std::move(name), std::move(value)});
  };
  add("request", text_of(row, "id"));
  add("at", text_of(row, "at"));
  add("key", or_dash(text_of(row, "key")));
  add("asked",
      text_of(row, "client_dialect") + " " + text_of(row, "operation") + (flag_of(row, "stream") ? ", streamed" : ""));
  add("model", or_dash(text_of(row, "model_requested")));
  if (text_of(row, "model_served") != text_of(row, "model_requested")) add("served by", text_of(row, "model_served"));
  add("provider", or_dash(text_of(row, "provider")));
  if (text_of(row, "provider_dialect") != text_of(row, "client_dialect"))
    add("translated to", text_of(row, "provider_dialect"));
  add("outcome", text_of(row, "outcome") + ", status " + status_text(row));
  add("error", text_of(row, "error"));
  if (const json::Dom& tokens = member_of(row, "tokens"); !tokens.empty()) {
    const auto bucket = [&](std::string_view name) { return count_text(integer_of(tokens, name).value_or(0)); };
    add("tokens", "input " + bucket("input") + ", cache read " + bucket("cache_read") + ", cache write " +
                      bucket("cache_write") + ", output " + bucket("output") +
                      " (from: " + text_of(row, "usage_source") + ")");
  }
  add("cost", cost_text(row));
  add("took",
      millis_text(number_of(row, "latency_ms")) + ", first byte after " + millis_text(number_of(row, "ttft_ms")));
  add("bytes", "in " + bytes_text(integer_of(row, "bytes_in").value_or(0)) + ", out " +
                   bytes_text(integer_of(row, "bytes_out").value_or(0)));
  int number = 0;
  for (const json::Dom& attempt : list_of(row, "attempts")) {
    const std::string error = text_of(attempt, "error");
    add("attempt " + std::to_string(++number), text_of(attempt, "provider") + ": " +
                                                   (error.empty() ? "status " + status_text(attempt) : error) +
                                                   " after " + millis_text(number_of(attempt, "latency_ms")));
  }
  for (const json::Dom& loss : list_of(row, "lost"))
    add("lost", text_of(loss, "path") + ": " + text_of(loss, "reason"));
  for (const json::Dom& note : list_of(row, "notes"))
    add("note", text_of(note, "path") + ": " + text_of(note, "reason"));
  return table.lines(0, false);
}

}  // namespace aigw::cli
