#include "server/mock_provider.hpp"

#include "http/sse.hpp"
#include "json/dom.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace aigw;
using json::Dom;
using net::SimpleRequest;
using net::SimpleResponse;

namespace {

SimpleResponse call(std::string method, std::string target, std::string body = {},
                    std::string_view version_header = {}) {
  SimpleRequest request{
      .method = std::move(method), .target = std::move(target), .headers = {}, .body = std::move(body)};
  if (!version_header.empty()) request.headers.add("anthropic-version", version_header);
  return server::mock_provider()(request);
}

Dom post(std::string target, std::string body, int status = 200) {
  const SimpleResponse response = call("POST", std::move(target), std::move(body));
  CHECK(response.status == status);
  CHECK(response.headers.get("content-type") == "application/json");
  const auto dom = json::parse_dom(response.body);
  REQUIRE(dom.ok());
  return *dom;
}

struct Event {
  std::string name;
  std::string data;
};

/// The events of a streamed answer.
std::vector<Event> stream(std::string target, std::string body) {
  const SimpleResponse response = call("POST", std::move(target), std::move(body));
  CHECK(response.status == 200);
  REQUIRE(response.stream.has_value());
  CHECK(response.headers.get("content-type") == "text/event-stream; charset=utf-8");
  std::vector<Event> events;
  for (const net::Chunk& chunk : *response.stream) {
    std::size_t scan_from = 0;
    CHECK(http::event_end(chunk.bytes, scan_from) == chunk.bytes.size());
    const http::SseEvent event = http::parse_event(chunk.bytes);
    events.push_back({std::string(event.event), std::string(event.data)});
  }
  return events;
}

Dom parsed(const std::string& text) {
  const auto dom = json::parse_dom(text);
  REQUIRE(dom.ok());
  return *dom;
}

const std::string kTools =
    R"("tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"unit":{"enum":["C","F"]},"extra":{"type":"object"}},"required":["city","unit"]}}}])";
const std::string kMessagesTools =
    R"("tools":[{"name":"get_weather","input_schema":{"type":"object","properties":{"days":{"type":"integer"}}}}])";

}  // namespace

TEST_CASE("a chat answer quotes the last user message, counts tokens and is the same each time") {
  const std::string body =
      R"({"model":"any/name","messages":[{"role":"system","content":"Be kind"},{"role":"user","content":[{"type":"text","text":"Hello there"}]}]})";
  const Dom answer = post("/v1/chat/completions", body);
  CHECK(answer["object"] == "chat.completion");
  CHECK(answer["model"] == "any/name");
  const std::string text = answer["choices"][0]["message"]["content"];
  CHECK(text.find("\"Hello there\"") != std::string::npos);
  CHECK(answer["choices"][0]["finish_reason"] == "stop");
  CHECK(answer["usage"]["prompt_tokens"] == 5);  // 18 characters
  CHECK(answer["usage"]["completion_tokens"] == static_cast<std::int64_t>((text.size() + 3) / 4));
  CHECK(answer["usage"]["total_tokens"] == 5 + static_cast<std::int64_t>((text.size() + 3) / 4));
  CHECK(post("/v1/chat/completions", body)["id"] == answer["id"]);
}

TEST_CASE("a chat stream carries the same text: role first, words, finish, usage only when asked, [DONE]") {
  const std::string messages = R"("messages":[{"role":"user","content":"caf\u00e9 please"}])";
  const std::string whole =
      post("/v1/chat/completions", R"({"model":"m",)" + messages + "}")["choices"][0]["message"]["content"];
  for (const bool asked : {false, true}) {
    CAPTURE(asked);
    const auto events =
        stream("/v1/chat/completions", R"({"model":"m","stream":true,)" + messages +
                                           (asked ? R"(,"stream_options":{"include_usage":true}})" : "}"));
    REQUIRE(events.size() > 5);
    CHECK(events.back().data == "[DONE]");
    CHECK(parsed(events.front().data)["choices"][0]["delta"]["role"] == "assistant");
    std::string text;
    std::string finish;
    Dom usage;
    for (std::size_t i = 0; i + 1 < events.size(); ++i) {
      const Dom chunk = parsed(events[i].data);
      CHECK(chunk["object"] == "chat.completion.chunk");
      CHECK(chunk.contains("usage") == asked);
      if (asked && !chunk["usage"].is_null()) usage = chunk["usage"];
      if (chunk["choices"].empty()) continue;
      text += chunk["choices"][0]["delta"].value("content", "");
      if (!chunk["choices"][0]["finish_reason"].is_null()) finish = chunk["choices"][0]["finish_reason"];
    }
    CHECK(text == whole);
    CHECK(finish == "stop");
    CHECK(usage.is_null() == !asked);
    if (asked) CHECK(usage["completion_tokens"] > 0);
  }
}

