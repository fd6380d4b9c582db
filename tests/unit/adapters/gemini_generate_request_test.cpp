#include "adapters/translators.hpp"
#include "base/base64.hpp"
#include "llm/seal.hpp"
#include "tests/support/request_fixture.hpp"

#include <algorithm>

using namespace aigw;
using llm::Dialect;
using llm::Role;
using test::call;
using test::has_loss;
using test::result;
using test::text;

namespace {

const llm::Translator& gemini() { return adapters::gemini_generate_translator(); }

struct Decoded : test::DecodedRequest {
  explicit Decoded(std::string body) : DecodedRequest(gemini(), std::move(body), "gemini-2.5-flash") {}
};

struct Encoded : test::EncodedRequest {
  explicit Encoded(const llm::ChatRequest& request, std::string_view model = "gemini-2.5-flash")
      : EncodedRequest(gemini(), request, model) {}
};

llm::Turn turn(Role role, std::vector<llm::Block> blocks) {
  return {.role = role, .blocks = std::move(blocks), .path = "turn"};
}
llm::ChatRequest chat(std::vector<llm::Turn> turns) {
  llm::ChatRequest request;
  request.dialect = Dialect::openai_chat;
  request.turns = std::move(turns);
  return request;
}

}  // namespace

SCENARIO("a request is read in both spellings, mixed") {
  const Decoded got(R"({
    "system_instruction":{"parts":{"text":"Be terse."}},
    "contents":[{"role":"USER","parts":[{"text":"hi"},{"inline_data":{"mime_type":"image/jpg","data":"aGk_"}}]},
                {"parts":[{"fileData":{"fileUri":"https://x.test/a.pdf"}}]}],
    "generation_config":{"max_output_tokens":"40","topK":40.0,"stopSequences":["END"],
                         "thinking_config":{"thinkingLevel":"low","include_thoughts":true}},
    "safetySettings":[]})");
  CHECK(got.refused == "");
  CHECK(got.request.model == "gemini-2.5-flash");
  CHECK(got.request.system.at(0).as<llm::Text>()->text == "Be terse.");
  const auto* image = got.request.turns.at(0).blocks.at(1).as<llm::Media>();
  REQUIRE(image);
  CHECK(image->mime == "image/jpeg");
  CHECK(image->data == "aGk/");
  const auto* file = got.request.turns.at(1).blocks.at(0).as<llm::Media>();
  REQUIRE(file);
  CHECK(file->form == llm::Media::Form::url);
  CHECK(file->mime == "application/pdf");
  CHECK(*got.request.max_tokens == 40);
  CHECK(*got.request.top_k == 40);
  CHECK(got.request.reasoning.level == llm::Reasoning::Level::low);
  CHECK(got.request.reasoning.show == llm::Reasoning::Show::summary);
  CHECK(got.losses.empty());
}

SCENARIO("a member in both spellings is refused, an unknown one is a loss") {
  CHECK(Decoded(R"({"contents":[],"tools":[],"generationConfig":{"topP":1,"top_p":0}})").refused ==
        "'generationConfig.top_p' stands there in both spellings: keep one");
  CHECK(has_loss(Decoded(R"({"contents":[{"parts":[{"text":"x"}],"mood":1}]})").losses, "contents[0].mood",
                 "unknown member"));
  CHECK(has_loss(Decoded(R"({"contents":[{"parts":[{"text":"x"}]}],"surprise":{}})").losses, "surprise",
                 "unknown member"));
}

SCENARIO("what is not valid is refused by its path") {
  CHECK(Decoded(R"({"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]})").refused ==
        "'contents[0].parts[0].functionCall.args' must be an object");
  CHECK(Decoded(R"({"contents":[{"parts":[{"text":"a","inlineData":{}}]}]})").refused ==
        "'contents[0].parts[0]' holds more than one kind of data");
  CHECK(Decoded(R"({"contents":[{"parts":[{"inlineData":{"data":"QQ=="}}]}]})").refused ==
        "'contents[0].parts[0].inlineData.mimeType' is missing");
  CHECK(Decoded(R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":0}})").refused ==
        "'generationConfig.maxOutputTokens' must be positive");
  CHECK(Decoded(R"({"contents":[{"role":"robot","parts":[]}]})").refused == "'contents[0].role' must be user or model");
  CHECK(Decoded(R"({"contents":[{"parts":[{"text":"x"}]}],"cachedContent":"cachedContents/1"})").refused ==
        "cachedContent: a cache of contents exists at Google only");
  CHECK(Decoded(R"({"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"responseModalities":["AUDIO"]}})")
            .refused == "generationConfig.responseModalities: audio output modality exists at Google only");
}

