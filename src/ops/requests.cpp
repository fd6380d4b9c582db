#include "ops/requests.hpp"

#include "base/text.hpp"
#include "store/ingester.hpp"

#include <array>

namespace aigw::ops {
namespace {

using store::Database;
using store::RequestRepository;

Error bad_query(std::string param, std::string message, std::string next) {
  Error error = make_error(ErrorKind::bad_request, std::move(message), std::move(next));
  error.param = std::move(param);
  return error;
}

Status check(const RequestQuery& query) {
  if (query.limit < 1 || query.limit > kRequestsPageMax)
    return bad_query("limit", "a page holds 1 to " + std::to_string(kRequestsPageMax) + " rows",
                     "Ask for the rest with after=ID of the last row.");
  if (query.last.has_value() + query.after.has_value() + query.cursor.has_value() > 1)
    return bad_query("after", "last, after and cursor exclude each other",
                     "Begin with last, go on with after or cursor.");
  return {};
}

/// What is read in a time of trouble is old, which is better than nothing.
Behind bring_in(const Context& context) {
  Status flushed = context.ingester->flush();
  if (flushed) return std::nullopt;
  return std::move(flushed).error();
}

Result<RequestPage> arrived(Database& db, RequestPage page, const std::vector<RequestId>& ids) {
  const RequestRepository requests(db);
  for (const RequestId id : ids) {
    AIGW_TRY_ASSIGN(auto row, requests.find(id));
    if (row) page.rows.push_back(*std::move(row));
  }
  return page;
}

}  // namespace

Result<RequestPage> list_requests(const Context& context, const RequestQuery& query) {
  AIGW_TRY(check(query));
  if (query.cursor) {
    Behind behind = bring_in(context);
    const auto arrivals = context.ingester->arrivals_after(*query.cursor, static_cast<std::size_t>(query.limit));
    AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
    return arrived(db, RequestPage{{}, arrivals.next, arrivals.missed, std::move(behind)}, arrivals.ids);
  }
  RequestPage page;
  page.cursor = context.ingester->arrivals_after(0, 0).next;
  page.behind = bring_in(context);
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto moment, store::ReadMoment::begin(db));
  const RequestRepository requests(db);
  RequestId after = query.after.value_or(RequestId{});
  if (!query.after) {
    AIGW_TRY_ASSIGN(after, requests.start_of_last(query.last.value_or(query.limit)));
  }
  AIGW_TRY_ASSIGN(page.rows, requests.page_after(after, static_cast<int>(query.limit)));
  return page;
}

Result<store::RequestRow> show_request(const Context& context, std::string_view id) {
  const auto wanted = RequestId::parse(id);
  if (!wanted)
    return bad_query("id", "\"" + std::string(id.substr(0, 60)) + "\" is no request id",
                     "Ids look like req_0abc..., stand in the x-request-id header of each answer and in aigw tail.");
  const Behind behind = bring_in(context);
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(auto row, RequestRepository(db).find(*wanted));
  if (!row && behind) return *behind;
  if (!row)
    return make_error(ErrorKind::not_found, "there is no request " + wanted->text(), "aigw tail shows the last ones.");
  return *std::move(row);
}

Result<store::StatsGroup> group_by(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 4> kNames = {"hour", "key", "model", "provider"};
  store::StatsGroup group;
  for (const auto& name : names) {
    if (name == "hour")
      group.hour = true;
    else if (name == "key")
      group.key = true;
    else if (name == "model")
      group.model = true;
    else if (name == "provider")
      group.provider = true;
    else {
      const auto near = text::nearest(name, kNames);
      return bad_query(
          "by", "there is no grouping by \"" + name.substr(0, 40) + "\"",
          near.empty() ? "Known are hour, key, model, provider." : "Did you mean \"" + std::string(near) + "\"?");
    }
  }
  return group;
}

Result<Usage> stats(const Context& context, store::StatsQuery query, StatsEnd end) {
  Behind behind = bring_in(context);
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto moment, store::ReadMoment::begin(db));
  if (end == StatsEnd::open) {
    AIGW_TRY_ASSIGN(const RequestId newest, RequestRepository(db).max_id());
    query.until = std::max(query.until, UnixMillis{newest.at().value + 1});
  }
  AIGW_TRY_ASSIGN(auto report, store::stats(db, query));
  return Usage{std::move(report), std::move(behind)};
}

}  // namespace aigw::ops
