#include "cli/key_choice.hpp"

#include "base/redact.hpp"
#include "base/text.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/table.hpp"

#include <algorithm>

namespace aigw::cli {
namespace {

constexpr std::string_view kDefaultCredential = "default";

bool is_credential(const json::Dom& row) { return !text_of(row, "provider").empty(); }

ChosenKey chosen(const json::Dom& row) {
  if (!is_credential(row)) return {ChosenKey::Kind::issued, text_of(row, "id"), text_of(row, "name"), row};
  return {ChosenKey::Kind::credential, text_of(row, "id"), text_of(row, "provider") + "/" + text_of(row, "name"), row};
}

/// Every word that chooses this row.
std::vector<std::string> words_for(const json::Dom& row) {
  if (!is_credential(row)) return {text_of(row, "id"), text_of(row, "name"), text_of(row, "prefix")};
  std::vector<std::string> words = {text_of(row, "id"), text_of(row, "provider") + "/" + text_of(row, "name")};
  if (text_of(row, "name") == kDefaultCredential) words.push_back(text_of(row, "provider"));
  return words;
}

bool is_chosen_by(const json::Dom& row, std::string_view text) {
  const auto words = words_for(row);
  return std::ranges::find(words, text) != words.end();
}

Error not_found(std::string_view text, const std::vector<json::Dom>& rows) {
  std::vector<std::string> words;
  for (const json::Dom& row : rows) std::ranges::copy(words_for(row), std::back_inserter(words));
  const std::vector<std::string_view> views(words.begin(), words.end());
  const std::string_view meant = text::nearest(text, views);
  return make_error(ErrorKind::not_found, "there is no issued key and no credential \"" + std::string(text) + "\"",
                    meant.empty() ? "See: aigw keys list." : "Did you mean \"" + std::string(meant) + "\"?");
}

}  // namespace

std::string ChosenKey::target() const {
  return (kind == Kind::issued ? "/api/v1/keys/" : "/api/v1/credentials/") + encoded(id);
}

Result<ChosenKey> choose_key(Session& session, std::string_view text) {
  AIGW_TRY_ASSIGN(const json::Dom issued, session.ask_json("GET", "/api/v1/keys"));
  AIGW_TRY_ASSIGN(const json::Dom credentials, session.ask_json("GET", "/api/v1/credentials"));
  std::vector<json::Dom> rows;
  for (const json::Dom& row : list_of(issued, "keys")) rows.push_back(row);
  for (const json::Dom& row : list_of(credentials, "credentials")) rows.push_back(row);

  std::vector<const json::Dom*> matches;
  for (const json::Dom& row : rows)
    if (is_chosen_by(row, text)) matches.push_back(&row);
  if (matches.size() == 1) return chosen(*matches[0]);
  if (matches.size() > 1)
    return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is an issued key and a credential",
                      "Say which: " + text_of(*matches[0], "id") + " or " + text_of(*matches[1], "id") + ".");
  if (looks_like_key(text))
    return make_error(ErrorKind::config, "that looks like a key itself, which must not be an argument",
                      "Give its name, its id or its prefix: aigw keys list.");
  return not_found(text, rows);
}

void print_key(Session& session, const json::Dom& row, bool as_json) {
  if (as_json) {
    session.out().line(json::dump(row));
    return;
  }
  Table table({{""}, {""}});
  for (const auto& [name, value] : row.items()) {
    if (value.is_null()) continue;
    std::string label = name;
    std::ranges::replace(label, '_', ' ');
    table.row({std::move(label), value.is_string() ? value.get<std::string>() : json::dump(value)});
  }
  table.print(session.out(), false);
}

}  // namespace aigw::cli
