#include "server/metrics.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace aigw::server {
namespace {

namespace fs = std::filesystem;
using net::Histogram;
using net::Series;

constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::uint64_t kMillis = 1'000;
constexpr std::uint64_t kNanos = 1'000'000'000;

/// "1.5": an integer number of small units as a decimal number, without
/// rounding.
std::string decimal(std::uint64_t value, std::uint64_t units) {
  std::string out = std::to_string(value / units);
  if (value % units == 0) return out;
  std::string fraction = std::to_string(units + value % units);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return out.append(".").append(fraction, 1);
}

struct Label {
  std::string_view name;
  std::string_view value;
};

/// The text format, a metric after the other.
class Exposition {
 public:
  /// Begins a metric: its samples follow.
  Exposition& metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text::append(out_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
    return *this;
  }
  Exposition& sample(std::string_view value, std::span<const Label> labels = {}, std::string_view suffix = {}) {
    text::append(out_, name_, suffix);
    char opening = '{';
    for (const Label& label : labels) {
      out_ += std::exchange(opening, ',');
      text::append(out_, label.name, "=\"");
      append_escaped(label.value);
      out_ += '"';
    }
    text::append(out_, std::string_view(labels.empty() ? " " : "} "), value, "\n");
    return *this;
  }
  Exposition& sample(std::uint64_t value, std::initializer_list<Label> labels = {}) {
    return sample(std::to_string(value), {labels.begin(), labels.size()});
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    metric(name, "gauge", help).sample(value);
  }
  std::string take() { return std::move(out_); }

 private:
  void append_escaped(std::string_view value) {
    for (const char c : value) {
      if (c == '\n') {
        out_ += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') out_ += '\\';
      out_ += c;
    }
  }
  std::string out_;
  std::string_view name_;
};

struct Times {
  std::array<std::uint64_t, Histogram::kBoundsMs.size() + 1> buckets{};
  std::uint64_t sum_us = 0;

  void add(const Histogram& more) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += more.buckets[i].value();
    sum_us += more.sum_us.value();
  }
};

/// What all loops counted for one combination of labels.
struct Sum {
  std::array<std::uint64_t, Series::kOutcomes> requests{};
  Times duration, first_token;
  std::uint64_t input = 0, cache_read = 0, cache_write = 0, output = 0, reasoning = 0;
  std::uint64_t cost_nano_usd = 0, unpriced = 0, attempts = 0, retries = 0, bytes_in = 0, bytes_out = 0;

  void add(const Series& more) {
    for (std::size_t i = 0; i < requests.size(); ++i) requests[i] += more.requests[i].value();
    duration.add(more.duration);
    first_token.add(more.first_token);
    input += more.input.value();
    cache_read += more.cache_read.value();
    cache_write += more.cache_write.value();
    output += more.output.value();
    reasoning += more.reasoning.value();
    cost_nano_usd += more.cost_nano_usd.value();
    unpriced += more.unpriced.value();
    attempts += more.attempts.value();
    retries += more.retries.value();
    bytes_in += more.bytes_in.value();
    bytes_out += more.bytes_out.value();
  }
};

using Labels = std::tuple<llm::Dialect, std::string, std::string>;
using Sums = std::map<Labels, Sum>;

std::vector<Label> labels_of(const Labels& labels) {
  return {{"dialect", llm::name_of(std::get<0>(labels))},
          {"provider", std::get<1>(labels)},
          {"model", std::get<2>(labels)}};
}

std::vector<Label> with(std::vector<Label> labels, std::string_view name, std::string_view value) {
  labels.push_back({name, value});
  return labels;
}

void write_counter(Exposition& out, const Sums& sums, std::string_view name, std::string_view help,
                   std::uint64_t Sum::*member) {
  out.metric(name, "counter", help);
  for (const auto& [labels, sum] : sums) out.sample(std::to_string(sum.*member), labels_of(labels));
}

void write_histogram(Exposition& out, const Sums& sums, std::string_view name, std::string_view help,
                     Times Sum::*member) {
  out.metric(name, "histogram", help);
  for (const auto& [key, sum] : sums) {
    const Times& times = sum.*member;
    const auto labels = labels_of(key);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Histogram::kBoundsMs.size(); ++i) {
      below += times.buckets[i];
      out.sample(std::to_string(below), with(labels, "le", decimal(Histogram::kBoundsMs[i], kMillis)), "_bucket");
    }
    below += times.buckets.back();
    const std::string count = std::to_string(below);
    out.sample(count, with(labels, "le", "+Inf"), "_bucket");
    out.sample(decimal(times.sum_us, kMicros), labels, "_sum");
    out.sample(count, labels, "_count");
  }
}

