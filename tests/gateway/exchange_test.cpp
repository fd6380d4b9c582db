#include "scripted_exchange.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::test;
using ledger::Outcome;

namespace {

constexpr std::string_view kChat = R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]})";
constexpr std::string_view kChatStream =
    R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true})";
constexpr std::string_view kAnswer =
    R"({"id":"c1","object":"chat.completion","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":40}}})";
const std::string kRole =
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
const std::string kStop = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string kUsage =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n";
const std::string kDone = "data: [DONE]\n\n";

std::string chat() { return std::string(kChat); }
std::string chat_stream() { return std::string(kChatStream); }
const std::vector<std::pair<std::string, std::string>> kJson = {
    {"content-type", "application/json"}, {"x-request-id", "theirs"}, {"set-cookie", "a=b"}};
const std::vector<std::pair<std::string, std::string>> kSse = {{"content-type", "text/event-stream"}};

}  // namespace

SCENARIO("a whole answer goes through byte for byte, with its row written before its bytes") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  REQUIRE(exchange.start().kind == Step::Kind::call);
  CHECK(exchange.upstream_body() == kChat);
  CHECK(exchange.upstream_head().starts_with(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: openai.test\r\nauthorization: Bearer sk-provider\r\n"));
  CHECK(exchange.upstream_head().find(kKey) == std::string::npos);
  exchange.answer_head(200, kJson);
  exchange.answer_bytes(kAnswer.substr(0, 20));
  exchange.answer_bytes(kAnswer.substr(20), true);
  REQUIRE(exchange.finished());
  CHECK(exchange.step().keep_alive);
  CHECK(exchange.client_body() == kAnswer);
  CHECK(exchange.client_bytes().find("x-aigw-upstream-request-id: theirs") != std::string::npos);
  CHECK(exchange.client_bytes().find("set-cookie") == std::string::npos);
  REQUIRE(exchange.rows().size() == 1);
  const auto& row = exchange.rows()[0];
  CHECK(row.client_bytes_before == 0);
  CHECK(row.outcome == Outcome::succeeded);
  CHECK(row.tokens == TokenUsage{.input = 60, .cache_read = 40, .cache_write = 0, .output = 10, .reasoning = 0});
  // gpt-4o-mini: $0.15, $0.075 cached and $0.60 a million tokens
  CHECK(row.cost->value == 60 * 150 + 40 * 75 + 10 * 600);
  CHECK(row.model_served == "gpt-4o-mini-2024-07-18");
}

SCENARIO("a model without a known price is unpriced, never free; a provider's error costs nothing") {
  ScriptedExchange unpriced("/v1/chat/completions", R"({"model":"openai/made-up","messages":[]})");
  unpriced.start();
  unpriced.answer_head(200, kJson);
  unpriced.answer_bytes(
      R"({"model":"made-up","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}})", true);
  REQUIRE(unpriced.rows().size() == 1);
  CHECK(unpriced.rows()[0].tokens->input == 3);
  CHECK_FALSE(unpriced.rows()[0].cost);
  CHECK(unpriced.client_bytes().find("x-aigw-cost-usd") == std::string::npos);

  ScriptedExchange failed("/v1/chat/completions", chat());
  failed.start();
  failed.answer_head(429, kJson);
  failed.answer_bytes(R"({"error":{"message":"slow down"},"usage":{"prompt_tokens":3,"completion_tokens":1}})", true);
  REQUIRE(failed.rows().size() == 1);
  CHECK(failed.rows()[0].outcome == Outcome::failed);
  CHECK_FALSE(failed.rows()[0].tokens);
  CHECK_FALSE(failed.rows()[0].cost);
}

SCENARIO("a stream's usage is asked for, and taken out again when the client did not ask") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  CHECK(
      exchange.upstream_body() ==
      R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}})");
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kRole);
  CHECK(unchunk(exchange.client_body()) == kRole);  // flushed at once
  const std::string rest = kStop + kUsage + kDone;
  for (std::size_t i = 0; i < rest.size(); i += 7) exchange.answer_bytes(std::string_view(rest).substr(i, 7));
  exchange.answer_bytes("", true);
  REQUIRE(exchange.finished());
  CHECK(unchunk(exchange.client_body()) == kRole + kStop + kDone);
  CHECK(exchange.client_bytes().ends_with("0\r\n\r\n"));
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].tokens->input == 5);
  CHECK(exchange.rows()[0].outcome == Outcome::succeeded);
}

SCENARIO("the closing event of a stream waits for the row") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kRole + kStop);
  CHECK(exchange.rows().empty());
  const std::size_t before = exchange.client_bytes().size();
  exchange.answer_bytes(kDone);
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].client_bytes_before == before);
  CHECK(exchange.client_bytes().find("[DONE]") != std::string::npos);
}

