#include "adapters/translators.hpp"
#include "llm/seal.hpp"
#include "tests/support/request_fixture.hpp"

using namespace aigw;
using llm::Dialect;
using llm::Role;
using test::call;
using test::result;
using test::text;

namespace {

const llm::Translator& chat() { return adapters::openai_chat_translator(); }

struct Decoded : test::DecodedRequest {
  /// `members`: what stands behind the model.
  explicit Decoded(std::string_view members)
      : DecodedRequest(chat(), R"({"model":"m",)" + std::string(members) + "}") {}
};

struct Encoded : test::EncodedRequest {
  explicit Encoded(const llm::ChatRequest& request, std::string_view model = "gpt-4o")
      : EncodedRequest(chat(), request, model) {
    CHECK((!refused.empty() || whole.path == "/chat/completions"));
  }
};

llm::ChatRequest request(std::vector<llm::Turn> turns) {
  return {.dialect = Dialect::anthropic_messages, .turns = std::move(turns)};
}
llm::Block thinking(std::string words, std::optional<llm::Seal> seal) {
  return {.value = llm::Thinking{.text = std::move(words), .seal = std::move(seal)}, .path = "th"};
}

}  // namespace

SCENARIO("leading system messages are the system, later ones stand at their place") {
  const Decoded out(R"("messages":[{"role":"developer","content":"a"},{"role":"system","content":[
      {"type":"text","text":"b"}]},{"role":"user","content":"c"},{"role":"system","content":"d"}])");
  REQUIRE(out.request.system.size() == 2);
  CHECK(out.request.system_role == "developer");
  REQUIRE(out.request.turns.size() == 2);
  CHECK(out.request.turns[1].role == Role::system);
}

SCENARIO("a call and the results that follow it become two turns") {
  const Decoded out(R"("messages":[{"role":"user","content":"a"},
      {"role":"assistant","content":null,"tool_calls":[
        {"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\": 1.0}"}},
        {"id":"y","function":{"name":"g","arguments":""}}]},
      {"role":"tool","tool_call_id":"x","content":"1"},
      {"role":"tool","tool_call_id":"y","content":[{"type":"text","text":"2"}]},
      {"role":"user","content":"b"}])");
  REQUIRE(out.request.turns.size() == 4);
  const auto* first = out.request.turns[1].blocks[0].as<llm::ToolCall>();
  REQUIRE(first);
  CHECK(first->arguments == R"({"a": 1.0})");
  CHECK(out.request.turns[1].blocks[1].as<llm::ToolCall>()->arguments == "{}");
  CHECK(out.request.turns[2].blocks.size() == 2);
  CHECK(out.request.turns[2].blocks[1].as<llm::ToolResult>()->text == "2");
}

