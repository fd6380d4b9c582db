#include "adapters/translators.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using adapters::openai_responses_translator;
using llm::Block;
using llm::Dialect;
using llm::Role;

namespace {

/// A request that was read; keeps the text that it borrows from.
struct Read {
  explicit Read(std::string text) : body(std::move(text)), object(json::scan_object(body)) {
    REQUIRE(object.ok());
    request = openai_responses_translator().decode_request(*object, {}, losses);
  }
  std::string body;
  Result<json::Object> object;
  llm::Losses losses;
  Result<llm::ChatRequest> request = llm::ChatRequest{};
};

std::string refusal(std::string body) {
  const Read read(std::move(body));
  return read.request ? "" : read.request.error().param;
}

std::string input(const std::string& items) { return R"({"model":"m","input":[)" + items + "]}"; }

/// "role: text|call|..." of each turn.
std::string outline(const llm::ChatRequest& request) {
  std::string out;
  for (const llm::Turn& turn : request.turns) {
    out += turn.role == Role::user ? "u(" : turn.role == Role::assistant ? "a(" : "s(";
    for (const Block& block : turn.blocks) {
      if (const auto* text = block.as<llm::Text>()) out += "'" + text->text + "'";
      if (const auto* call = block.as<llm::ToolCall>()) out += "!" + call->id + ":" + call->name;
      if (const auto* result = block.as<llm::ToolResult>()) out += "=" + result->call_id + ":" + result->text;
      if (const auto* thinking = block.as<llm::Thinking>()) out += "~" + thinking->text;
      if (const auto* opaque = block.as<llm::Opaque>()) out += "?" + opaque->kind;
      if (block.as<llm::Media>()) out += "*";
    }
    out += ")";
  }
  return out;
}

std::string encoded(const llm::ChatRequest& request, llm::Losses& losses, llm::ModelTraits traits = {}) {
  const auto out = openai_responses_translator().encode_request(
      request, {.provider = "p", .model = "gpt-x", .traits = traits}, losses);
  REQUIRE(out.ok());
  CHECK(out->path == "/responses");
  CHECK(json::check_value(out->body).ok());
  return out->body;
}

llm::ChatRequest ask(std::vector<llm::Turn> turns) {
  return {.dialect = Dialect::anthropic_messages, .model = "m", .turns = std::move(turns)};
}
llm::Turn user(std::vector<Block> blocks) { return {.role = Role::user, .blocks = std::move(blocks), .path = "u"}; }
llm::Turn assistant(std::vector<Block> blocks) {
  return {.role = Role::assistant, .blocks = std::move(blocks), .path = "a"};
}

bool has(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

SCENARIO("a plain text is a user's turn; instructions and leading system items are the system's") {
  CHECK(outline(*Read(R"({"model":"m","input":"Hi"})").request) == "u('Hi')");
  const Read read(
      R"({"model":"m","input":[{"role":"developer","content":"D"},{"role":"user","content":"Hi"},{"role":"system","content":[{"type":"input_text","text":"S"}]}]})");
  REQUIRE(read.request.ok());
  CHECK(outline(*read.request) == "u('Hi')s('S')");
  CHECK(read.request->system_role == "developer");
  CHECK(read.request->system.front().as<llm::Text>()->text == "D");
  const Read instructed(R"({"model":"m","input":[{"role":"user","content":"Hi"}],"instructions":"Be brief."})");
  CHECK(instructed.request->system.front().path == "instructions");
  CHECK(instructed.request->system_role == "system");
}

SCENARIO("what the assistant did between two user turns is one turn, and results follow their calls") {
  CHECK(outline(*Read(input(R"({"role":"user","content":"a"},
    {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"x"},{"type":"summary_text","text":"y"}],"encrypted_content":"E"},
    {"type":"message","role":"assistant","content":[{"type":"output_text","text":"b","annotations":[]}]},
    {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
    {"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},
    {"type":"function_call_output","call_id":"c1","output":"1"},
    {"role":"user","content":"c"},
    {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"}]})"))
                     .request) == "u('a')a(~x\n\ny'b'!c1:f!c2:g)u(=c1:1=c2:2)u('c')");
}

SCENARIO("what ran at OpenAI is left out of the history, what the client was to run is not") {
  const Read read(input(R"({"role":"user","content":"a"},{"type":"web_search_call","id":"ws","action":{}},
    {"type":"local_shell_call","call_id":"c","action":{}})"));
  REQUIRE(read.request.ok());
  CHECK(outline(*read.request) == "u('a')a(?local_shell_call)");
  CHECK(read.losses.header() == "input[*]:web_search_call of OpenAI");
}

SCENARIO("files and images keep their bytes, kinds and addresses") {
  const Read read(input(R"({"role":"user","content":[
    {"type":"input_image","image_url":"data:image/jpg;base64,iVBORw0KGgo=","detail":"low"},
    {"type":"input_image","image_url":"https://x.example/a.PNG?b"},
    {"type":"input_file","filename":"a.pdf","file_data":"JVBERi0x"},
    {"type":"input_file","file_id":"file-1"}]})"));
  REQUIRE(read.request.ok());
  const auto& blocks = read.request->turns.front().blocks;
  REQUIRE(blocks.size() == 4);
  using Form = llm::Media::Form;
  CHECK(blocks[0].as<llm::Media>()->mime == "image/png");
  CHECK(blocks[0].as<llm::Media>()->detail == "low");
  CHECK(blocks[1].as<llm::Media>()->form == Form::url);
  CHECK(blocks[1].as<llm::Media>()->mime == "image/png");
  CHECK(blocks[2].as<llm::Media>()->mime == "application/pdf");
  CHECK(blocks[3].as<llm::Media>()->form == Form::file);
  CHECK(blocks[3].path == "input[0].content[3]");
}

SCENARIO("state that lives at OpenAI is refused by its name; what has no twin elsewhere is a loss") {
  CHECK(refusal(R"({"model":"m","input":"x","previous_response_id":"resp_1"})") == "previous_response_id");
  CHECK(refusal(R"({"model":"m","input":"x","conversation":"conv_1"})") == "conversation");
  CHECK(refusal(R"({"model":"m","prompt":{"id":"p"}})") == "prompt");
  CHECK(refusal(R"({"model":"m","input":"x","background":true})") == "background");
  CHECK(refusal(input(R"({"type":"item_reference","id":"msg_1"})")) == "input[0]");
  CHECK(refusal(input(R"({"type":"compaction","encrypted_content":"x"})")) == "input[0]");
  CHECK(refusal(R"({"model":"m","input":[]})") == "input");
  const Read read(
      R"({"model":"m","input":"x","previous_response_id":null,"background":false,"client_metadata":{"a":"b"},"truncation":"auto","max_tool_calls":3,"whatever":1,"include":["reasoning.encrypted_content"]})");
  REQUIRE(read.request.ok());
  CHECK(read.losses.header() == "truncation:not truncated, max_tool_calls:not limited, whatever:unknown member");
  CHECK(read.request->sealed_reasoning_asked);
}

SCENARIO("wrong types are named by their path") {
  CHECK(refusal(input("5")) == "input[0]");
  CHECK(refusal(input(R"({"role":"robot","content":"x"})")) == "input[0].role");
  CHECK(refusal(input(R"({"role":"user","content":[{"type":"input_text","text":5}]})")) == "input[0].content[0].text");
  CHECK(refusal(input(R"({"type":"function_call","name":"f","arguments":"{}"})")) == "input[0].call_id");
  CHECK(refusal(R"({"model":"m","input":"x","tools":{}})") == "tools");
  CHECK(refusal(R"({"model":"m","input":"x","tools":[{"type":"function"}]})") == "tools[0].name");
  CHECK(refusal(R"({"model":"m","input":"x","text":"x"})") == "text");
  CHECK(refusal(R"({"model":"m","input":"x","instructions":5})") == "instructions");
  CHECK(refusal(R"({"model":"m","input":"x","temperature":"hot"})") == "temperature");
}

SCENARIO("tools that run at OpenAI are left out beside others, and stay where they are all there is") {
  const Read agent(
      R"({"model":"m","input":"x","tools":[{"type":"web_search"},{"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark","definition":"x"}},{"type":"tool_search"},{"type":"function","name":"f","strict":false,"parameters":{"type":"object"},"defer_loading":true}]})");
  REQUIRE(agent.request.ok());
  REQUIRE(agent.request->tools.size() == 2);
  CHECK(agent.request->tools[0].kind == llm::Tool::Kind::custom);
  CHECK(agent.request->tools[0].schema.starts_with(R"({"type":"grammar")"));
  CHECK(agent.request->tools[1].strict == false);
  CHECK(agent.losses.header() ==
        "tools[*]:all tools sent at once, tools[*].defer_loading:sent at once, tools[*]:web_search runs at OpenAI");
  const Read search(R"({"model":"m","input":"x","tools":[{"type":"web_search"}]})");
  CHECK(search.request->tools.front().kind == llm::Tool::Kind::hosted);
  const Read shell(
      R"({"model":"m","input":"x","tools":[{"type":"local_shell"},{"type":"function","name":"f","parameters":{}}]})");
  CHECK(shell.request->tools.front().kind == llm::Tool::Kind::hosted);
}

SCENARIO("functions in a namespace are flat for others, under a longer name where theirs is taken") {
  const Read read(
      R"({"model":"m","input":[{"type":"function_call","call_id":"c","namespace":"agents","name":"wait","arguments":"{}"}],"tools":[{"type":"function","name":"wait","parameters":{}},{"type":"namespace","name":"agents","tools":[{"type":"function","name":"wait","parameters":{}},{"type":"function","name":"spawn","parameters":{}}]}],"tool_choice":{"type":"function","name":"wait","namespace":"agents"}})");
  REQUIRE(read.request.ok());
  CHECK(outline(*read.request) == "a(!c:agents__wait)");
  REQUIRE(read.request->tools.size() == 3);
  CHECK(read.request->tools[1].name == "agents__wait");
  CHECK(read.request->tools[2].name == "spawn");
  CHECK(read.request->tool_choice.name == "agents__wait");
  CHECK(read.losses.empty());
}

SCENARIO("a request to OpenAI: flat tools with an explicit strict, nothing kept, no foreign members") {
  llm::ChatRequest request = ask({user({{.value = llm::Text{.text = "Hi"}, .path = "messages[0].content"}})});
  request.system = {{.value = llm::Text{.text = "A"}}, {.value = llm::Text{.text = "B"}}};
  request.tools = {{.name = "f",
                    .description = "d",
                    .schema = R"({"type":"object","properties":{"a":{}}})",
                    .strict = true,
                    .path = "tools[0]"}};
  request.tool_choice = {.mode = llm::ToolChoice::Mode::named, .name = "f", .parallel = false};
  request.max_tokens = {5, "max_tokens"};
  request.top_k = {3, "top_k"};
  request.stop = {std::vector<std::string>{"x"}, "stop_sequences"};
  request.stream = true;
  llm::Losses losses;
  CHECK(
      encoded(request, losses) ==
      R"({"model":"gpt-x","stream":true,"instructions":"A\n\nB","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}],"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object","properties":{"a":{}}},"strict":false}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false,"max_output_tokens":16,"store":false})");
  CHECK(losses.header() ==
        "tools[*].strict:schema is not strict, max_tokens:at least 16, top_k:no such parameter, stop_sequences:no stop "
        "sequences");
}

