#include "adapters/foreign_seals.hpp"

#include <doctest/doctest.h>

using namespace aigw;

namespace {

using Strip = void (*)(const json::Object&, std::vector<json::Edit>&);

std::string stripped(Strip strip, std::string_view body) {
  const auto object = json::scan_object(body);
  REQUIRE(object.ok());
  std::vector<json::Edit> edits;
  strip(*object, edits);
  const std::string out = json::apply(body, edits);
  CHECK(json::scan_object(out).ok());
  return out;
}

}  // namespace

SCENARIO("thinking of other providers does not reach Anthropic, and every other byte does") {
  const auto strip = [](std::string_view content) {
    const std::string body =
        R"({"model":"c", "messages":[{"role":"assistant","content":)" + std::string(content) + "}]}";
    const std::string out = stripped(adapters::strip_messages_seals, body);
    return out.substr(body.find(content), out.size() - (body.size() - content.size()));
  };
  const std::string text = R"({"type":"text","text":"a \u00e9 1.0"})";
  const std::string ours = R"({"type":"thinking","thinking":"t","signature":"aigw1.openai-responses.cA.eA"})";
  const std::string data = R"({"data":"aigw1.gemini-generate.cA.eA","type":"redacted_thinking"})";
  const std::string theirs = R"({"type":"thinking","thinking":"t","signature":"EqQB"})";
  CHECK(strip("[ " + ours + " , " + text + " ]") == "[ " + text + " ]");
  CHECK(strip("[" + text + ", " + data + "]") == "[" + text + "]");
  CHECK(strip("[" + theirs + "," + ours + "," + data + " ,\n" + text + "]") == "[" + theirs + " ,\n" + text + "]");
  CHECK(strip("[" + ours + "," + text + "," + data + "]") == "[" + text + "]");
  CHECK(strip("[" + theirs + "," + text + "]") == "[" + theirs + "," + text + "]");
  CHECK(strip(R"("say aigw1. \"aigw1. aloud")") == R"("say aigw1. \"aigw1. aloud")");
}

SCENARIO("a turn of nothing but foreign thinking goes as a whole") {
  const std::string ours = R"({"type":"redacted_thinking","data":"aigw1.gemini-generate.cA.eA"})";
  CHECK(stripped(adapters::strip_messages_seals,
                 R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[)" + ours + "," + ours +
                     R"(]},{"role":"user","content":[{"type":"text","text":"b"},)" + ours + "]}]}") ==
        R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]}]})");
}

SCENARIO("foreign reasoning items do not reach a responses provider") {
  CHECK(stripped(adapters::strip_responses_seals,
                 R"({"input":[{"role":"user","content":"a"},)"
                 R"({"type":"reasoning","summary":[],"encrypted_content":"aigw1.anthropic-messages.cA.eA"},)"
                 R"({"type":"reasoning","summary":[],"encrypted_content":"gAAA"}]})") ==
        R"({"input":[{"role":"user","content":"a"},{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}]})");
  CHECK(stripped(adapters::strip_responses_seals, R"({"input":"aigw1.x"})") == R"({"input":"aigw1.x"})");
}

SCENARIO("foreign details do not reach a chat provider") {
  CHECK(stripped(adapters::strip_chat_seals,
                 R"({"messages":[{"role":"assistant","content":"a","reasoning_details":[{"data":"aigw1.x.y.z"}]}]})") ==
        R"({"messages":[{"role":"assistant","content":"a","reasoning_details":[]}]})");
}

SCENARIO("a foreign seal on a call does not reach a chat provider") {
  CHECK(stripped(adapters::strip_chat_seals,
                 R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function",)"
                 R"("extra_content":{"google":{"thought_signature":"aigw1.x.y.z"}}},)"
                 R"({"extra_content":{"google":{"thought_signature":"aigw1.x.y.z"}},"id":"b"},)"
                 R"({"id":"c","extra_content":{"google":{"thought_signature":"CiQB"}}}]}]})") ==
        R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function"},)"
        R"({"extra_content":{},"id":"b"},)"
        R"({"id":"c","extra_content":{"google":{"thought_signature":"CiQB"}}}]}]})");
}

SCENARIO("a foreign signature passes Google's check") {
  CHECK(
      stripped(
          adapters::strip_gemini_seals,
          R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"YWlndzEueA=="},)"
          R"({"text":"a","thoughtSignature":"CiQB"}]}]})") ==
      R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"},)"
      R"({"text":"a","thoughtSignature":"CiQB"}]}]})");
}
