// Clouds that serve others' dialects under paths of their own.

#include "base/text.hpp"
#include "scripted_exchange.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace aigw;
using namespace aigw::test;

namespace {

bool has(std::string_view text, std::string_view word) { return text::contains(text, word); }

policy::SnapshotPtr with_vertex() {
  auto made = std::make_shared<policy::Snapshot>(*snapshot());
  policy::Provider vertex;
  vertex.name = "vertex";
  vertex.key = Secret("ya29.token");
  const policy::BaseUrl url{.tls = true,
                            .host = "europe-west1-aiplatform.googleapis.com",
                            .port = 443,
                            .path = "/v1/projects/p/locations/europe-west1",
                            .authority = "europe-west1-aiplatform.googleapis.com"};
  for (const llm::Endpoint& row : adapters::registry().provider("vertex")->endpoints)
    vertex.endpoints.push_back({row.dialect, row.auth, url, row.quirks, row.hosting, row.family});
  made->providers.push_back(std::move(vertex));
  std::ranges::sort(made->providers, {}, &policy::Provider::name);
  return made;
}

struct Asked {
  std::string line, head, body;
};

Asked ask(std::string path, std::string body, std::pair<std::string, std::string> field = {"x-client", "test"}) {
  ScriptedExchange exchange(std::move(path), std::move(body));
  exchange.header(field.first, field.second);
  exchange.gateway().snapshot = with_vertex();
  if (exchange.start().kind != Step::Kind::call) return {"", exchange.client_bytes(), ""};
  const std::string& head = exchange.upstream_head();
  return {head.substr(0, head.find(" HTTP/1.1")), head, exchange.upstream_body()};
}

constexpr std::string_view kRoot = "POST /v1/projects/p/locations/europe-west1/publishers";

std::string under_root(std::string_view path) { return std::string(kRoot).append(path); }

}  // namespace

SCENARIO("a messages client's request goes to the cloud as it is, but for the model, which the path names") {
  const Asked asked = ask(
      "/v1/messages?beta=true",
      R"({"model":"vertex/claude-sonnet-4-5@20250929", "max_tokens" : 9,"messages":[{"role":"user","content":"hi"}]})",
      {"anthropic-beta", "context-1m-2025-08-07"});
  CHECK(asked.line == under_root("/anthropic/models/claude-sonnet-4-5@20250929:rawPredict"));
  CHECK(asked.body ==
        R"({"max_tokens" : 9,"messages":[{"role":"user","content":"hi"}],"anthropic_version":"vertex-2023-10-16"})");
  CHECK(has(asked.head, "anthropic-beta: context-1m-2025-08-07\r\n"));
  CHECK(has(asked.head, "authorization: Bearer ya29.token\r\n"));
  CHECK(has(asked.head, "content-length: " + std::to_string(asked.body.size()) + "\r\n"));
}

SCENARIO("a stream has a path of its own, and a version that the client gives stays") {
  const Asked asked = ask(
      "/v1/messages",
      R"({"anthropic_version":"mine","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"model":"vertex/claude-x"})");
  CHECK(asked.line == under_root("/anthropic/models/claude-x:streamRawPredict"));
  CHECK(asked.body ==
        R"({"anthropic_version":"mine","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]})");
}

SCENARIO("tokens of a prompt are counted under one path for all models, which the body names") {
  const Asked asked =
      ask("/v1/messages/count_tokens", R"({"model":"vertex/claude-x","messages":[{"role":"user","content":"hi"}]})");
  CHECK(asked.line == under_root("/anthropic/models/count-tokens:rawPredict"));
  CHECK(asked.body == R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}]})");
}

SCENARIO("a Gemini client keeps its bytes and its query") {
  const std::string body = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})";
  const Asked asked = ask("/v1beta/models/vertex/gemini-2.5-pro:streamGenerateContent?alt=sse&key=aigw_test_key", body);
  CHECK(asked.line == under_root("/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"));
  CHECK(asked.body == body);
}

SCENARIO("a client of another dialect is translated to the model's own") {
  const auto chat = [](std::string_view model, std::string_view stream) {
    return ask("/v1/chat/completions", R"({"model":"vertex/)" + std::string(model) + R"(","stream":)" +
                                           std::string(stream) + R"(,"messages":[{"role":"user","content":"hi"}]})");
  };
  const Asked claude = chat("claude-x", "false");
  CHECK(claude.line == under_root("/anthropic/models/claude-x:rawPredict"));
  CHECK(has(claude.body, R"("anthropic_version":"vertex-2023-10-16")"));
  CHECK_FALSE(has(claude.body, R"("model")"));
  CHECK(has(claude.head, "content-length: " + std::to_string(claude.body.size()) + "\r\n"));
  CHECK(chat("claude-x", "true").line == under_root("/anthropic/models/claude-x:streamRawPredict"));
  CHECK(chat("gemini-x", "false").line == under_root("/google/models/gemini-x:generateContent"));
  CHECK(chat("gemini-x", "true").line == under_root("/google/models/gemini-x:streamGenerateContent?alt=sse"));

  const Asked crossed = ask("/v1beta/models/vertex/claude-x:generateContent",
                            R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})");
  CHECK(crossed.line == under_root("/anthropic/models/claude-x:rawPredict"));
}

SCENARIO("a model's name cannot lead out of its place in the path") {
  const Asked asked = ask(
      "/v1/messages", R"({"model":"vertex/a/claude?x=#1","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})");
  CHECK(asked.line == under_root("/anthropic/models/a%2Fclaude%3Fx%3D%231:rawPredict"));
}

SCENARIO("what the cloud is not asked for is refused with the operation's name") {
  const Asked asked =
      ask("/v1beta/models/vertex/gemini-embedding-001:embedContent", R"({"content":{"parts":[{"text":"hi"}]}})");
  CHECK(asked.line.empty());
  CHECK(has(asked.head, "HTTP/1.1 404"));
  CHECK(has(asked.head, "not for embeddings"));
}