SCENARIO("an error as the first event becomes a real status, since the 200 was held back") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(": connecting\n\n");
  CHECK(exchange.client_bytes().empty());
  exchange.answer_bytes("data: {\"error\":{\"message\":\"busy\",\"code\":503}}\n\n");
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 503"));
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
}

SCENARIO("the gate opens by time, then silence is filled with heartbeats") {
  ScriptedExchange exchange(
      "/v1/messages",
      R"({"model":"claude/opus","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"hi"}]})");
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(
      "event: message_start\ndata: "
      "{\"type\":\"message_start\",\"message\":{\"model\":\"opus\",\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}"
      "\n\n");
  exchange.answer_bytes(
      "event: content_block_start\ndata: "
      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\"}}\n\n");
  REQUIRE(exchange.step().kind == Step::Kind::read);
  exchange.pass(seconds(11));
  exchange.happen(Event::Kind::elapsed);
  CHECK(exchange.client_bytes().find(
            R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":""}})") !=
        std::string::npos);
}

SCENARIO("a stream that breaks after the commit point ends with an error event, never in silence") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kRole + "data: {\"choi");
  exchange.fail(ErrorKind::upstream_broken);
  REQUIRE(exchange.finished());
  const std::string body = unchunk(exchange.client_body());
  CHECK(body.starts_with(kRole + "data: {\"error\":"));
  CHECK(body.find("[DONE]") == std::string::npos);
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
}

SCENARIO("content that comes in one read with the break goes out before the error") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kRole, true);
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 200"));
  CHECK(unchunk(exchange.client_body()).starts_with(kRole + "data: {\"error\":"));
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
}

SCENARIO("an event in many small reads goes through whole") {
  const std::string event = R"(data: {"choices":[{"index":0,"delta":{"content":")" + std::string(8U << 20U, 'a') +
                            R"("},"finish_reason":null}]})" + "\n\n";
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  for (std::size_t i = 0; i < event.size(); i += 4096) exchange.answer_bytes(std::string_view(event).substr(i, 4096));
  CHECK(unchunk(exchange.client_body()) == event);
}

SCENARIO("an answer that is over does not go on") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.answer_bytes(kStop + kDone + kRole);
  exchange.answer_bytes(kRole, true);
  REQUIRE(exchange.finished());
  CHECK(unchunk(exchange.client_body()) == kStop + kDone);
  CHECK(exchange.rows()[0].outcome == Outcome::succeeded);
}

SCENARIO("a client that leaves cancels the call and has its row") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  GIVEN("it leaves before the answer began") { exchange.happen(Event::Kind::client_gone); }
  GIVEN("it leaves in the middle of the stream") {
    exchange.answer_head(200, kSse);
    exchange.client_leaves_at_next_send();
    exchange.answer_bytes(kRole);
  }
  REQUIRE(exchange.finished());
  CHECK(exchange.aborted_upstream());
  CHECK_FALSE(exchange.step().keep_alive);
  REQUIRE(exchange.rows().size() == 1);
  CHECK(exchange.rows()[0].outcome == Outcome::aborted);
}

SCENARIO("a kept connection that was dead is tried once more on a fresh one, others are not") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.fail(ErrorKind::upstream_broken, Retry::reused_only);
  REQUIRE(exchange.step().kind == Step::Kind::call);
  CHECK(exchange.step().call.connection == gateway::UpstreamCall::Connection::fresh);
  exchange.fail(ErrorKind::upstream_broken, Retry::reused_only);
  REQUIRE(exchange.finished());
  CHECK(exchange.calls() == 2);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 502"));
  CHECK(exchange.rows()[0].attempts == 2);
  CHECK(exchange.rows()[0].outcome == Outcome::failed);

  // A time-out may have been answered and billed there: it is not tried again.
  ScriptedExchange slow("/v1/chat/completions", chat());
  slow.start();
  slow.fail(ErrorKind::upstream_timeout);
  REQUIRE(slow.finished());
  CHECK(slow.calls() == 1);
  CHECK(slow.client_bytes().starts_with("HTTP/1.1 504"));
}

SCENARIO("answers that are no answers never reach the client as a 200") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.answer_head(200, {{"content-type", "text/html"}});
  for (const std::string_view garbage : {"<html>", "", "{\"error\":{\"message\":\"x\"}}", "{\"choices\":[}"}) {
    ScriptedExchange one("/v1/chat/completions", chat());
    one.start();
    one.answer_head(200, kJson);
    one.answer_bytes(garbage, true);
    CHECK(one.client_bytes().starts_with("HTTP/1.1 502"));
    CHECK(one.rows()[0].outcome == Outcome::failed);
    CHECK_FALSE(one.rows()[0].cost);
  }
}