TEST_CASE("max_tokens cuts an answer and says so, n gives several choices") {
  const Dom answer =
      post("/v1/chat/completions",
           R"({"model":"m","n":2,"max_completion_tokens":3,"messages":[{"role":"user","content":"x"}]})");
  CHECK(answer["choices"].size() == 2);
  CHECK(answer["choices"][1]["index"] == 1);
  CHECK(answer["choices"][1]["finish_reason"] == "length");
  CHECK(answer["choices"][0]["message"]["content"].get<std::string>().size() == 12);
  CHECK(answer["usage"]["completion_tokens"] == 6);
}

TEST_CASE("a chat client's tool loop: the tool is called, its result is answered") {
  const std::string ask = R"({"role":"user","content":"please use the tool get_weather now"})";
  const Dom answer = post("/v1/chat/completions", R"({"model":"m",)" + kTools + R"(,"messages":[)" + ask + "]}");
  const Dom& message = answer["choices"][0]["message"];
  CHECK(message["content"].is_null());
  CHECK(answer["choices"][0]["finish_reason"] == "tool_calls");
  CHECK(message["tool_calls"][0]["function"]["name"] == "get_weather");
  CHECK(message["tool_calls"][0]["function"]["arguments"] == R"({"city":"example","unit":"C"})");

  const Dom final_answer =
      post("/v1/chat/completions", R"({"model":"m",)" + kTools + R"(,"messages":[)" + ask + "," + json::dump(message) +
                                       R"(,{"role":"tool","tool_call_id":"x","content":"21 degrees"}]})");
  CHECK(final_answer["choices"][0]["message"]["content"].get<std::string>().find("21 degrees") != std::string::npos);

  std::string arguments;
  for (const Event& event :
       stream("/v1/chat/completions", R"({"model":"m","stream":true,)" + kTools + R"(,"messages":[)" + ask + "]}")) {
    if (event.data == "[DONE]") break;
    const Dom delta = parsed(event.data)["choices"][0]["delta"];
    if (delta.contains("tool_calls")) arguments += delta["tool_calls"][0]["function"]["arguments"].get<std::string>();
  }
  CHECK(arguments == R"({"city":"example","unit":"C"})");
}

TEST_CASE("text is answered when no tool is asked for or the choice forbids it, and a forced choice is obeyed") {
  const auto reason = [](const std::string& content, const std::string& choice) {
    return post("/v1/chat/completions", R"({"model":"m",)" + kTools + R"(,"tool_choice":)" + choice +
                                            R"(,"messages":[{"role":"user","content":")" + content +
                                            "\"}]}")["choices"][0]["finish_reason"];
  };
  CHECK(reason("hello", "\"auto\"") == "stop");
  CHECK(reason("use the tool nothing", "\"auto\"") == "stop");
  CHECK(reason("use the tool get_weather", "\"none\"") == "stop");
  CHECK(reason("hello", "\"required\"") == "tool_calls");
  CHECK(reason("hello", R"({"type":"function","function":{"name":"get_weather"}})") == "tool_calls");
}