SCENARIO("tools and the choice among them are read") {
  const Decoded got(R"({"contents":[{"parts":[{"text":"x"}]}],
    "tools":[{"function_declarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT"}},
                                       {"name":"g","parameters_json_schema":{"type":"object"}}]},{"googleSearch":{}}],
    "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}}})");
  REQUIRE(got.request.tools.size() == 3);
  CHECK(got.request.tools[0].schema == R"({"type":"OBJECT"})");
  CHECK(got.request.tools[1].path == "tools[0].function_declarations[1]");
  CHECK(got.request.tools[2].kind == llm::Tool::Kind::hosted);
  CHECK(got.request.tools[2].name == "googleSearch");
  CHECK(got.request.tool_choice.mode == llm::ToolChoice::Mode::named);
  CHECK(got.request.tool_choice.name == "g");
  const Decoded all(
      R"({"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]}],
    "toolConfig":{"functionCallingConfig":{"mode":"any","allowedFunctionNames":["g","f"]}}})");
  CHECK(all.request.tool_choice.mode == llm::ToolChoice::Mode::required);
  CHECK(all.request.tool_choice.allowed.empty());
}

SCENARIO("a seal of another provider comes back out of the part that it rode on") {
  const std::string carried =
      base64::encode(llm::wrap({.dialect = Dialect::anthropic_messages, .provider = "claude", .bytes = "sig"}));
  const Decoded got(R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":")" +
                    carried + R"("},{"text":"x","thought_signature":"bmF0aXZl"}]}]})");
  const std::vector<llm::Block>& blocks = got.request.turns.at(0).blocks;
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].as<llm::Thinking>()->seal ==
        llm::Seal{.dialect = Dialect::anthropic_messages, .provider = "claude", .bytes = "sig"});
  CHECK(blocks[1].as<llm::ToolCall>()->arguments == "{}");
  CHECK_FALSE(blocks[1].as<llm::ToolCall>()->seal);
  CHECK(blocks[2].as<llm::Text>()->seal ==
        llm::Seal{.dialect = Dialect::gemini_generate, .provider = "", .bytes = "bmF0aXZl"});
}

SCENARIO("a step's results are one turn, in the order and under the names of its calls") {
  const Encoded got(chat({
      turn(Role::user, {text("go")}),
      turn(Role::assistant, {text("two"), call("a", "f", R"({"x": 1.0})"), call("b", "g", "")}),
      turn(Role::user, {result("b", "plain"), text("and then?")}),
      turn(Role::user, {result("a", R"({"ok":true})")}),
  }));
  CHECK(got.refused ==
        "c: a tool call without its result; every call of a turn needs one; gemini-generate cannot express it");
  const Encoded whole(chat({
      turn(Role::user, {text("go")}),
      turn(Role::assistant, {text("two"), call("a", "f", R"({"x": 1.0})"), call("b", "g", "")}),
      turn(Role::user, {result("b", "plain")}),
      turn(Role::user, {result("a", R"({"ok":true})"), text("and then?")}),
  }));
  CHECK(
      whole.member("contents") ==
      R"([{"role":"user","parts":[{"text":"go"}]},)"
      R"({"role":"model","parts":[{"text":"two"},{"functionCall":{"name":"f","args":{"x": 1.0},"id":"a"}},{"functionCall":{"name":"g","args":{},"id":"b"}}]},)"
      R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"ok":true},"id":"a"}},{"functionResponse":{"name":"g","response":{"output":"plain"},"id":"b"}}]},)"
      R"({"role":"user","parts":[{"text":"and then?"}]}])");
}