SCENARIO("the provider's refusal of our key is not passed on as the client's") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.answer_head(401, kJson);
  exchange.answer_bytes(R"({"error":{"message":"bad key","code":"invalid_api_key"}})", true);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 502"));
  CHECK(exchange.client_bytes().find("upstream_auth") != std::string::npos);
}

SCENARIO("a provider's own error keeps its status and its bytes") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.answer_head(429, {{"content-type", "application/json"}, {"retry-after", "7"}});
  exchange.answer_bytes(R"({"error": {"message":"slow down","code":"rate_limit_exceeded"}})", true);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 429"));
  CHECK(exchange.client_bytes().find("retry-after: 7") != std::string::npos);
  CHECK(exchange.client_body() == R"({"error": {"message":"slow down","code":"rate_limit_exceeded"}})");
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
  CHECK(exchange.rows()[0].error == "upstream_error: HTTP 429 rate_limit_exceeded");
}

SCENARIO("an error page of a proxy in between becomes an error of the dialect, with its status") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.answer_head(502, {{"content-type", "text/html"}, {"retry-after", "3"}});
  exchange.answer_bytes("<html><body>Bad Gateway</body></html>", true);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 502"));
  CHECK(exchange.client_bytes().find("text/html") == std::string::npos);
  CHECK(exchange.client_bytes().find("content-type: application/json") != std::string::npos);
  CHECK(exchange.client_bytes().find("retry-after: 3") != std::string::npos);
  CHECK(exchange.client_body().find(R"("code":"upstream_error")") != std::string::npos);
  CHECK(exchange.rows()[0].outcome == Outcome::failed);
}

SCENARIO("a retry-after that no client can read stays behind") {
  const auto passed = [](std::vector<std::pair<std::string, std::string>> fields) {
    ScriptedExchange exchange("/v1/chat/completions", chat());
    exchange.start();
    exchange.answer_head(429, std::move(fields));
    exchange.answer_bytes(R"({"error":{"message":"slow down"}})", true);
    return exchange.client_bytes().find("retry-after") != std::string::npos;
  };
  CHECK(passed({{"retry-after", "7"}}));
  CHECK(passed({{"retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"}}));
  CHECK_FALSE(passed({{"retry-after", "1.5"}}));
  CHECK_FALSE(passed({{"retry-after", ""}}));
  CHECK_FALSE(passed({{"retry-after", "1"}, {"retry-after", "9"}}));
}

SCENARIO("a provider that quotes our key does not give it away") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.answer_head(500, kJson);
  exchange.answer_bytes(R"({"error":{"message":"bad key sk-provider"}})", true);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 500"));
  CHECK(exchange.client_body() == R"({"error":{"message":"bad key [redacted]"}})");
}

SCENARIO("the model's name leads to the provider, and is edited only where it has to be") {
  const auto called = [](std::string model) {
    ScriptedExchange exchange("/v1/chat/completions",
                              R"({ "model" : ")" + model + R"(", "messages":[{}], "top_p":1.0})");
    exchange.start();
    return std::pair(exchange.upstream_head(), exchange.upstream_body());
  };
  CHECK(called("llama").first.find("host: local.test") != std::string::npos);
  CHECK(called("local/anything").second == R"({ "model" : "anything", "messages":[{}], "top_p":1.0})");
  CHECK(called("gpt-4o").first.find("host: openai.test") != std::string::npos);
  CHECK(called("no-such-model").first.empty());

  ScriptedExchange direct("/local/v1/chat/completions?key=x&beta=true", chat());
  direct.without_key().header("x-api-key", "x");
  CHECK(direct.start().kind == Step::Kind::finish);  // an unknown key
  CHECK(direct.client_bytes().starts_with("HTTP/1.1 401"));
  CHECK(direct.rows().empty());

  ScriptedExchange named("/local/v1/chat/completions?beta=true", chat());
  named.start();
  CHECK(named.upstream_head().starts_with("POST /v1/chat/completions?beta=true HTTP/1.1\r\nhost: local.test"));
}

SCENARIO("refusals of known callers have a row, others have none") {
  ScriptedExchange bad("/v1/chat/completions", "{");
  bad.start();
  CHECK(bad.client_bytes().starts_with("HTTP/1.1 400"));
  REQUIRE(bad.rows().size() == 1);
  CHECK(bad.rows()[0].outcome == Outcome::refused);
  CHECK(bad.opened() == 0);

  ScriptedExchange unknown("/v1/chat/completions", chat());
  unknown.without_key().start();
  CHECK(unknown.client_bytes().starts_with("HTTP/1.1 401"));
  CHECK(unknown.rows().empty());

  ScriptedExchange torn("/v1/chat/completions", chat());
  torn.header("authorization", "Bearer another").start();
  CHECK(torn.client_bytes().starts_with("HTTP/1.1 400"));
  CHECK(torn.client_body().find("'authorization' stands twice") != std::string::npos);
  CHECK(torn.rows().empty());

  ScriptedExchange rebound("/v1/chat/completions", chat());
  rebound.head().headers.clear();
  rebound.header("host", "evil.test").header("authorization", "Bearer " + std::string(kKey));
  rebound.start();
  CHECK(rebound.client_bytes().starts_with("HTTP/1.1 421"));
  CHECK(rebound.rows().empty());
}

