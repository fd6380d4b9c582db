#include "adapters/translators.hpp"
#include "llm/seal.hpp"
#include "tests/support/request_fixture.hpp"

using namespace aigw;
using llm::Dialect;
using llm::Role;
using test::call;
using test::has_loss;
using test::result;
using test::text;

namespace {

const llm::Translator& messages() { return adapters::anthropic_messages_translator(); }

struct Decoded : test::DecodedRequest {
  explicit Decoded(std::string body) : DecodedRequest(messages(), std::move(body)) {}
};

struct Encoded : test::EncodedRequest {
  explicit Encoded(const llm::ChatRequest& request, std::string_view model = "claude-sonnet-4-5")
      : EncodedRequest(messages(), request, model) {}
};

llm::Turn turn(Role role, std::vector<llm::Block> blocks) { return {.role = role, .blocks = std::move(blocks)}; }
llm::ChatRequest chat(std::vector<llm::Turn> turns) {
  llm::ChatRequest request{.dialect = Dialect::openai_chat, .model = "m"};
  request.turns = std::move(turns);
  return request;
}

}  // namespace

SCENARIO("what a Messages client asks for is read with its places") {
  const Decoded d(
      R"({"model":"m","max_tokens":64000,"stream":true,"temperature":0.5,"top_k":3,"stop_sequences":["a","b"],)"
      R"("system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],)"
      R"("metadata":{"user_id":"u"},"service_tier":"standard_only","thinking":{"type":"enabled","budget_tokens":31999},)"
      R"("tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true},)"
      R"({"type":"web_search_20250305","name":"web_search"},{"type":"tool_search_tool_bm25_20251119","name":"x"}],)"
      R"("tool_choice":{"type":"any","disable_parallel_tool_use":true},)"
      R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},"novelty":1,"container":null,)"
      R"("messages":[{"role":"user","content":"q"}]})");
  CHECK(d.refused.empty());
  const llm::ChatRequest& r = d.request;
  CHECK(r.stream);
  CHECK(*r.max_tokens == 64'000);
  CHECK(*r.temperature == 0.5);
  CHECK(*r.top_k == 3);
  CHECK((*r.stop).size() == 2);
  CHECK(r.system[0].cache_marker);
  CHECK(*r.end_user == "u");
  CHECK(*r.service_tier == "default");
  CHECK(r.reasoning.level == llm::Reasoning::Level::high);
  CHECK(r.reasoning.budget_tokens == 31'999);
  REQUIRE(r.tools.size() == 2);
  CHECK(r.tools[0].strict == true);
  CHECK(r.tools[1].kind == llm::Tool::Kind::hosted);
  CHECK(r.tools[1].name == "web_search_20250305");
  CHECK(r.tool_choice.mode == llm::ToolChoice::Mode::required);
  CHECK(r.tool_choice.parallel == false);
  CHECK(r.output.schema == R"({"type":"object"})");
  CHECK(r.turns[0].blocks[0].path == "messages[0].content");
  CHECK(has_loss(d.losses, "novelty", "unknown member"));
  CHECK(has_loss(d.losses, "tools[2]", "tools sent undeferred"));
}

SCENARIO("an effort is how much an adaptive model thinks") {
  const auto level = [](const std::string& members) {
    return Decoded(R"({"model":"m","messages":[],)" + members + "}").request.reasoning.level;
  };
  using Level = llm::Reasoning::Level;
  CHECK(level(R"("thinking":{"type":"adaptive"})") == Level::automatic);
  CHECK(level(R"("output_config":{"effort":"xhigh"},"thinking":{"type":"adaptive"})") == Level::xhigh);
  CHECK(level(R"("thinking":{"type":"disabled"},"output_config":{"effort":"low"})") == Level::off);
  CHECK(level(R"("stream":false)") == Level::unset);
}

SCENARIO("a tool's result is read with its text, its pictures and its error") {
  const Decoded d(
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","is_error":true,)"
      R"("content":[{"type":"text","text":"x"},{"type":"text","text":"y"},{"type":"image","source":{"type":"base64",)"
      R"("media_type":"image/jpeg","data":"iVBORw0KGgoAAAANSUhEUg=="}},{"type":"tool_reference","tool_name":"f"}]}]}]})");
  const auto* result = d.request.turns[0].blocks[0].as<llm::ToolResult>();
  REQUIRE(result);
  CHECK(result->text == "x\ny");
  CHECK(result->is_error);
  REQUIRE(result->media.size() == 1);
  CHECK(result->media[0].mime == "image/png");  // the bytes know better
  CHECK(has_loss(d.losses, "messages[0].content[0].content[3]", "tool_reference block"));
}

SCENARIO("a seal in a block before a call is the call's own again") {
  const llm::Seal seal{Dialect::gemini_generate, "g", "sig"};
  const Decoded d(R"({"model":"m","messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":")" +
                  llm::wrap(seal) + R"("},{"type":"tool_use","id":"a","name":"f","input":{"x": 1.0}}]}]})");
  REQUIRE(d.request.turns[0].blocks.size() == 1);
  const auto* call = d.request.turns[0].blocks[0].as<llm::ToolCall>();
  CHECK(call->seal == seal);
  CHECK(call->arguments == R"({"x": 1.0})");
}