SCENARIO("images and files are read by their data, not by what they are called") {
  const Decoded out(R"("messages":[{"role":"user","content":[
      {"type":"image_url","image_url":{"url":"data:image/jpg;base64,iVBORw0KGgo=","detail":"low"}},
      {"type":"image_url","image_url":"https://x.test/a.webp?b"},
      {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQK"}},
      {"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}]}])");
  const auto& blocks = out.request.turns.at(0).blocks;
  REQUIRE(blocks.size() == 4);
  CHECK(blocks[0].as<llm::Media>()->mime == "image/png");
  CHECK(blocks[0].as<llm::Media>()->detail == "low");
  CHECK(blocks[1].as<llm::Media>()->form == llm::Media::Form::url);
  CHECK(blocks[1].as<llm::Media>()->mime == "image/webp");
  CHECK(blocks[2].as<llm::Media>()->kind == llm::Media::Kind::document);
  CHECK(blocks[3].as<llm::Media>()->mime == "audio/mpeg");
}

SCENARIO("what has the wrong type is refused by its path") {
  CHECK(Decoded(R"("messages":[{"role":"user","content":[{"type":"text","text":7}]}])").refused ==
        "'messages[0].content[0].text' must be text");
  CHECK(Decoded(R"("messages":[{"content":"a"}])").refused == "'messages[0].role' is missing");
  CHECK(Decoded(R"("messages":7)").refused == "'messages' must be an array");
  CHECK(Decoded(R"("messages":[],"temperature":"hot")").refused == "'temperature' must be a number");
  CHECK(Decoded(R"("messages":[],"tools":[{"type":"function","function":{}}])").refused ==
        "'tools[0].function.name' is missing");
  CHECK_FALSE(Decoded(R"("messages":[],"modalities":["text","audio"])").refused.empty());
}

SCENARIO("what has no twin is a loss, null is absent") {
  const Decoded lost(
      R"("messages":[{"role":"user","name":"n","content":"a","x":1}],"logit_bias":{"1":2},"y":1,"n":null)");
  std::string paths;
  for (const llm::Loss& loss : lost.losses.losses()) paths += loss.path + " ";
  CHECK(paths == "messages[0].x messages[0].name logit_bias y ");
}

SCENARIO("a grammar stands one level deeper than in the flat form, both ways") {
  Decoded out(R"("messages":[],"tools":[{"type":"custom","custom":{"name":"patch","format":
      {"type":"grammar","grammar":{"syntax":"lark","definition":"start: /a/"}}}}])");
  REQUIRE(out.request.tools.size() == 1);
  CHECK(out.request.tools[0].schema == R"({"type":"grammar","syntax":"lark","definition":"start: /a/"})");
  const llm::ChatRequest moved = std::move(out.request);
  CHECK(Encoded(moved).member("tools") == R"([{"type":"custom","custom":{"name":"patch","format":{"type":"grammar",)"
                                          R"("grammar":{"syntax":"lark","definition":"start: /a/"}}}}])");
}

SCENARIO("reasoning levels are read in every host's words") {
  using Level = llm::Reasoning::Level;
  CHECK(Decoded(R"("messages":[],"reasoning_effort":"xhigh")").request.reasoning.level == Level::xhigh);
  CHECK(Decoded(R"("messages":[],"reasoning":{"max_tokens":4000})").request.reasoning.level == Level::low);
  CHECK(Decoded(R"("messages":[],"thinking":{"type":"disabled"})").request.reasoning.level == Level::off);
  CHECK(Decoded(R"("messages":[],"enable_thinking":true)").request.reasoning.level == Level::automatic);
}

SCENARIO("results stand directly behind their calls, in the order of these") {
  const Encoded out(request({{.role = Role::assistant, .blocks = {text("hm"), call("a", "f"), call("b", "g")}},
                             {.role = Role::user, .blocks = {text("and"), result("b", "2"), result("a", "1")}}}));
  CHECK(out.member("messages") ==
        R"([{"role":"assistant","content":"hm","tool_calls":[)"
        R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"2"},)"
        R"({"role":"user","content":"and"}])");
}

SCENARIO("a call without an id and its result get the same one, the same each time") {
  llm::Block nameless = call("", "f");
  nameless.path = "contents[0].parts[0]";
  const llm::ChatRequest history = request(
      {{.role = Role::assistant, .blocks = {nameless}}, {.role = Role::user, .blocks = {result("", "1", "f")}}});
  const Encoded out(history);
  const json::View messages = json::View::of(out.body)["messages"];
  std::vector<std::string> ids;
  messages.each([&](json::View message) {
    if (const auto id = message["tool_call_id"].string()) ids.push_back(*id);
    message["tool_calls"].each([&](json::View made) { ids.push_back(made["id"].string().value_or("")); });
  });
  REQUIRE(ids.size() == 2);
  CHECK(ids[0] == ids[1]);
  CHECK(ids[0].starts_with("call_"));
  CHECK(Encoded(history).body == out.body);
}

SCENARIO("files in a result follow it in a user's message") {
  llm::Block picture = result("a", "");
  picture.as<llm::ToolResult>()->media.push_back({.data = "AAAA", .mime = "image/png"});
  const Encoded out(
      request({{.role = Role::assistant, .blocks = {call("a", "f")}}, {.role = Role::user, .blocks = {picture}}}));
  constexpr std::string_view kMoved =
      R"j({"role":"tool","tool_call_id":"a","content":"(see attached file)"},{"role":"user","content":[)j"
      R"j({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]})j";
  CHECK(out.body.find(kMoved) != std::string::npos);
  CHECK(out.losses.losses().size() == 1);
}