SCENARIO("a result finds its call by name and order where there is no id, and is repaired where only one is open") {
  const auto answered = [](std::vector<llm::Block> results) {
    return Encoded(chat({turn(Role::user, {text("go")}), turn(Role::assistant, {call("", "f"), call("", "f")}),
                         turn(Role::user, std::move(results))}));
  };
  const Encoded ordered = answered({result("", "1", "f"), result("", "2", "f")});
  CHECK(ordered.member("contents")
            .find(R"({"output":"1"}}},{"functionResponse":{"name":"f","response":{"output":"2"}}})") !=
        std::string::npos);
  CHECK(answered({result("", "1", "h"), result("", "2", "f")}).refused ==
        "r: tool result without call; gemini-generate cannot express it");
  const Encoded repaired(chat(
      {turn(Role::user, {text("go")}), turn(Role::assistant, {call("a", "f")}), turn(Role::user, {result("z", "1")})}));
  CHECK(has_loss(repaired.losses, "r", "tool result id repaired"));
}

SCENARIO("an error result is told as one") {
  llm::Block failed = result("a", "no such file");
  failed.as<llm::ToolResult>()->is_error = true;
  const Encoded got(
      chat({turn(Role::user, {text("go")}), turn(Role::assistant, {call("a", "f")}), turn(Role::user, {failed})}));
  CHECK(got.member("contents").find(R"("response":{"error":"no such file"})") != std::string::npos);
}

SCENARIO("Gemini 3 gets its own signature on a call, and a stand-in where there is none") {
  llm::Block sealed = call("a", "f");
  sealed.as<llm::ToolCall>()->seal = llm::Seal{Dialect::gemini_generate, "p", "own"};
  llm::Block foreign = call("b", "g");
  foreign.as<llm::ToolCall>()->seal = llm::Seal{Dialect::gemini_generate, "another", "theirs"};
  const auto history =
      chat({turn(Role::user, {text("go")}), turn(Role::assistant, {sealed}), turn(Role::user, {result("a", "1")}),
            turn(Role::assistant, {foreign, call("c", "f")}), turn(Role::user, {result("b", "2"), result("c", "3")})});
  const Encoded got(history, "gemini-3-pro-preview");
  const std::string contents = got.member("contents");
  CHECK(contents.find(R"("id":"a"},"thoughtSignature":"own"})") != std::string::npos);
  CHECK(
      contents.find(
          R"("id":"b"},"thoughtSignature":"Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv"},{"functionCall":{"name":"f","args":{},"id":"c"}})") !=
      std::string::npos);
  CHECK(has_loss(got.losses, "c", "reasoning of another provider"));
  CHECK(Encoded(history).member("contents").find("Y29u") == std::string::npos);
}

SCENARIO("a thought that came through a foreign client seals the call that it led to; its text stays behind") {
  const llm::Block thought{
      .value = llm::Thinking{.text = "hm", .redacted = false, .seal = llm::Seal{Dialect::gemini_generate, "p", "sig"}},
      .path = "th"};
  const Encoded got(chat({turn(Role::user, {text("go")}), turn(Role::assistant, {thought, call("a", "f")}),
                          turn(Role::user, {result("a", "1")})}));
  CHECK(got.member("contents").find(R"("id":"a"},"thoughtSignature":"sig"})") != std::string::npos);
  CHECK(got.losses.empty());
  CHECK(got.member("contents").find("hm") == std::string::npos);
}

SCENARIO("system texts go to the front, one part each") {
  llm::ChatRequest request =
      chat({turn(Role::user, {text("a")}), turn(Role::system, {text("later")}), turn(Role::user, {text("b")})});
  request.system = {text("first"), text("")};
  const Encoded got(request);
  CHECK(got.member("systemInstruction") == R"({"role":"user","parts":[{"text":"first"},{"text":"later"}]})");
  CHECK(got.member("contents") == R"([{"role":"user","parts":[{"text":"a"},{"text":"b"}]}])");
  llm::ChatRequest alone = chat({});
  alone.system = {text("first")};
  CHECK(Encoded(alone).member("contents") == R"([{"role":"user","parts":[{"text":""}]}])");
}