SCENARIO("calls get legal ids and their results the same; Gemini's have none and meet by name and order") {
  const auto call = [](std::string id, std::string name) {
    return Block{.value = llm::ToolCall{.id = id, .name = name}};
  };
  const auto result = [](std::string id, std::string name, std::string text) {
    return Block{.value = llm::ToolResult{.call_id = id, .name = name, .text = text}};
  };
  llm::Losses losses;
  const std::string body =
      encoded(ask({assistant({call("toolu:1", "f"), call("", "g"), call("", "g")}),
                   user({result("", "g", "first"), result("toolu:1", "", "own"), result("", "g", "second")})}),
              losses);
  const json::View items = json::View::of(body)["input"];
  std::vector<std::string> ids;
  items.each([&](json::View item) {
    ids.push_back(item["call_id"].string().value_or("") + " " + item["output"].string().value_or("-"));
  });
  REQUIRE(ids.size() == 6);
  const auto id = [&](std::size_t i) { return ids[i].substr(0, ids[i].find(' ')); };
  CHECK(id(0) == id(4));
  CHECK(id(1) == id(3));
  CHECK(id(2) == id(5));
  CHECK(id(1) != id(2));
  CHECK(ids[3].ends_with("first"));
  CHECK(has(body, R"("arguments":"{}")"));
}

