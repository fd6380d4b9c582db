// Answers that come as an event stream of Amazon's, and requests that are signed.

#include "base/base64.hpp"
#include "base/text.hpp"
#include "scripted_exchange.hpp"
#include "tests/support/event_frames.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace aigw;
using namespace aigw::test;

namespace {

constexpr std::string_view kBody =
    R"({"model":"bedrock/eu.anthropic.claude-x-v1:0","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";

policy::SnapshotPtr with_bedrock() {
  auto made = std::make_shared<policy::Snapshot>(*snapshot());
  policy::Provider bedrock;
  bedrock.name = "bedrock";
  bedrock.key = Secret("AKIDEXAMPLE:secret:token==");
  const policy::BaseUrl url{.tls = true,
                            .host = "bedrock-runtime.eu-west-1.amazonaws.com",
                            .port = 443,
                            .path = "",
                            .authority = "bedrock-runtime.eu-west-1.amazonaws.com"};
  for (const llm::Endpoint& row : adapters::registry().provider("bedrock")->endpoints)
    bedrock.endpoints.push_back({row.dialect, row.auth, url, row.quirks, row.hosting, row.family});
  made->providers.push_back(std::move(bedrock));
  std::ranges::sort(made->providers, {}, &policy::Provider::name);
  return made;
}

std::string chunk(std::string_view data) {
  return event_frame("chunk", R"({"bytes":")" + base64::encode(data) + R"("})");
}

std::string events() {
  return chunk(R"({"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":5}}})") +
         chunk(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})") +
         chunk(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}})") +
         chunk(R"({"type":"content_block_stop","index":0})") +
         chunk(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})");
}
std::string stop() { return chunk(R"({"type":"message_stop","amazon-bedrock-invocationMetrics":{"latency":1}})"); }

struct Seen {
  int status = 0;
  std::string text = {};  ///< what the client was sent, without chunk lines
  ledger::Outcome outcome = ledger::Outcome::open;
  std::string error = {};
  bool operator==(const Seen&) const = default;
};

/// Events alone, in whatever chunks they came.
std::string unchunked(std::string_view bytes) {
  std::string out;
  for (std::string_view line : text::split(bytes, '\n'))
    if (line.starts_with("event: ") || line.starts_with("data: ")) out.append(line).append("\n");
  return out;
}

Seen play(const std::string& stream, std::size_t piece_bytes) {
  ScriptedExchange exchange("/v1/messages", std::string(kBody));
  exchange.gateway().snapshot = with_bedrock();
  REQUIRE(exchange.start().kind == Step::Kind::call);
  exchange.answer_head(200, {{"content-type", "application/vnd.amazon.eventstream"}});
  for (std::size_t at = 0; at < stream.size() && exchange.step().kind == Step::Kind::read; at += piece_bytes)
    exchange.answer_bytes(std::string_view(stream).substr(at, piece_bytes), at + piece_bytes >= stream.size());
  REQUIRE(exchange.finished());
  REQUIRE(exchange.rows().size() == 1);
  std::string body = exchange.client_body();
  // Each request has an id of its own.
  for (std::size_t at = body.find("req_"); at != std::string::npos; at = body.find("req_", at + 3))
    body.erase(at, body.find('"', at) - at).insert(at, "req");
  const auto& row = exchange.rows().front();
  return {row.status, unchunked(body), row.outcome, row.error};
}

}  // namespace

SCENARIO("a request for a signing cloud is signed over what is sent") {
  ScriptedExchange exchange("/v1/messages?beta=true", std::string(kBody));
  exchange.gateway().snapshot = with_bedrock();
  REQUIRE(exchange.start().kind == Step::Kind::call);
  const std::string& head = exchange.upstream_head();
  CHECK(head.starts_with("POST /model/eu.anthropic.claude-x-v1%3A0/invoke-with-response-stream HTTP/1.1\r\n"));
  CHECK(exchange.upstream_body() ==
        R"({"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"anthropic_version":"bedrock-2023-05-31"})");
  CHECK(text::contains(head, "x-amz-security-token: token==\r\n"));
  CHECK(text::contains(head, "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  CHECK(text::contains(head, "/eu-west-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, "));
  CHECK_FALSE(text::contains(head, "secret"));
}

SCENARIO("a stream of frames gives the client the same events however it is split") {
  const std::string stream = events() + stop();
  const Seen whole = play(stream, stream.size());
  CHECK(whole.outcome == ledger::Outcome::succeeded);
  CHECK(whole.text.starts_with("event: message_start\ndata: {\"type\":\"message_start\""));
  CHECK(
      whole.text.ends_with("data: {\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"latency\":1}}\n"));
  for (const std::size_t piece_bytes : {1, 2, 13, 100, 400}) CHECK(play(stream, piece_bytes) == whole);
}

SCENARIO("a damaged frame ends the stream with an error event, however it is split") {
  std::string bad = stop();
  bad.back() = static_cast<char>(bad.back() ^ 1);
  const std::string stream = events() + bad;
  const Seen whole = play(stream, stream.size());
  CHECK(whole.outcome == ledger::Outcome::failed);
  CHECK(text::contains(whole.error, "upstream_invalid"));
  CHECK(text::contains(whole.text, "event: error\n"));
  CHECK(text::contains(whole.text, "\"text\":\"hi\""));
  for (const std::size_t piece_bytes : {1, 2, 13, 100, 400}) CHECK(play(stream, piece_bytes) == whole);
  CHECK(play(stream.substr(0, stream.size() - 4), 64).outcome == ledger::Outcome::failed);
}

SCENARIO("an exception in front of all events becomes the answer's status") {
  const Seen seen = play(exception_frame("throttlingException", R"({"message":"Too many tokens, please wait."})"), 10);
  CHECK(seen.status == 429);
  CHECK(seen.outcome == ledger::Outcome::failed);
}