SCENARIO("what only Anthropic has is refused by its name") {
  const auto refused = [](const std::string& members) {
    return Decoded(R"({"model":"m","messages":[],)" + members + "}").refused;
  };
  CHECK(refused(R"("mcp_servers":[{"url":"u"}])").find("MCP") != std::string::npos);
  CHECK(refused(R"("container":"c")").find("container") != std::string::npos);
  CHECK(refused(R"("temperature":"hot")").find("'temperature' must be a number") != std::string::npos);
  CHECK(Decoded(R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":5}]}]})")
            .refused.find("messages[0].content[0].text") != std::string::npos);
}

SCENARIO("turns alternate, and results come first in the turn after their calls, in the order of the calls") {
  const Encoded e(chat({turn(Role::user, {text("q")}), turn(Role::assistant, {text("a")}),
                        turn(Role::assistant, {call("c1", "f"), call("c2", "g", R"({"n":1e2})")}),
                        turn(Role::user, {text("by the way")}), turn(Role::user, {result("c2", "two")}),
                        turn(Role::user, {result("c1", "one")})}));
  CHECK(
      e.member("messages") ==
      R"([{"role":"user","content":[{"type":"text","text":"q"}]},)"
      R"({"role":"assistant","content":[{"type":"text","text":"a"},)"
      R"({"type":"tool_use","id":"c1","name":"f","input":{}},{"type":"tool_use","id":"c2","name":"g","input":{"n":1e2}}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one"},)"
      R"({"type":"tool_result","tool_use_id":"c2","content":"two"},{"type":"text","text":"by the way"}]}])");
  CHECK(e.whole.path == "/v1/messages");
  CHECK(e.whole.headers == "anthropic-version: 2023-06-01\r\n");
}

SCENARIO("no empty text is sent, and no turn without a block") {
  const Encoded e(
      chat({turn(Role::user, {text(" \n")}), turn(Role::assistant, {text("")}), turn(Role::user, {text("q")})}));
  CHECK(e.member("messages") == R"([{"role":"user","content":[{"type":"text","text":"q"}]}])");
  const Encoded only_system(chat({}));
  CHECK(only_system.member("messages").find("Continue.") != std::string::npos);
  CHECK(has_loss(only_system.losses, "messages", "filler turn added"));
}

SCENARIO("ids become legal and unique, and results keep meeting their calls") {
  const Encoded e(chat({turn(Role::assistant, {call("call.0", "f")}), turn(Role::user, {result("call.0", "a")}),
                        turn(Role::assistant, {call("call.0", "f")}), turn(Role::user, {result("call.0", "b")}),
                        turn(Role::assistant, {call("", "f"), call("", "f")}),
                        turn(Role::user, {result("", "c", "f"), result("", "d", "f")})}));
  std::vector<std::string> calls;
  std::vector<std::string> results;
  json::View::of(e.member("messages")).each([&](json::View message) {
    message["content"].each([&](json::View block) {
      if (const auto id = block["id"].string()) calls.push_back(*id);
      if (const auto id = block["tool_use_id"].string()) results.push_back(*id);
    });
  });
  REQUIRE(calls.size() == 4);
  CHECK(calls == results);
  CHECK(calls[0] != calls[1]);
  CHECK(calls[2] != calls[3]);
  CHECK(calls[0].find('.') == std::string::npos);
}

