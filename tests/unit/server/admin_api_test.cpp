#include "server/admin_api.hpp"

#include "json/dom.hpp"
#include "ledger/journal.hpp"
#include "tests/support/ops_fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace aigw;

namespace {

struct ApiFixture : test::OpsFixture {
  std::string seen;  ///< every body that came back, to look for secrets

  std::pair<int, json::Dom> call(std::string_view method, std::string_view target, std::string_view body = {}) {
    const auto reply = server::AdminApi(context).handle(method, target, body);
    seen += reply.body;
    if (reply.body.empty()) return {reply.status, nullptr};
    const auto parsed = json::parse_dom(reply.body);
    REQUIRE_MESSAGE(parsed.ok(), reply.body);
    CHECK(reply.content_type == (reply.status < 400 ? "application/json" : "application/problem+json"));
    return {reply.status, *parsed};
  }
};

}  // namespace

TEST_CASE_FIXTURE(ApiFixture, "a key's text comes back once, at its making") {
  const auto [created, issued] = call("POST", "/api/v1/keys", R"({"name":"laptop"})");
  REQUIRE(created == 201);
  const std::string text = issued["key"];
  CHECK(text.starts_with("aigw_"));
  CHECK(issued["state"] == "active");
  seen.clear();
  const auto [ok, listed] = call("GET", "/api/v1/keys");
  CHECK(listed["keys"][0]["name"] == "laptop");
  CHECK(listed["keys"][0]["id"] == issued["id"]);
  CHECK(call("GET", "/api/v1/keys/laptop").second["prefix"] == issued["prefix"]);
  CHECK(call("POST", "/api/v1/keys/laptop/revoke").second["state"] == "revoked");
  CHECK(call("DELETE", "/api/v1/keys/" + issued["id"].get<std::string>()).first == 200);
  CHECK(seen.find(text) == std::string::npos);
}

TEST_CASE_FIXTURE(ApiFixture, "a provider's secret never comes back") {
  CHECK(call("POST", "/api/v1/credentials", R"({"provider":"acme","secret":"sk-canary-0123456789wxyz"})").first == 201);
  CHECK(call("POST", "/api/v1/credentials", R"({"provider":"acme","secret":"sk-canary 0123456789wxyz"})").first == 400);
  CHECK(call("GET", "/api/v1/credentials").second["credentials"][0]["hint"] == "wxyz");
  call("GET", "/api/v1/providers");
  call("GET", "/api/v1/status");
  context.probe = [](const ops::ProbeTarget&) -> Result<ops::ProbeResult> {
    ops::ProbeResult refused;
    refused.status = 401;
    return refused;
  };
  CHECK(call("POST", "/api/v1/credentials/acme/test").second["key"] == "refused");
  CHECK(call("POST", "/api/v1/probe", R"({"providers":["acme"]})").second["providers"][0]["healthy"] == false);
  CHECK(call("DELETE", "/api/v1/credentials/acme/default").first == 200);
  CHECK(seen.find("sk-canary") == std::string::npos);
}

TEST_CASE_FIXTURE(ApiFixture, "a provider is added, shown, changed and removed") {
  const char* body =
      R"({"name":"mine","dialect":"openai-chat","base_url":"http://127.0.0.1:9000/v1","allow_private":true,
                         "speaks":{"anthropic-messages":"http://127.0.0.1:9000"},"prices_as":"acme"})";
  const auto [created, row] = call("POST", "/api/v1/providers", body);
  REQUIRE(created == 201);
  CHECK(row["origin"] == "database");
  CHECK(row["endpoints"][0]["base_url"] == "http://127.0.0.1:9000/v1");
  CHECK(row["endpoints"][1]["auth"] == "x-api-key");
  CHECK(row["prices_as"] == "acme");
  CHECK(call("POST", "/api/v1/providers", body).first == 409);
  const auto [set, changed] = call("PUT", "/api/v1/providers/mine",
                                   R"({"dialect":"openai-chat","base_url":"https://llm.example.com","free":true})");
  CHECK(set == 200);
  CHECK(changed["free"] == true);
  CHECK(call("GET", "/api/v1/providers").second["providers"].size() == 3);
  CHECK(call("DELETE", "/api/v1/providers/mine").first == 204);
  CHECK(call("DELETE", "/api/v1/providers/mine").first == 404);
}