SCENARIO("media go inline, by address, or not at all") {
  using Media = llm::Media;
  const auto with = [](Media media) {
    return Encoded(chat({turn(Role::user, {{.value = std::move(media), .path = "m"}})}));
  };
  CHECK(with({.kind = Media::Kind::image, .form = Media::Form::base64, .data = "aGk=", .mime = "image/png"})
            .member("contents")
            .find(R"({"inlineData":{"mimeType":"image/png","data":"aGk="}})") != std::string::npos);
  CHECK(with({.kind = Media::Kind::image, .form = Media::Form::url, .data = "https://x.test/a"})
            .member("contents")
            .find(R"({"fileData":{"fileUri":"https://x.test/a"}})") != std::string::npos);
  CHECK(with({.kind = Media::Kind::document, .form = Media::Form::file, .data = "file-1"}).refused ==
        "m: an uploaded file of another provider; gemini-generate cannot express it");
}

SCENARIO("files of a result move behind the results, but Gemini 3 takes them inside") {
  llm::Block seen = result("a", "");
  seen.as<llm::ToolResult>()->media = {
      {.kind = llm::Media::Kind::image, .form = llm::Media::Form::base64, .data = "aGk=", .mime = "image/png"}};
  const auto history =
      chat({turn(Role::user, {text("go")}), turn(Role::assistant, {call("a", "f")}), turn(Role::user, {seen})});
  const Encoded moved(history);
  CHECK(
      moved.member("contents")
          .find(
              R"_("response":{"output":"(see attached file)"},"id":"a"}}]},{"role":"user","parts":[{"inlineData":)_") !=
      std::string::npos);
  CHECK(has_loss(moved.losses, "r", "result media moved"));
  const Encoded inside(history, "gemini-3-flash");
  CHECK(inside.member("contents").find(R"("response":{},"id":"a","parts":[{"inlineData":)") != std::string::npos);
  CHECK(inside.losses.empty());
}

SCENARIO("tools are one list of functions; a provider's own tool is refused") {
  llm::ChatRequest request = chat({turn(Role::user, {text("x")})});
  request.tools = {
      {.name = "f", .description = "d", .schema = R"({"type":"object","properties":{}})", .path = "tools[0]"},
      {.name = "g", .path = "tools[1]"},
      {.kind = llm::Tool::Kind::custom, .name = "patch", .path = "tools[2]"}};
  request.tool_choice = {.mode = llm::ToolChoice::Mode::automatic, .allowed = {"f"}, .parallel = false};
  const Encoded got(request);
  CHECK(
      got.member("tools") ==
      R"([{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","properties":{}}},)"
      R"({"name":"g","description":""},)"
      R"({"name":"patch","description":"","parametersJsonSchema":{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}}]}])");
  CHECK(got.member("toolConfig") == R"({"functionCallingConfig":{"mode":"VALIDATED","allowedFunctionNames":["f"]}})");
  CHECK(has_loss(got.losses, "tools[2]", "custom tool as function"));
  CHECK(has_loss(got.losses, "tool_choice", "parallel calls cannot be stopped"));
  request.tools.push_back({.kind = llm::Tool::Kind::hosted, .name = "web_search_20250305", .path = "tools[3]"});
  CHECK(Encoded(request).refused ==
        "tools[3]: tool web_search_20250305 runs at its provider; gemini-generate cannot express it");
}

