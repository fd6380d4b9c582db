#include "cli/behind.hpp"
#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/request_row.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>

namespace aigw::cli {
namespace {

constexpr std::int64_t kPageRows = 5000;  // about 4 MB of JSON
constexpr std::chrono::milliseconds kPoll{250};
constexpr std::size_t kRememberedIds = 20'000;

struct Options {
  std::int64_t count = 10;
  bool follow = false;
  bool json = false;
};

/// The ids printed last. Following goes by the order of arrival, paging by id; a row can come both ways.
class Seen {
 public:
  bool insert(const std::string& id) {
    if (!ids_.insert(id).second) return false;
    order_.push_back(id);
    if (order_.size() > kRememberedIds) {
      ids_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

 private:
  std::unordered_set<std::string> ids_;
  std::deque<std::string> order_;
};

class Tail {
 public:
  Tail(Session& session, const Options& options) : session_(session), options_(options) {}

  Result<int> run() {
    AIGW_TRY(print_last());
    if (!options_.follow) return kOk;
    follow();
    return kOk;
  }

 private:
  Output& out() { return session_.out(); }

  void print(const json::Dom& rows) {
    for (const json::Dom& row : rows) {
      const std::string id = text_of(row, "id");
      if (!seen_.insert(id)) continue;
      newest_ = std::max(newest_, id);
      if (options_.json)
        out().line(json::dump(row));
      else
        table_.row(request_cells(row));
    }
    if (!table_.empty()) table_.flow(out());
    out().flush();
  }

  /// A follower hears of it once.
  void tell_if_behind(const json::Dom& reply) {
    if (!told_behind_ || member_of(reply, "behind").empty()) told_behind_ = cli::tell_if_behind(out(), reply);
  }

  /// One page: its rows, and where followers go on.
  Result<std::size_t> page(const std::string& query, bool take_cursor) {
    AIGW_TRY_ASSIGN(const json::Dom reply, session_.ask_json("GET", "/api/v1/requests?" + query));
    if (take_cursor) {
      cursor_ = integer_of(reply, "cursor");
      instance_ = session_.instance();
    }
    const json::Dom& rows = list_of(reply, "requests");
    print(rows);
    tell_if_behind(reply);
    if (!rows.empty()) last_of_page_ = text_of(rows.back(), "id");
    return rows.size();
  }

  Status print_last() {
    if (options_.count == 0) return catch_up();
    // The first page's cursor is the one to follow from: what arrives while later pages are read must not be missed.
    std::int64_t left = options_.count;
    std::string query = "last=" + std::to_string(left) + "&limit=" + std::to_string(std::min(left, kPageRows));
    for (bool first = true; left > 0 && !out().closed(); first = false) {
      AIGW_TRY_ASSIGN(const std::size_t rows, page(query, first));
      left -= static_cast<std::int64_t>(rows);
      if (rows == 0) break;
      query = "after=" + last_of_page_ + "&limit=" + std::to_string(std::min(left, kPageRows));
    }
    return {};
  }

  /// All rows younger than the youngest printed, and a fresh cursor.
  Status catch_up() {
    if (newest_.empty()) {
      AIGW_TRY(page(options_.count == 0 ? "cursor=0&limit=1"
                                        : "last=" + std::to_string(kPageRows) + "&limit=" + std::to_string(kPageRows),
                    true));
      return {};
    }
    last_of_page_ = newest_;
    for (bool first = true; !out().closed(); first = false) {
      AIGW_TRY_ASSIGN(const std::size_t rows,
                      page("after=" + last_of_page_ + "&limit=" + std::to_string(kPageRows), first));
      if (rows < static_cast<std::size_t>(kPageRows)) break;
    }
    return {};
  }

  Status poll() {
    if (!cursor_) return catch_up();
    AIGW_TRY_ASSIGN(const json::Dom reply,
                    session_.ask_json("GET", "/api/v1/requests?cursor=" + std::to_string(*cursor_) +
                                                 "&limit=" + std::to_string(kPageRows)));
    print(list_of(reply, "requests"));
    tell_if_behind(reply);
    cursor_ = integer_of(reply, "cursor");
    if (flag_of(reply, "missed") || session_.instance() != instance_) return catch_up();
    return {};
  }

  /// Until the reader goes or the user interrupts. A gateway may stop and start meanwhile.
  void follow() {
    bool told = false;
    while (!out().closed() && !out().failed()) {
      // Without a gateway the cursor belongs to the database that is let go here.
      if (session_.rest()) cursor_.reset();
      std::this_thread::sleep_for(kPoll);
      if (const Status polled = poll(); polled) {
        told = false;
      } else {
        cursor_.reset();
        if (!told) out().error(polled.error());
        told = true;
      }
    }
  }

  Session& session_;
  const Options& options_;
  Seen seen_;
  std::optional<std::int64_t> cursor_;
  std::string instance_;  ///< of the gateway that gave the cursor
  std::string newest_;    ///< ids sort by time
  std::string last_of_page_;
  bool told_behind_ = false;
  Table table_{request_columns()};
};

}  // namespace

Run define_tail(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.option("-n,--last", "N", options->count, "how many of the latest, 10 unless said")
      .flag("-f,--follow", options->follow, "go on with new ones as they end")
      .flag("--json", options->json, "print one JSON document a line");
  return [options](Session& session) { return Tail(session, *options).run(); };
}

}  // namespace aigw::cli