TEST_CASE_FIXTURE(ApiFixture, "errors are problems that name the field and the way out") {
  const auto [status, problem] = call("POST", "/api/v1/keys", R"({"nmae":"x"})");
  CHECK(status == 400);
  CHECK(problem["code"] == "bad_request");
  CHECK(problem["status"] == 400);
  CHECK(problem["next"] == "Did you mean \"name\"?");
  CHECK(problem["errors"][0]["field"] == "nmae");
  CHECK(call("POST", "/api/v1/keys", "{").first == 400);
  CHECK(call("POST", "/api/v1/keys", "").second["detail"] == "\"name\" is missing");
  CHECK(call("GET", "/api/v1/nothing").first == 404);
  CHECK(call("GET", "/elsewhere").first == 404);
  const auto [wrong, allowed] = call("PATCH", "/api/v1/keys");
  CHECK(wrong == 405);
  CHECK(allowed["next"] == "Use GET, POST.");
  CHECK(call("GET", "/api/v1/keys/%zz").first == 400);
  CHECK(call("GET", "/api/v1/keys//revoke").first == 404);
}

TEST_CASE_FIXTURE(ApiFixture, "stats and requests of an empty ledger are whole documents") {
  const auto [ok, stats] = call("GET", "/api/v1/stats?by=model,key");
  REQUIRE(ok == 200);
  for (const char* field :
       {"requests", "succeeded", "failed", "aborted", "refused", "unpriced_requests", "cost_nano_usd"})
    CHECK(stats["totals"][field] == 0);
  CHECK(stats["totals"]["tokens"]["cache_read"] == 0);
  CHECK(stats["totals"]["latency_ms"]["p50"].is_null());
  CHECK(stats["rows"].empty());
  CHECK(call("GET", "/api/v1/stats?by=modle").second["next"] == "Did you mean \"model\"?");
  CHECK(call("GET", "/api/v1/requests?last=10").second["requests"].empty());
  CHECK(call("GET", "/api/v1/requests?limit=0").first == 400);
  CHECK(call("GET", "/api/v1/requests/nonsense").first == 400);
  CHECK(call("GET", "/api/v1/requests/req_0000000000001").first == 404);
}

