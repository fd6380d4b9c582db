#include "http/sse.hpp"
#include "json/dom.hpp"
#include "server/mock_provider.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;
using json::Dom;

namespace {

net::SimpleResponse call(std::string method, std::string target, std::string body = {}) {
  return server::mock_provider()(
      {.method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body)});
}

Dom parsed(const std::string& text) {
  const auto dom = json::parse_dom(text);
  REQUIRE(dom.ok());
  return *dom;
}

Dom post(std::string target, std::string body, int status = 200) {
  const net::SimpleResponse response = call("POST", std::move(target), std::move(body));
  CHECK(response.status == status);
  return parsed(response.body);
}

std::string streamed(std::string target, std::string body) {
  const net::SimpleResponse response = call("POST", std::move(target), std::move(body));
  REQUIRE(response.stream.has_value());
  std::string out;
  for (const net::Chunk& chunk : *response.stream) out += chunk.bytes;
  return out;
}

std::vector<Dom> events(std::string target, std::string body) {
  http::SseSplitter splitter;
  REQUIRE(splitter.push(streamed(std::move(target), std::move(body))).ok());
  std::vector<Dom> out;
  while (const auto raw = splitter.next()) {
    const http::SseEvent event = http::parse_event(*raw);
    out.push_back(parsed(std::string(event.data)));
    if (!event.event.empty()) CHECK(out.back()["type"] == std::string(event.event));
  }
  return out;
}

constexpr const char* kGenerate = "/v1beta/models/m:generateContent";
constexpr const char* kStream = "/v1beta/models/m:streamGenerateContent";

}  // namespace

SCENARIO("the built-in provider speaks openai-responses") {
  const Dom answer = post("/v1/responses", R"({"model":"m","input":"hello","instructions":"be kind"})");
  CHECK(answer["object"] == "response");
  CHECK(answer["status"] == "completed");
  CHECK(answer["output"][0]["content"][0]["text"].get<std::string>().starts_with("You said \"hello\""));
  CHECK(answer["usage"]["total_tokens"] ==
        answer["usage"]["input_tokens"].get<int>() + answer["usage"]["output_tokens"].get<int>());
  const Dom cut =
      post("/v1/responses", R"({"model":"m","input":[{"role":"user","content":"hello"}],"max_output_tokens":16})");
  CHECK(cut["status"] == "incomplete");
  CHECK(cut["incomplete_details"]["reason"] == "max_output_tokens");
  CHECK(post("/v1/responses", R"({"model":"m","input":[]})", 400)["error"]["param"] == "input");
}

SCENARIO("a streamed response is the sum of its deltas, numbered without gaps") {
  const auto list = events("/v1/responses", R"({"model":"m","input":"hello","stream":true})");
  CHECK(list.front()["type"] == "response.created");
  CHECK(list.back()["type"] == "response.completed");
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    CHECK(list[i]["sequence_number"] == i);
    if (list[i]["type"] == "response.output_text.delta") text += list[i]["delta"].get<std::string>();
  }
  CHECK(list.back()["response"]["output"][0]["content"][0]["text"] == text);
}

SCENARIO("a response calls an offered tool when told to, and reads its result") {
  const std::string tools =
      R"("tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"x":{"type":"integer"}}}}])";
  const auto list =
      events("/v1/responses", R"({"model":"m","stream":true,"tool_choice":"required","input":"q",)" + tools + "}");
  const Dom item = list.back()["response"]["output"][0];
  CHECK(item["type"] == "function_call");
  CHECK(item["arguments"] == R"({"x":1})");
  const Dom answer = post("/v1/responses", R"({"model":"m","input":[{"role":"user","content":"use the tool f"},)"
                                           R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
                                           R"({"type":"function_call_output","call_id":"c","output":"42"}],)" +
                                               tools + "}");
  CHECK(answer["output"][0]["content"][0]["text"].get<std::string>().starts_with("The tool said \"42\""));
}