SCENARIO("arguments are an object, whatever the model once wrote") {
  const Encoded e(
      chat({turn(Role::assistant, {call("a", "f", "{\"cut"), call("b", "f", "[1]"), call("c", "f", " ")})}));
  CHECK(e.body.find(R"("input":{"input":"{\"cut"})") != std::string::npos);
  CHECK(e.body.find(R"("input":{"input":[1]})") != std::string::npos);
  CHECK(e.body.find(R"("id":"c","name":"f","input":{})") != std::string::npos);
  CHECK(has_loss(e.losses, "c", "arguments are no JSON"));
}

SCENARIO("max_tokens is always there") {
  llm::ChatRequest request = chat({turn(Role::user, {text("q")})});
  CHECK(Encoded(request).member("max_tokens") == "32000");
  CHECK(Encoded(request, "claude-3-5-haiku-latest").member("max_tokens") == "8192");
  CHECK(Encoded(request, "somebody-else").member("max_tokens") == "4096");
  request.max_tokens = {100'000, "max_tokens"};
  CHECK(Encoded(request).member("max_tokens") == "100000");
}

SCENARIO("thinking fits into max_tokens and gives way to what rules it out") {
  using Level = llm::Reasoning::Level;
  llm::ChatRequest request = chat({turn(Role::user, {text("q")})});
  request.reasoning = {.level = Level::high, .path = "reasoning_effort"};
  request.max_tokens = {8'000, "max_tokens"};
  request.temperature = {0.3, "temperature"};
  const Encoded e(request);
  CHECK(e.member("thinking") == R"({"type":"enabled","budget_tokens":6000})");
  CHECK(e.member("temperature").empty());
  CHECK(has_loss(e.losses, "temperature", "reasoning is on"));

  const Encoded adaptive(request, "claude-opus-4-6");
  CHECK(adaptive.member("thinking") == R"({"type":"adaptive"})");
  CHECK(adaptive.member("output_config") == R"({"effort":"high"})");

  request.tools = {{.name = "f", .schema = R"({"type":"object"})", .path = "tools[0]"}};
  request.tool_choice.mode = llm::ToolChoice::Mode::required;
  const Encoded forced(request);
  CHECK(forced.member("thinking").empty());
  CHECK(forced.member("temperature") == "0.3");
  CHECK(forced.member("tool_choice") == R"({"type":"any"})");
  CHECK(has_loss(forced.losses, "reasoning_effort", "reasoning: forced tool"));
  CHECK(Encoded(request, "claude-opus-4-6").member("thinking") == R"({"type":"adaptive"})");
}

SCENARIO("a model that cannot be forced, or sampled, or begun, is asked without or not at all") {
  llm::ChatRequest request = chat({turn(Role::user, {text("q")})});
  request.tools = {{.name = "f", .schema = R"({"type":"object"})", .path = "tools[0]"}};
  request.tool_choice = {.mode = llm::ToolChoice::Mode::named, .name = "f"};
  request.temperature = {0.3, "temperature"};
  const Encoded e(request, "claude-opus-5-5");
  CHECK(e.member("tool_choice") == R"({"type":"auto"})");
  CHECK(e.member("temperature").empty());
  CHECK(has_loss(e.losses, "tool_choice", "model cannot be forced"));

  const llm::ChatRequest begun = chat({turn(Role::user, {text("q")}), turn(Role::assistant, {text("It is \n")})});
  CHECK(Encoded(begun).body.find(R"("text":"It is"})") != std::string::npos);
  CHECK(Encoded(begun, "claude-opus-4-6").refused.find("prefill") != std::string::npos);
}

SCENARIO("temperature is at most 1, and of temperature and top_p one is left where a model takes one only") {
  llm::ChatRequest request = chat({turn(Role::user, {text("q")})});
  request.temperature = {1.5, "temperature"};
  request.top_p = {0.9, "top_p"};
  const Encoded e(request);
  CHECK(e.member("temperature") == "1");
  CHECK(e.member("top_p").empty());
  CHECK(has_loss(e.losses, "top_p", "temperature is set"));
}

SCENARIO("thinking of the target's own goes back, and another's is told as lost") {
  const auto with_seal = [](Dialect dialect, std::string provider) {
    return chat({turn(Role::user, {text("q")}),
                 turn(Role::assistant,
                      {{.value = llm::Thinking{.text = "t", .seal = llm::Seal{dialect, std::move(provider), "sig"}},
                        .path = "x"},
                       text("a")}),
                 turn(Role::user, {text("q")})});
  };
  CHECK(Encoded(with_seal(Dialect::anthropic_messages, "p"))
            .body.find(R"({"type":"thinking","thinking":"t","signature":"sig"})") != std::string::npos);
  for (const auto& request :
       {with_seal(Dialect::anthropic_messages, "other"), with_seal(Dialect::gemini_generate, "p")}) {
    const Encoded e(request);
    CHECK(e.body.find("thinking") == std::string::npos);
    CHECK(has_loss(e.losses, "x", "reasoning of another provider"));
  }
}

SCENARIO("thinking that nobody signed is left out without a word: no provider asks for it") {
  const Encoded e(chat({turn(Role::assistant, {{.value = llm::Thinking{.text = "t"}, .path = "x"}, text("a")}),
                        turn(Role::user, {text("q")})}));
  CHECK(e.body.find("thinking") == std::string::npos);
  CHECK(e.losses.empty());
}

SCENARIO("at most the last four cache markers are sent") {
  llm::ChatRequest request = chat({turn(Role::user, {})});
  for (int i = 0; i < 6; ++i) {
    llm::Block block = text("b" + std::to_string(i));
    block.cache_marker = true;
    request.turns[0].blocks.push_back(std::move(block));
  }
  const Encoded e(request);
  CHECK(e.body.find(R"("text":"b1"})") != std::string::npos);
  CHECK(e.body.find(R"("text":"b2","cache_control":{"type":"ephemeral"}})") != std::string::npos);
}

SCENARIO("media that the API knows no form for is refused by its kind") {
  using Media = llm::Media;
  const auto with = [](Media media) {
    return Encoded(chat({turn(Role::user, {{.value = std::move(media), .path = "messages[0].content[0]"}})}));
  };
  CHECK(with({.kind = Media::Kind::audio, .data = "AAAA", .mime = "audio/wav"}).refused.find("audio") !=
        std::string::npos);
  CHECK(with({.kind = Media::Kind::image, .form = Media::Form::file, .data = "file-1"}).refused.find("file") !=
        std::string::npos);
  CHECK(with({.kind = Media::Kind::image, .data = "AAAA", .mime = "image/tiff"}).refused.find("image") !=
        std::string::npos);
  CHECK(
      with({.kind = Media::Kind::document, .data = "aGk=", .mime = "text/plain", .name = "a.txt"})
          .body.find(
              R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"},"title":"a.txt"})") !=
      std::string::npos);
  CHECK(with({.kind = Media::Kind::document, .form = Media::Form::url, .data = "https://x/a.pdf"})
            .body.find(R"("source":{"type":"url","url":"https://x/a.pdf"})") != std::string::npos);
}

SCENARIO("tools that run at their provider are refused, and free-text tools become functions with one text") {
  llm::ChatRequest request = chat({turn(Role::user, {text("q")})});
  request.tools = {{.kind = llm::Tool::Kind::hosted, .name = "web_search", .path = "tools[0]"}};
  CHECK(Encoded(request).refused.find("tools[0]: tool web_search runs at its provider") != std::string::npos);
  request.tools = {{.kind = llm::Tool::Kind::custom,
                    .name = "patch",
                    .schema = R"({"type":"grammar","syntax":"lark","definition":"start: X"})",
                    .path = "tools[0]"}};
  request.turns.push_back(
      turn(Role::assistant,
           {{.value = llm::ToolCall{.id = "a", .name = "patch", .arguments = "*** \"x\"", .custom = true}}}));
  request.turns.push_back(turn(Role::user, {result("a", "done")}));
  const Encoded e(request);
  CHECK(e.body.find("start: X") != std::string::npos);
  CHECK(e.body.find(R"("input":{"input":"*** \"x\""})") != std::string::npos);
  CHECK(has_loss(e.losses, "tools[0]", "custom tool as function"));
}

SCENARIO("the same history gives the same bytes, and a longer one begins with them") {
  llm::ChatRequest request = chat({turn(Role::user, {text("q")}), turn(Role::assistant, {call("c.1", "f")}),
                                   turn(Role::user, {result("c.1", "x")})});
  const std::string before = Encoded(request).member("messages");
  CHECK(before == Encoded(request).member("messages"));
  request.turns.push_back(turn(Role::assistant, {text("a")}));
  request.turns.push_back(turn(Role::user, {text("q")}));
  CHECK(Encoded(request).member("messages").starts_with(before.substr(0, before.size() - 1)));
}