SCENARIO("reasoning goes back only to the host that it came from, under its own name") {
  const auto history = [](llm::Seal seal) {
    return request({{.role = Role::assistant, .blocks = {thinking("why", std::move(seal)), text("so")}},
                    {.role = Role::user, .blocks = {text("on")}}});
  };
  const Encoded own(history({Dialect::openai_chat, "p", "reasoning_content"}));
  CHECK(own.body.find(R"({"role":"assistant","content":"so","reasoning_content":"why"})") != std::string::npos);
  const Encoded listed(history({Dialect::openai_chat, "p", R"([{"type":"reasoning.encrypted","data":"d"}])"}));
  CHECK(listed.body.find(R"("reasoning":"why","reasoning_details":[{"type":"reasoning.encrypted","data":"d"}]})") !=
        std::string::npos);
  for (const llm::Seal& seal :
       {llm::Seal{Dialect::openai_chat, "q", "reasoning"}, llm::Seal{Dialect::anthropic_messages, "p", "signature"}}) {
    const Encoded foreign(history(seal));
    CHECK(foreign.body.find("why") == std::string::npos);
    CHECK(foreign.losses.losses().size() == 1);
  }
}

SCENARIO("what a provider's own models take decides the names of limits and levels") {
  llm::ChatRequest asked = request({{.role = Role::user, .blocks = {text("a")}}});
  asked.max_tokens = {100, "max_tokens"};
  asked.reasoning.level = llm::Reasoning::Level::max;
  asked.temperature = {0.5, "temperature"};
  CHECK(Encoded(asked, "llama-4").member("max_tokens") == "100");
  CHECK(Encoded(asked, "llama-4").member("reasoning_effort") == R"("max")");
  const Encoded reasoning(asked, "gpt-5-mini");
  CHECK(reasoning.member("max_completion_tokens") == "100");
  CHECK(reasoning.member("reasoning_effort") == R"("high")");
  CHECK(reasoning.member("temperature").empty());
  CHECK(reasoning.losses.losses().size() == 2);
  CHECK(Encoded(asked, "gpt-4o").member("reasoning_effort").empty());
}

SCENARIO("what chat cannot say is refused by the client's path") {
  const auto refused = [](llm::Block block) {
    block.path = "messages[0].content[0]";
    return Encoded(request({{.role = Role::user, .blocks = {std::move(block)}}})).refused;
  };
  CHECK(refused({.value = llm::Media{.kind = llm::Media::Kind::video, .data = "AAAA", .mime = "video/mp4"}}) ==
        "messages[0].content[0]: video file of type video/mp4; openai-chat cannot express it");
  CHECK(
      refused({.value = llm::Media{.kind = llm::Media::Kind::document, .form = llm::Media::Form::url, .data = "u"}}) ==
      "messages[0].content[0]: file by URL; openai-chat cannot express it");
  CHECK(refused({.value = llm::Opaque{Dialect::anthropic_messages, "web_search_tool_result", "{}"}}) ==
        "messages[0].content[0]: web_search_tool_result block; openai-chat cannot express it");
}

SCENARIO("a format has a name, and JSON mode the word JSON somewhere") {
  llm::ChatRequest asked = request({{.role = Role::user, .blocks = {text("a")}}});
  asked.output = {.kind = llm::OutputFormat::Kind::schema,
                  .schema = R"({"title":"My form","type":"object","properties":{}})",
                  .path = "output_config.format"};
  CHECK(Encoded(asked).member("response_format") ==
        R"({"type":"json_schema","json_schema":{"name":"My_form","schema":)"
        R"({"title":"My form","type":"object","properties":{}},"strict":false}})");
  asked.output = {.kind = llm::OutputFormat::Kind::json, .path = "responseMimeType"};
  CHECK(Encoded(asked).member("messages").find("JSON object") != std::string::npos);
  asked.turns[0].blocks.push_back(text("as json"));
  CHECK(Encoded(asked).member("messages").find("JSON object") == std::string::npos);
}