SCENARIO("a result keeps its media and its words") {
  llm::Losses losses;
  llm::ToolResult result{.call_id = "c", .text = R"({"output":"said"})", .is_object = true};
  result.media.push_back({.kind = llm::Media::Kind::image, .data = "aGk=", .mime = "image/png"});
  CHECK(has(
      encoded(ask({user({{.value = result}})}), losses),
      R"("output":[{"type":"input_text","text":"said"},{"type":"input_image","image_url":"data:image/png;base64,aGk=","detail":"auto"}])"));
}

SCENARIO("reasoning goes back to its own maker only") {
  const auto thinking = [](std::string provider) {
    return ask(
        {assistant({{.value = llm::Thinking{.text = "t",
                                            .seal = llm::Seal{Dialect::openai_responses, std::move(provider), "ENC"}},
                     .path = "m"},
                    {.value = llm::Text{.text = "x"}}}),
         user({{.value = llm::Text{.text = "y"}}})});
  };
  llm::Losses losses;
  CHECK(has(
      encoded(thinking("p"), losses),
      R"({"type":"reasoning","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"ENC"},{"type":"message","role":"assistant")"));
  CHECK(losses.empty());
  CHECK_FALSE(has(encoded(thinking("q"), losses), "ENC"));
  CHECK(losses.header() == "m:reasoning of another provider");
}

SCENARIO("what cannot be said to OpenAI is refused with its word") {
  const auto what = [](Block block) {
    llm::Losses losses;
    block.path = "here";
    const auto out =
        openai_responses_translator().encode_request(ask({user({std::move(block)})}), {.model = "m"}, losses);
    return out ? std::string() : out.error().message;
  };
  using Kind = llm::Media::Kind;
  CHECK(has(what({.value = llm::Media{.kind = Kind::audio}}), "here: audio"));
  CHECK(has(what({.value = llm::Media{.kind = Kind::video}}), "video"));
  CHECK(has(what({.value = llm::Media{.form = llm::Media::Form::file}}), "file"));
}

SCENARIO("efforts, formats and limits follow the model") {
  llm::ChatRequest request = ask({user({{.value = llm::Text{.text = "Hi"}}})});
  request.reasoning = {.level = llm::Reasoning::Level::high,
                       .budget_tokens = 31'999,
                       .show = llm::Reasoning::Show::summary,
                       .path = "thinking"};
  request.temperature = {0.5, "temperature"};
  request.output = {.kind = llm::OutputFormat::Kind::json, .path = "response_format"};
  llm::Losses losses;
  const std::string body =
      encoded(request, losses, {.thinking = llm::ModelTraits::Thinking::level, .refuses_sampling = true});
  CHECK(has(body, R"("reasoning":{"effort":"high","summary":"auto"},"include":["reasoning.encrypted_content"])"));
  CHECK(has(body, R"("instructions":"Respond with a single JSON object and nothing else.")"));
  CHECK(losses.header() == "temperature:not for this model");
  llm::Losses others;
  CHECK_FALSE(has(encoded(request, others, {.thinking = llm::ModelTraits::Thinking::none}), "reasoning"));
  request.output = {
      .kind = llm::OutputFormat::Kind::schema,
      .schema =
          R"({"type":"object","title":"A b","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})",
      .strict = true,
      .path = "f"};
  CHECK(has(encoded(request, others), R"("text":{"format":{"type":"json_schema","name":"A_b","schema":{)"));
  CHECK(has(encoded(request, others), R"("strict":true})"));
}