SCENARIO("how much a model thinks is said as the model takes it") {
  using Level = llm::Reasoning::Level;
  const auto config = [](Level level, std::string_view model) {
    llm::ChatRequest request = chat({turn(Role::user, {text("x")})});
    request.reasoning = {.level = level, .path = "reasoning_effort"};
    return std::string(json::View::of(Encoded(request, model).member("generationConfig"))["thinkingConfig"].raw());
  };
  CHECK(config(Level::medium, "gemini-2.5-flash") == R"({"thinkingBudget":12288,"includeThoughts":true})");
  CHECK(config(Level::max, "gemini-2.5-pro") == R"({"thinkingBudget":32768,"includeThoughts":true})");
  CHECK(config(Level::off, "gemini-2.5-flash") == R"({"thinkingBudget":0})");
  CHECK(config(Level::off, "gemini-2.5-pro") == R"({"thinkingBudget":128})");
  CHECK(config(Level::automatic, "gemini-2.5-flash") == R"({"thinkingBudget":-1,"includeThoughts":true})");
  CHECK(config(Level::medium, "gemini-3-pro-preview") == R"({"thinkingLevel":"MEDIUM","includeThoughts":true})");
  CHECK(config(Level::xhigh, "models/gemini-4-neon") == R"({"thinkingLevel":"HIGH","includeThoughts":true})");
  CHECK(config(Level::high, "gemini-2.0-flash") == "");
}

SCENARIO("parameters keep their numbers, within what Gemini takes") {
  llm::ChatRequest request = chat({turn(Role::user, {text("x")})});
  request.max_tokens = {4000, "max_tokens"};
  request.temperature = {0.1, "temperature"};
  request.seed = {-7, "seed"};
  request.presence_penalty = {0.5, "presence_penalty"};
  request.frequency_penalty = {0, "frequency_penalty"};
  request.stop = {std::vector<std::string>{"1", "2", "3", "4", "5", "6"}, "stop"};
  request.output = {.kind = llm::OutputFormat::Kind::schema, .schema = R"({"type":"object"})", .path = "format"};
  const Encoded got(request);
  CHECK(got.member("generationConfig") ==
        R"({"maxOutputTokens":4000,"temperature":0.1,"seed":2147483641,"stopSequences":["1","2","3","4","5"],)"
        R"("responseMimeType":"application/json","responseJsonSchema":{"type":"object"}})");
  CHECK(has_loss(got.losses, "seed", "seed cut to 31 bits"));
  CHECK(has_loss(got.losses, "stop", "only the first 5"));
  CHECK(has_loss(got.losses, "presence_penalty", "the model has no penalties"));
}

SCENARIO("the model stands in the path, a stream is asked for as events") {
  llm::ChatRequest request = chat({turn(Role::user, {text("x")})});
  CHECK(Encoded(request, "gemini-2.5-flash").whole.path == "/v1beta/models/gemini-2.5-flash:generateContent");
  request.stream = true;
  CHECK(Encoded(request, "models/a b?c").whole.path == "/v1beta/models/a%20b%3fc:streamGenerateContent?alt=sse");
  CHECK(Encoded(request, "tunedModels/x").whole.path == "/v1beta/tunedModels/x:streamGenerateContent?alt=sse");
}

SCENARIO("the same history gives the same bytes, and more of it the same beginning") {
  llm::ChatRequest request = chat(
      {turn(Role::user, {text("go")}), turn(Role::assistant, {call("a", "f")}), turn(Role::user, {result("a", "1")})});
  const std::string before = Encoded(request, "gemini-3-pro").member("contents");
  CHECK(before == Encoded(request, "gemini-3-pro").member("contents"));
  request.turns.push_back(turn(Role::assistant, {text("done")}));
  request.turns.push_back(turn(Role::user, {text("more")}));
  CHECK(Encoded(request, "gemini-3-pro").member("contents").starts_with(before.substr(0, before.size() - 1)));
}

SCENARIO("Vertex AI is not asked for a tier in the body") {
  llm::ChatRequest request = chat({turn(Role::user, {text("hi")})});
  request.service_tier = {"flex", "service_tier"};
  CHECK(Encoded(request).body.find(R"("serviceTier":"flex")") != std::string::npos);
  const auto on_vertex = [&] {
    return test::EncodedRequest(gemini(), request, "gemini-2.5-flash", llm::Quirks::no_service_tier);
  };
  CHECK(on_vertex().body.find("serviceTier") == std::string::npos);
  CHECK(has_loss(on_vertex().losses, "service_tier", "not asked for there"));
  request.service_tier = {"default", "service_tier"};
  CHECK(on_vertex().losses.empty());
}
