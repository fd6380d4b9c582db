#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <memory>

namespace aigw::cli {
namespace {

std::string state_of(const json::Dom& row) {
  if (const std::string problem = text_of(row, "problem"); !problem.empty()) return problem;
  if (flag_of(row, "callable")) return flag_of(row, "has_key") ? "ready" : "ready, without a key";
  return "needs a key";
}

std::string prices_of(const json::Dom& row) {
  if (flag_of(row, "free")) return "free";
  const std::string listed = text_of(row, "prices_as");
  return listed.empty() ? "unpriced" : "as " + listed;
}

std::string dialects_of(const json::Dom& row) {
  std::string out;
  for (const json::Dom& endpoint : list_of(row, "endpoints"))
    out.append(out.empty() ? "" : " ").append(text_of(endpoint, "dialect"));
  return out;
}

std::string url_of(const json::Dom& row) {
  const json::Dom& endpoints = list_of(row, "endpoints");
  return endpoints.empty() ? std::string() : text_of(endpoints[0], "base_url");
}

Result<int> run_providers_list(Session& session, bool as_json) {
  AIGW_TRY_ASSIGN(const std::string text, session.ask("GET", "/api/v1/providers"));
  if (as_json) {
    session.out().line(text);
    return kOk;
  }
  AIGW_TRY_ASSIGN(const json::Dom reply, json::parse_dom(text));
  using enum Table::Align;
  Table table({{"provider"}, {"state"}, {"speaks", left, 2}, {"prices", left, 3}, {"from", left, 4}, {"url", left, 1}});
  for (const json::Dom& row : list_of(reply, "providers"))
    table.row(
        {text_of(row, "name"), state_of(row), dialects_of(row), prices_of(row), text_of(row, "origin"), url_of(row)});
  table.print(session.out());
  return kOk;
}

}  // namespace

Run define_providers_list(Arguments& arguments) {
  auto as_json = std::make_shared<bool>(false);
  arguments.flag("--json", *as_json, "print one JSON document");
  return [as_json](Session& session) { return run_providers_list(session, *as_json); };
}

}  // namespace aigw::cli