TEST_CASE("bad chat requests get errors in their dialect that name the field") {
  struct Case {
    const char* body;
    const char* param;
  };
  for (const Case& c :
       {Case{R"({"messages":[{"role":"user","content":"x"}]})", "model"}, Case{R"({"model":"m"})", "messages"},
        Case{R"({"model":"m","messages":[]})", "messages"}, Case{R"({"model":"m","messages":[5]})", "messages[0].role"},
        Case{R"({"model":"m","messages":[{"role":"user","content":5}]})", "messages[0].content"},
        Case{R"({"model":"m","stream":"yes","messages":[{"role":"user","content":"x"}]})", "stream"},
        Case{R"({"model":"m","n":0,"messages":[{"role":"user","content":"x"}]})", "n"}}) {
    CAPTURE(c.body);
    const Dom error = post("/v1/chat/completions", c.body, 400)["error"];
    CHECK(error["param"] == c.param);
    CHECK(error["type"] == "invalid_request_error");
  }
  CHECK(post("/v1/chat/completions", "{", 400)["error"]["param"].is_null());
  CHECK(post("/v1/nothing", "{}", 404)["error"]["code"] == "not_found");
  CHECK(call("GET", "/v1/chat/completions").status == 405);
}

TEST_CASE("completions answer whole and streamed") {
  const Dom whole = post("/v1/completions", R"({"model":"m","prompt":"once upon"})");
  CHECK(whole["object"] == "text_completion");
  std::string text;
  const auto events = stream("/v1/completions", R"({"model":"m","prompt":"once upon","stream":true})");
  for (std::size_t i = 0; i + 1 < events.size(); ++i)
    text += parsed(events[i].data)["choices"][0]["text"].get<std::string>();
  CHECK(text == whole["choices"][0]["text"]);
  CHECK(events.back().data == "[DONE]");
}

TEST_CASE("embeddings are unit vectors, the same for the same text, in both encodings") {
  const Dom answer = post("/v1/embeddings", R"({"model":"m","input":["a","b","a",[1,2]]})");
  REQUIRE(answer["data"].size() == 4);
  const std::vector<float> a = answer["data"][0]["embedding"];
  CHECK(a.size() == 256);
  CHECK(answer["data"][2]["embedding"] == answer["data"][0]["embedding"]);
  CHECK(answer["data"][1]["embedding"] != answer["data"][0]["embedding"]);
  double sum = 0;
  for (const float value : a) sum += static_cast<double>(value) * static_cast<double>(value);
  CHECK(std::abs(sum - 1) < 1e-5);
  const Dom encoded = post("/v1/embeddings", R"({"model":"m","input":"a","encoding_format":"base64","dimensions":3})");
  CHECK(encoded["data"][0]["embedding"].get<std::string>().size() == 16);
  CHECK(encoded["usage"]["prompt_tokens"] == 1);
  CHECK(post("/v1/embeddings", R"({"model":"m","input":[]})", 400)["error"]["param"] == "input");
  CHECK(post("/v1/moderations", R"({"input":["x","y"]})")["results"].size() == 2);
}

TEST_CASE("a message is answered whole, with usage in disjoint buckets") {
  const Dom answer =
      post("/v1/messages",
           R"({"model":"m","max_tokens":100,"system":"Be kind","messages":[{"role":"user","content":"Hello"}]})");
  CHECK(answer["type"] == "message");
  CHECK(answer["stop_reason"] == "end_turn");
  CHECK(answer["content"][0]["text"].get<std::string>().find("\"Hello\"") != std::string::npos);
  CHECK(answer["usage"]["input_tokens"] == 3);
  CHECK(answer["usage"]["cache_read_input_tokens"] == 0);
  CHECK(post("/v1/messages",
             R"({"model":"m","max_tokens":2,"messages":[{"role":"user","content":"Hello"}]})")["stop_reason"] ==
        "max_tokens");
  CHECK(post("/v1/messages/count_tokens",
             R"({"model":"m","messages":[{"role":"user","content":"Hello"}]})")["input_tokens"] == 2);
}