SCENARIO("a full disk refuses new requests before the provider is called") {
  ScriptedExchange exchange("/v1/messages",
                            R"({"model":"claude/opus","max_tokens":5,"messages":[{"role":"user","content":"hi"}]})");
  exchange.disk_full_from_now();
  exchange.start();
  CHECK(exchange.calls() == 0);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 529"));
  CHECK(exchange.client_bytes().find("retry-after: 1") != std::string::npos);
}

SCENARIO("an answer whose row cannot be written is not given out") {
  ScriptedExchange exchange("/v1/chat/completions", chat());
  exchange.start();
  exchange.answer_head(200, kJson);
  exchange.disk_full_from_now();
  exchange.answer_bytes(kAnswer, true);
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 503"));
}

SCENARIO("a stream does not begin when its request's record cannot be made safe") {
  ScriptedExchange exchange("/v1/chat/completions", chat_stream());
  exchange.start();
  exchange.answer_head(200, kSse);
  exchange.disk_full_from_now();
  exchange.answer_bytes("data: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\n");
  CHECK(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 503"));
  CHECK(exchange.client_bytes().find("He") == std::string::npos);
}

SCENARIO("/readyz?verbose says what was looked at, and a configuration that does not hold") {
  ScriptedExchange plain("/readyz", {}, http::Method::get);
  plain.without_key().start();
  CHECK(plain.client_body() == R"({"status":"ok"})");

  ScriptedExchange verbose("/readyz?verbose", {}, http::Method::get);
  verbose.gateway().config_problem = "aigw.toml:3: unknown key";
  verbose.without_key().start();
  CHECK(verbose.client_bytes().starts_with("HTTP/1.1 200"));
  CHECK(verbose.client_body().find(R"({"name":"ledger","status":"ok"})") != std::string::npos);
  CHECK(verbose.client_body().find(R"({"name":"configuration","status":"bad","detail":"aigw.toml:3: unknown key"})") !=
        std::string::npos);
}

SCENARIO("own routes answer without a key, models only with one") {
  ScriptedExchange health("/healthz", {}, http::Method::get);
  health.without_key().start();
  CHECK(health.client_body() == R"({"status":"ok"})");

  ScriptedExchange head("/", {}, http::Method::head);
  head.without_key().start();
  CHECK(head.client_bytes().starts_with("HTTP/1.1 200"));
  CHECK(head.client_body().empty());

  ScriptedExchange models("/v1/models", {}, http::Method::get);
  models.start();
  CHECK(models.client_body().find(R"({"id":"llama","object":"model")") != std::string::npos);
  CHECK(models.client_body().find("gpt-4o-mini") != std::string::npos);
  CHECK(models.client_body().find("tuned") != std::string::npos);  // priced by the user
  CHECK(models.rows().size() == 1);

  ScriptedExchange one("/v1/models/llama", {}, http::Method::get);
  one.start();
  CHECK(one.client_bytes().starts_with("HTTP/1.1 200"));
  ScriptedExchange none("/v1/models/nope", {}, http::Method::get);
  none.start();
  CHECK(none.client_bytes().starts_with("HTTP/1.1 404"));

  ScriptedExchange wrong("/v1/chat/completions", {}, http::Method::get);
  wrong.start();
  CHECK(wrong.client_bytes().starts_with("HTTP/1.1 405"));
  CHECK(wrong.client_bytes().find("allow: POST") != std::string::npos);
}

SCENARIO("counting tokens and listing models cost nothing, and are not unpriced") {
  ScriptedExchange models("/v1/models", {}, http::Method::get);
  models.start();
  CHECK(models.rows()[0].cost == NanoUsd{0});

  ScriptedExchange count("/v1/messages/count_tokens",
                         R"({"model":"claude/opus","messages":[{"role":"user","content":"hi"}]})");
  count.start();
  count.answer_head(200, kJson);
  count.answer_bytes(R"({"input_tokens":9})", true);
  REQUIRE(count.rows().size() == 1);
  CHECK(count.rows()[0].outcome == Outcome::succeeded);
  CHECK(count.rows()[0].cost == NanoUsd{0});
}
