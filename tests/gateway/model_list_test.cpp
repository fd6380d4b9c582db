// Which models clients are told of, and in whose words.

#include "json/dom.hpp"
#include "scripted_exchange.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

using namespace aigw;
using namespace aigw::test;

namespace {

ScriptedExchange asked(std::string path) { return ScriptedExchange(std::move(path), {}, http::Method::get); }

json::Dom answer(ScriptedExchange& exchange) {
  exchange.start();
  const auto dom = json::parse_dom(exchange.client_body());
  REQUIRE(dom.ok());
  return *dom;
}

std::set<std::string> names(const json::Dom& list, const char* member, const char* name) {
  std::set<std::string> found;
  for (const auto& row : list[member]) found.insert(row[name].get<std::string>());
  return found;
}

/// A snapshot of its own, to be changed before it is used.
std::shared_ptr<policy::Snapshot> fresh_snapshot() { return std::const_pointer_cast<policy::Snapshot>(snapshot()); }

}  // namespace

SCENARIO("a list is in the caller's dialect, with limits, price and capabilities") {
  auto chat = asked("/v1/models?client_version=0.160.0");
  const json::Dom listed = answer(chat);
  CHECK(listed["object"] == "list");
  CHECK(listed["models"].empty());  // Codex reads these, and keeps its own
  for (const auto& row : listed["data"]) {
    if (row["id"] != "gpt-4o-mini") continue;
    CHECK(row["owned_by"] == "openai");
    CHECK(row["context_length"] == 128000);
    CHECK(row["pricing"]["prompt"] == "0.00000015");
    CHECK(row["capabilities"][0] == "chat");
  }

  auto messages = asked("/v1/models?limit=1000");
  messages.header("anthropic-version", "2023-06-01");
  const json::Dom theirs = answer(messages);
  CHECK(theirs["has_more"] == false);
  CHECK(theirs["first_id"] == theirs["data"].front()["id"]);
  CHECK(names(theirs, "data", "id").contains("gpt-4o-mini"));

  auto gemini = asked("/v1beta/models");
  const json::Dom google = answer(gemini);
  CHECK(names(google, "models", "name").contains("models/gpt-4o-mini"));
  CHECK(google["models"].front()["supportedGenerationMethods"].is_array());
}

SCENARIO("a list comes in pages where the dialect has them") {
  std::set<std::string> seen;
  std::string after;
  for (bool more = true; more;) {
    auto page = asked("/v1/models?limit=7&after_id=" + after);
    page.header("anthropic-version", "2023-06-01");
    const json::Dom list = answer(page);
    REQUIRE(list["data"].size() <= 7);
    for (const auto& row : list["data"]) CHECK(seen.insert(row["id"].get<std::string>()).second);
    after = list["last_id"].get<std::string>();
    more = list["has_more"].get<bool>();
  }
  auto whole = asked("/v1/models");
  CHECK(seen == names(answer(whole), "data", "id"));

  auto last = asked("/v1/models?limit=1&before_id=" + after);
  last.header("anthropic-version", "2023-06-01");
  CHECK(answer(last)["has_more"] == true);

  auto first = asked("/v1beta/models?pageSize=1");
  const json::Dom one = answer(first);
  CHECK(one["models"].size() == 1);
  auto second = asked("/v1beta/models?pageSize=1&pageToken=" + one["nextPageToken"].get<std::string>());
  CHECK(answer(second)["models"].front()["name"] != one["models"].front()["name"]);

  auto wrong = asked("/v1/models?limit=many");
  wrong.header("anthropic-version", "2023-06-01");
  CHECK(answer(wrong)["error"]["type"] == "invalid_request_error");
}

SCENARIO("only what some credential can serve is listed") {
  const auto changed = fresh_snapshot();
  for (policy::Provider& provider : changed->providers)
    if (provider.name == "openai") provider.key = Secret();
  auto exchange = asked("/v1/models");
  exchange.gateway().snapshot = changed;
  const auto listed = names(answer(exchange), "data", "id");
  CHECK(listed.contains("llama"));
  CHECK_FALSE(listed.contains("gpt-4o-mini"));
}

SCENARIO("a model that several providers have is listed under each one's name") {
  const auto changed = fresh_snapshot();
  for (policy::Provider& provider : changed->providers)
    if (provider.name == "claude" || provider.name == "gem") provider.models.emplace().insert("twin");
  auto exchange = asked("/v1/models");
  exchange.gateway().snapshot = changed;
  const auto listed = names(answer(exchange), "data", "id");
  CHECK(listed.contains("claude/twin"));
  CHECK(listed.contains("gem/twin"));
  CHECK_FALSE(listed.contains("twin"));  // a request for it would be refused as ambiguous

  auto one = asked("/v1/models/gem%2Ftwin");
  one.gateway().snapshot = changed;
  CHECK(answer(one)["owned_by"] == "gem");
}

SCENARIO("a kept list does not outlive its snapshot") {
  auto before = asked("/v1/models");
  CHECK(names(answer(before), "data", "id").contains("llama"));
  const auto changed = fresh_snapshot();
  for (policy::Provider& provider : changed->providers)
    if (provider.name == "local") provider.models.emplace().insert("llama-next");
  auto after = asked("/v1/models");
  after.gateway().snapshot = changed;
  const auto listed = names(answer(after), "data", "id");
  CHECK(listed.contains("llama-next"));
  CHECK_FALSE(listed.contains("llama"));
}