TEST_CASE_FIXTURE(ApiFixture, "a settled request is a row with all its fields, and in the sums at once") {
  call("POST", "/api/v1/keys", R"({"name":"laptop"})");
  const KeyId key{1};
  auto writer = ingester->open_writer(0);
  REQUIRE(writer.ok());
  const std::array<ledger::Attempt, 1> attempts = {ledger::Attempt{"acme", 200, 41'500}};
  ledger::Settled settled;
  settled.id = RequestIdMaker(0, {}).next(now);
  settled.key = key;
  settled.client_dialect = settled.provider_dialect = llm::Dialect::openai_chat;
  settled.operation = llm::Operation::chat;
  settled.outcome = ledger::Outcome::succeeded;
  settled.status = 200;
  settled.usage_source = ledger::UsageSource::provider;
  settled.tokens = TokenUsage{.input = 100, .cache_read = 20, .cache_write = 0, .output = 7};
  settled.cost = NanoUsd{20'700};
  settled.latency_us = 42'000;
  settled.ttft_us = 40'000;
  settled.bytes_in = 300;
  settled.bytes_out = 500;
  settled.provider = "acme";
  settled.model_requested = "rocket-1";
  settled.model_served = "rocket-1-0101";
  settled.attempts = attempts;
  REQUIRE((*writer)->reserve().ok());
  REQUIRE((*writer)->settle(settled).ok());

  const auto [ok, page] = call("GET", "/api/v1/requests?last=5");
  REQUIRE(ok == 200);
  REQUIRE(page["requests"].size() == 1);
  const json::Dom& row = page["requests"][0];
  CHECK(row["id"] == settled.id.text());
  CHECK(row["at"] == to_iso8601(now));
  CHECK(row["key"] == "laptop");
  CHECK(row["client_dialect"] == "openai-chat");
  CHECK(row["operation"] == "chat");
  CHECK(row["outcome"] == "succeeded");
  CHECK(row["stream"] == false);
  CHECK(row["tokens"]["cache_read"] == 20);
  CHECK(row["usage_source"] == "provider");
  CHECK(row["cost_nano_usd"] == 20'700);
  CHECK(row["latency_ms"] == 42);
  CHECK(row["ttft_ms"] == 40);
  CHECK(row["attempts"][0]["status"] == 200);
  CHECK(row["error"].is_null());
  CHECK(call("GET", "/api/v1/requests/" + settled.id.text()).second == row);
  CHECK(call("GET", "/api/v1/requests?after=" + settled.id.text()).second["requests"].empty());

  now.value += 1000;
  const json::Dom stats = call("GET", "/api/v1/stats?by=model,key").second;
  CHECK(stats["totals"]["requests"] == 1);
  CHECK(stats["totals"]["cost_nano_usd"] == 20'700);
  REQUIRE(stats["rows"].size() == 1);
  CHECK(stats["rows"][0]["group"] == json::Dom{{"model", "rocket-1-0101"}, {"key", "laptop"}});
  CHECK(stats["rows"][0]["tokens"]["input"] == 100);
  writer->reset();
}

TEST_CASE_FIXTURE(ApiFixture, "a follower gets each request once, in the order in which they ended") {
  auto writer = ingester->open_writer(0);
  REQUIRE(writer.ok());
  RequestIdMaker ids(0, {});
  const auto first = ids.next(now), second = ids.next(now);
  const std::string from = std::to_string(call("GET", "/api/v1/requests?last=1").second["cursor"].get<std::int64_t>());
  for (const RequestId id : {second, first}) {
    ledger::Settled settled;
    settled.id = id;
    settled.outcome = ledger::Outcome::refused;
    settled.status = 429;
    REQUIRE((*writer)->reserve().ok());
    REQUIRE((*writer)->settle(settled).ok());
  }
  const json::Dom page = call("GET", "/api/v1/requests?cursor=" + from).second;
  REQUIRE(page["requests"].size() == 2);
  CHECK(page["requests"][0]["id"] == second.text());
  CHECK(page["requests"][1]["id"] == first.text());
  const auto next = page["cursor"].get<std::int64_t>();
  CHECK(call("GET", "/api/v1/requests?cursor=" + std::to_string(next)).second["requests"].empty());
  writer->reset();
}

TEST_CASE_FIXTURE(ApiFixture, "writes from many threads all arrive, each with its own answer") {
  ingester->start();
  const server::AdminApi api(context);
  constexpr int kThreads = 4, kEach = 25;
  std::atomic<int> created = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string name = "k" + std::to_string(t) + "-" + std::to_string(i);
          const auto reply = api.handle("POST", "/api/v1/keys", R"({"name":")" + name + R"("})");
          const bool own = reply.body.find("\"" + name + "\"") != std::string::npos;
          if (reply.status == 201 && own && api.handle("GET", "/api/v1/keys/" + name, {}).status == 200) ++created;
        }
      });
  }
  CHECK(created == kThreads * kEach);
  CHECK(changes == kThreads * kEach);
  CHECK(call("GET", "/api/v1/keys").second["keys"].size() == kThreads * kEach);
  ingester->stop();
}
