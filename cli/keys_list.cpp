#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <memory>

namespace aigw::cli {
namespace {

std::string day_of(const std::string& iso8601) { return iso8601.empty() ? "never" : iso8601.substr(0, 10); }

void print_issued(Session& session, const json::Dom& rows) {
  using enum Table::Align;
  Table table({{"issued key"}, {"id"}, {"state"}, {"prefix", left, 3}, {"created", left, 2}, {"expires", left, 1}});
  for (const json::Dom& row : rows)
    table.row({text_of(row, "name"), text_of(row, "id"), text_of(row, "state"), text_of(row, "prefix"),
               day_of(text_of(row, "created_at")), day_of(text_of(row, "expires_at"))});
  if (!table.empty()) return table.print(session.out());
  session.out().talk("no key is issued yet: aigw keys issue NAME");
}

void print_credentials(Session& session, const json::Dom& rows) {
  using enum Table::Align;
  Table table({{"credential"}, {"id"}, {"ends with", left, 2}, {"created", left, 1}});
  for (const json::Dom& row : rows)
    table.row({text_of(row, "provider") + "/" + text_of(row, "name"), text_of(row, "id"), text_of(row, "hint"),
               day_of(text_of(row, "created_at"))});
  if (!table.empty()) return table.print(session.out());
  session.out().talk("no credential is stored yet: printf %s \"$KEY\" | aigw keys add PROVIDER");
}

Result<int> run_keys_list(Session& session, bool as_json) {
  AIGW_TRY_ASSIGN(const json::Dom issued, session.ask_json("GET", "/api/v1/keys"));
  AIGW_TRY_ASSIGN(const json::Dom credentials, session.ask_json("GET", "/api/v1/credentials"));
  if (as_json) {
    json::Dom document = json::Dom::object();
    document["keys"] = list_of(issued, "keys");
    document["credentials"] = list_of(credentials, "credentials");
    session.out().line(json::dump(document));
    return kOk;
  }
  print_issued(session, list_of(issued, "keys"));
  if (!list_of(issued, "keys").empty() && !list_of(credentials, "credentials").empty()) session.out().line("");
  print_credentials(session, list_of(credentials, "credentials"));
  return kOk;
}

}  // namespace

Run define_keys_list(Arguments& arguments) {
  auto as_json = std::make_shared<bool>(false);
  arguments.flag("--json", *as_json, "print one JSON document");
  return [as_json](Session& session) { return run_keys_list(session, *as_json); };
}

}  // namespace aigw::cli