void write_requests(Exposition& out, const Sums& sums) {
  using ledger::Outcome;
  out.metric("aigw_requests_total", "counter", "Requests that ended, each of which is a row of the ledger.");
  for (const auto& [labels, sum] : sums)
    for (const Outcome outcome : {Outcome::succeeded, Outcome::failed, Outcome::aborted, Outcome::refused})
      out.sample(std::to_string(sum.requests[static_cast<std::size_t>(outcome)]),
                 with(labels_of(labels), "outcome", ledger::name_of(outcome)));
  write_histogram(out, sums, "aigw_request_duration_seconds", "From a request's first byte to its answer's last.",
                  &Sum::duration);
  write_histogram(out, sums, "aigw_time_to_first_token_seconds",
                  "From a request's first byte to the first of its answer's body.", &Sum::first_token);
  out.metric("aigw_tokens_total", "counter", "Tokens, in buckets that do not overlap.");
  for (const auto& [labels, sum] : sums) {
    const std::pair<std::string_view, std::uint64_t> kinds[] = {
        {"input", sum.input}, {"cache_read", sum.cache_read}, {"cache_write", sum.cache_write}, {"output", sum.output}};
    for (const auto& [kind, tokens] : kinds) out.sample(std::to_string(tokens), with(labels_of(labels), "type", kind));
  }
  write_counter(out, sums, "aigw_reasoning_tokens_total", "Tokens of output that a model thought with.",
                &Sum::reasoning);
  out.metric("aigw_cost_usd_total", "counter", "Cost of the requests that have a known price, in US dollars.");
  for (const auto& [labels, sum] : sums) out.sample(decimal(sum.cost_nano_usd, kNanos), labels_of(labels));
  write_counter(out, sums, "aigw_unpriced_requests_total", "Requests with usage and without a known price.",
                &Sum::unpriced);
  write_counter(out, sums, "aigw_upstream_attempts_total", "Calls of providers.", &Sum::attempts);
  write_counter(out, sums, "aigw_upstream_retries_total", "Calls of providers after a request's first.", &Sum::retries);
  write_counter(out, sums, "aigw_request_body_bytes_total", "Bodies of requests, as they came.", &Sum::bytes_in);
  write_counter(out, sums, "aigw_answer_body_bytes_total", "Bodies of answers.", &Sum::bytes_out);
}

template <class Read>
std::uint64_t total(const net::ServerView& view, Read read) {
  std::uint64_t out = 0;
  for (const net::LoopMetrics* loop : view.loops) out += read(*loop);
  return out;
}

void write_traffic(Exposition& out, const net::ServerView& view) {
  out.metric("aigw_request_errors_total", "counter",
             "Requests that did not succeed, by the code of their error; those "
             "without a row of the ledger too.");
  for (std::size_t i = 0; i < net::kErrorKinds; ++i)
    out.sample(total(view, [i](const auto& loop) { return loop.errors[i].value(); }),
               {{"code", code_of(static_cast<ErrorKind>(i))}});
  // What ended is read first, so that what runs is never less than nothing.
  const std::uint64_t ended = total(view, [](const auto& loop) { return loop.ended.value(); });
  const std::uint64_t begun = total(view, [](const auto& loop) { return loop.begun.value(); });
  out.gauge("aigw_requests_in_flight", "Requests that run.", begun - ended);
  out.gauge("aigw_client_connections", "Open connections of clients.", view.connections);
  out.metric("aigw_upstream_connects_total", "counter", "Connections to providers, opened or not.")
      .sample(total(view, [](const auto& loop) { return loop.connects.value(); }), {{"result", "opened"}})
      .sample(total(view, [](const auto& loop) { return loop.failed_connects.value(); }), {{"result", "failed"}});
  out.metric("aigw_upstream_reuses_total", "counter", "Calls of providers over a connection that was kept.")
      .sample(total(view, [](const auto& loop) { return loop.reuses.value(); }));
  out.gauge("aigw_upstream_idle_connections", "Connections to providers that wait for another call.",
            total(view, [](const auto& loop) { return loop.kept_connections.value(); }));
}