SCENARIO("the built-in provider speaks gemini-generate") {
  const Dom answer = post(kGenerate, R"({"contents":[{"role":"user","parts":[{"text":"hello"}]}]})");
  CHECK(answer["candidates"][0]["content"]["parts"][0]["text"].get<std::string>().starts_with("You said \"hello\""));
  CHECK(answer["candidates"][0]["finishReason"] == "STOP");
  CHECK(answer["modelVersion"] == "m");
  const Dom call =
      post(kGenerate, R"({"contents":{"parts":{"text":"q"}},"tools":[{"function_declarations":[{"name":"f",)"
                      R"("parameters":{"type":"OBJECT","properties":{"x":{"type":"STRING"}}}}]}],)"
                      R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}}})");
  CHECK(call["candidates"][0]["content"]["parts"][0]["functionCall"]["args"]["x"] == "example");
  CHECK(post("/v1beta/models/m:countTokens", R"({"contents":[{"parts":[{"text":"12345678"}]}]})")["totalTokens"] == 2);
  CHECK(post(kGenerate, "{}", 400)["error"]["status"] == "INVALID_ARGUMENT");
  CHECK(post("/v1beta/models/m:fly", "{}", 404)["error"]["code"] == 404);
  CHECK(parsed(::call("GET", "/v1beta/models").body)["models"].size() == 2);
}

SCENARIO("Gemini's stream is one array, unless events are asked for") {
  const std::string body = R"({"contents":[{"role":"user","parts":[{"text":"hello"}]}]})";
  const Dom array = parsed(streamed(kStream, body));
  const auto list = events(std::string(kStream) + "?alt=sse", body);
  REQUIRE(array.size() == list.size());
  CHECK(array[0] == list[0]);
  CHECK(list.back()["candidates"][0]["finishReason"] == "STOP");
  CHECK_FALSE(list.front()["candidates"][0].contains("finishReason"));
}

SCENARIO("asked for a schema, it answers with an example of it, in each dialect") {
  const std::string schema = R"({"type":"object","properties":{"n":{"type":"integer"}}})";
  const std::string example = R"({"n":1})";
  const Dom chat = post("/v1/chat/completions", R"({"model":"m","messages":[{"role":"user","content":"q"}],)"
                                                R"("response_format":{"type":"json_schema","json_schema":{"schema":)" +
                                                    schema + "}}}");
  CHECK(chat["choices"][0]["message"]["content"] == example);
  const Dom response =
      post("/v1/responses", R"({"model":"m","input":"q","text":{"format":{"schema":)" + schema + "}}}");
  CHECK(response["output"][0]["content"][0]["text"] == example);
  const Dom message = post("/v1/messages", R"({"model":"m","max_tokens":64,"messages":[{"role":"user","content":"q"}],)"
                                           R"("output_config":{"format":{"schema":)" +
                                               schema + "}}}");
  CHECK(message["content"][0]["text"] == example);
  for (const std::string name : {"responseSchema", "response_json_schema"}) {
    const Dom generated = post(
        kGenerate, R"({"contents":[{"parts":[{"text":"q"}]}],"generationConfig":{")" + name + "\":" + schema + "}}");
    CHECK(generated["candidates"][0]["content"]["parts"][0]["text"] == example);
  }
}

SCENARIO("asked to write a file, it has a coding agent's own tool write it") {
  const auto arguments = [](const std::string& tools, const std::string& words) {
    const Dom answer = post("/v1/chat/completions", R"({"model":"m","messages":[{"role":"user","content":")" + words +
                                                        R"("}],"tools":[)" + tools + "]}");
    const Dom& message = answer["choices"][0]["message"];
    if (!message.contains("tool_calls")) return Dom();
    return parsed(message["tool_calls"][0]["function"]["arguments"].get<std::string>());
  };
  const auto tool = [](const std::string& name) {
    return R"({"type":"function","function":{"name":")" + name + "\"}}";
  };
  CHECK(arguments(tool("Bash") + "," + tool("Write"), "Write the file /tmp/a-b/c.txt.") ==
        Dom{{"file_path", "/tmp/a-b/c.txt"}, {"content", "written by the built-in provider"}});
  CHECK(arguments(tool("shell"), "please write the file x.txt now")["command"][2] ==
        "printf 'written by the built-in provider' > x.txt");
  CHECK(arguments(tool("exec_command"), "write the file x")["cmd"] == "printf 'written by the built-in provider' > x");
  CHECK(arguments(tool("other"), "write the file x").is_null());
  CHECK(arguments(tool("shell"), "write the file ;rm").is_null());
}