TEST_CASE("a message stream keeps the whole grammar of events") {
  const auto events = stream(
      "/v1/messages", R"({"model":"m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hello"}]})");
  std::string names;
  std::string text;
  for (const Event& event : events) {
    const Dom data = parsed(event.data);
    CHECK(data["type"] == event.name);
    if (event.name == "content_block_delta") text += data["delta"]["text"].get<std::string>();
    if (event.name != "content_block_delta" || !names.ends_with("content_block_delta ")) names += event.name + " ";
  }
  CHECK(names ==
        "message_start content_block_start ping content_block_delta content_block_stop message_delta message_stop ");
  CHECK(text.find("\"Hello\"") != std::string::npos);
  const Dom start = parsed(events.front().data)["message"];
  CHECK(start["usage"]["input_tokens"] == 2);
  CHECK(start["content"].empty());
  const Dom end = parsed(events[events.size() - 2].data);
  CHECK(end["delta"]["stop_reason"] == "end_turn");
  CHECK(end["usage"]["output_tokens"] == static_cast<std::int64_t>((text.size() + 3) / 4));
}

TEST_CASE("a messages client's tool loop") {
  const std::string ask = R"({"role":"user","content":"use the tool get_weather"})";
  const Dom answer =
      post("/v1/messages", R"({"model":"m","max_tokens":100,)" + kMessagesTools + R"(,"messages":[)" + ask + "]}");
  CHECK(answer["stop_reason"] == "tool_use");
  CHECK(answer["content"][0]["name"] == "get_weather");
  CHECK(answer["content"][0]["input"]["days"] == 1);
  const Dom final_answer = post(
      "/v1/messages",
      R"({"model":"m","max_tokens":100,)" + kMessagesTools + R"(,"messages":[)" + ask +
          R"(,{"role":"assistant","content":)" + json::dump(answer["content"]) +
          R"(},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"sunny"}]}]}]})");
  CHECK(final_answer["stop_reason"] == "end_turn");
  CHECK(final_answer["content"][0]["text"].get<std::string>().find("sunny") != std::string::npos);
  std::string input;
  for (const Event& event : stream("/v1/messages", R"({"model":"m","max_tokens":100,"stream":true,)" + kMessagesTools +
                                                       R"(,"messages":[)" + ask + "]}"))
    if (event.name == "content_block_delta") input += parsed(event.data)["delta"]["partial_json"].get<std::string>();
  CHECK(input == R"({"days":1})");
}

TEST_CASE("a message may have a system turn among the others, as coding agents send it") {
  const auto reply =
      post("/v1/messages", R"({"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hello"},)"
                           R"({"role":"system","content":"A reminder"}]})");
  CHECK(reply["type"] == "message");
  CHECK(reply["content"][0]["text"].get<std::string>().find("Hello") != std::string::npos);
}

TEST_CASE("bad messages get errors in their dialect") {
  for (const char* body : {R"({"model":"m","messages":[{"role":"user","content":"x"}]})",
                           R"({"max_tokens":1,"messages":[{"role":"user","content":"x"}]})",
                           R"({"model":"m","max_tokens":1,"messages":[{"role":"system","content":"x"}]})",
                           R"({"model":"m","max_tokens":0,"messages":[{"role":"user","content":"x"}]})", "{"}) {
    CAPTURE(body);
    const Dom error = post("/v1/messages", body, 400);
    CHECK(error["type"] == "error");
    CHECK(error["error"]["type"] == "invalid_request_error");
  }
  CHECK(post("/v1/messages/nothing", "{}", 404)["error"]["type"] == "not_found_error");
}

TEST_CASE("models are listed in the shape of the dialect that asks") {
  const Dom chat = parsed(call("GET", "/v1/models").body);
  CHECK(chat["object"] == "list");
  CHECK(chat["data"][1]["id"] == "mock-small");
  const Dom messages = parsed(call("GET", "/v1/models?limit=10", {}, "2023-06-01").body);
  CHECK(messages["data"][0]["type"] == "model");
  CHECK(messages["has_more"] == false);
  CHECK(parsed(call("GET", "/v1/models/mock-large").body)["id"] == "mock-large");
  CHECK(call("GET", "/v1/models/none").status == 404);
  CHECK(call("POST", "/v1/models").status == 405);
  CHECK(call("HEAD", "/").status == 200);
}