std::uint64_t folder_bytes(const fs::path& folder) {
  std::uint64_t out = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // a segment is deleted at any time
    const auto size = at->file_size(gone);
    if (!gone) out += size;
  }
  return out;
}

std::uint64_t database_bytes(const fs::path& db) {
  std::uint64_t out = 0;
  for (const std::string_view ending : {"", "-wal"}) {
    std::error_code missing;
    const auto size = fs::file_size(db.string().append(ending), missing);
    if (!missing) out += size;
  }
  return out;
}

void write_ledger(Exposition& out, const net::ServerView& view, const MetricsSources& sources) {
  out.gauge("aigw_ledger_lag_bytes", "How far the tables are behind the journal.", sources.ingester->lag_bytes());
  out.gauge("aigw_ledger_refusing_loops", "Event loops whose journal takes no records: 0 when all is well.",
            view.loops_refusing);
  out.gauge("aigw_ledger_journal_bytes", "Size of the journal's segments.", folder_bytes(sources.ledger));
  out.gauge("aigw_database_bytes", "Size of the database with its write-ahead log.", database_bytes(sources.db));
}

/// The numbers of /proc/self/stat behind the program's name, by their place in
/// proc(5), which counts from 1.
std::vector<std::uint64_t> process_numbers() {
  std::vector<std::uint64_t> out(2);
  const auto read = files::read_file("/proc/self/stat", 4096);
  if (!read) return out;
  const std::string_view numbers = std::string_view(*read).substr(read->rfind(')') + 1);
  for (const std::string_view word : text::split(text::trim(numbers), ' ')) {
    std::uint64_t number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    out.push_back(number);
  }
  return out;
}

std::uint64_t open_files() {
  std::error_code error;
  std::uint64_t count = 0;
  for (fs::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) ++count;
  return count > 0 ? count - 1 : 0;  // one of them was ours, to look
}

void write_process(Exposition& out, const MetricsSources& sources) {
  constexpr std::size_t kUserTicks = 14, kSystemTicks = 15, kThreads = 20, kVirtualBytes = 23, kResidentPages = 24;
  auto numbers = process_numbers();
  numbers.insert(numbers.begin(), 0);  // from 1
  numbers.resize(std::max(numbers.size(), kResidentPages + 1));
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  out.metric("process_cpu_seconds_total", "counter", "Processor time, of user and system.")
      .sample(decimal((numbers[kUserTicks] + numbers[kSystemTicks]) * (kMillis / std::min(ticks, kMillis)), kMillis));
  out.gauge("process_resident_memory_bytes", "Memory that is in use.",
            numbers[kResidentPages] * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  out.gauge("process_virtual_memory_bytes", "Memory that is mapped.", numbers[kVirtualBytes]);
  out.gauge("process_threads", "Threads.", numbers[kThreads]);
  out.gauge("process_open_fds", "Open files and sockets.", open_files());
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  out.gauge("process_max_fds", "How many may be open.", files.rlim_cur);
  out.metric("process_start_time_seconds", "gauge", "When it started, in seconds since 1970.")
      .sample(decimal(static_cast<std::uint64_t>(sources.started.value), kMillis));
}

}  // namespace

std::string metrics_text(const net::Server& server, const MetricsSources& sources) {
  const net::ServerView view = server.view();
  Sums sums;
  for (const net::LoopMetrics* loop : view.loops)
    for (std::size_t i = 0; i < loop->series_count(); ++i) {
      const Series& series = loop->series(i);
      sums[{series.dialect, series.provider, series.model}].add(series);
    }
  Exposition out;
  out.metric("aigw_build_info", "gauge", "Always 1; its label says which aigw this is.")
      .sample(1, {{"version", sources.version}});
  write_requests(out, sums);
  write_traffic(out, view);
  write_ledger(out, view, sources);
  write_process(out, sources);
  return out.take();
}

}  // namespace aigw::server
