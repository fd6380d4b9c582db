#include "llm/option.hpp"

#include "llm/option_memory.hpp"

#include <doctest/doctest.h>

using namespace aigw::llm;

namespace {

std::optional<Option> refused(std::string message, std::string param = {}, std::string code = {}) {
  return refused_option(
      {.status = 400, .message = std::move(message), .code = std::move(code), .param = std::move(param)});
}

}  // namespace

SCENARIO("what a model does not take is read from its provider's words") {
  CHECK(refused("Unsupported value: 'temperature' does not support 0.16 with this model. Only the default (1) value is "
                "supported.",
                "temperature", "unsupported_value") == Option::temperature);
  CHECK(refused("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
                "instead.",
                "max_tokens", "unsupported_parameter") == Option::max_tokens_name);
  CHECK(refused("Unrecognized request argument supplied: reasoning_effort") == Option::reasoning);
  CHECK(refused("Unknown parameter: 'parallel_tool_calls'.", "parallel_tool_calls", "unknown_parameter") ==
        Option::parallel_calls);
  CHECK(refused("`temperature` is deprecated for this model.") == Option::temperature);
  CHECK(refused("`temperature` and `top_p` cannot both be specified for this model. Please use only one.") ==
        Option::top_p);
  CHECK(refused("This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.") ==
        Option::reasoning);
  CHECK(refused("service_tier: Extra inputs are not permitted") == Option::service_tier);
  CHECK(refused("Penalty is not enabled for this model") == Option::penalties);
  CHECK(refused("Unable to submit request because thinking is not configurable in this model; please remove it") ==
        Option::reasoning);
  CHECK(refused("Function calling with a response mime type: 'application/json' is unsupported") ==
        Option::output_with_tools);
  CHECK(refused("This response_format type is unavailable now") == Option::output_format);
  CHECK(refused("output_config.format: Extra inputs are not permitted") == Option::output_format);
  CHECK(refused("Invalid JSON payload received. Unknown name \"topK\" at 'generation_config': Cannot find field.") ==
        Option::top_k);
}

SCENARIO("what a provider says of its own seals is about the history") {
  for (const char* message :
       {"messages.1.content.0: Invalid `signature` in `thinking` block", "Corrupted thought signature.",
        "Unable to submit request because Thought signature is not valid.",
        "The encrypted content for item rs_1 could not be verified."})
    CHECK(refused(message) == Option::sealed_reasoning);
  CHECK(refused("something", "", "invalid_encrypted_content") == Option::sealed_reasoning);
}

SCENARIO("a mistake of the client's is no refusal of an option") {
  for (const char* message :
       {"temperature: must be at most 1", "Invalid 'messages[3]'. Content blocks are expected to be text.",
        "This model's maximum context length is 8192 tokens.", "The file type you uploaded is not supported.",
        "Web search options not supported with this model.",
        "tool `stop the music`: the type 'user input' is not supported", "Unsupported region for the user."})
    CHECK_FALSE(refused(message));
}

SCENARIO("leaving out is told, and does nothing where there is nothing") {
  ChatRequest request;
  Losses losses;
  for (unsigned option = 0; option < OptionSet::kOptions; ++option)
    CHECK_FALSE(leave_out(static_cast<Option>(option), request, losses));
  CHECK(losses.empty());

  request.frequency_penalty = {.value = 0.5, .path = "frequency_penalty"};
  request.presence_penalty = {.value = 0.5, .path = "presence_penalty"};
  CHECK(leave_out(Option::penalties, request, losses));
  CHECK_FALSE(request.frequency_penalty);
  CHECK_FALSE(request.presence_penalty);
  CHECK(losses.losses().size() == 2);

  const Seal seal{Dialect::gemini_generate, "gem", "c2ln"};
  request.turns.push_back({.role = Role::assistant,
                           .blocks = {{.value = Thinking{.text = "hm", .seal = seal}, .path = "m[0].t"},
                                      {.value = Text{.text = "well", .seal = seal}, .path = "m[0].x"},
                                      {.value = ToolCall{.id = "a", .seal = seal}, .path = "m[0].c"}}});
  CHECK(leave_out(Option::sealed_reasoning, request, losses));
  REQUIRE(request.turns[0].blocks.size() == 2);
  CHECK_FALSE(request.turns[0].blocks[0].as<Text>()->seal);
  CHECK_FALSE(request.turns[0].blocks[1].as<ToolCall>()->seal);
  CHECK(losses.losses().size() == 5);
}

SCENARIO("a form that is refused is asked for in words") {
  ChatRequest request;
  request.output = {.kind = OutputFormat::Kind::schema, .schema = R"({"type":"object"})", .path = "response_format"};
  Losses losses;
  CHECK_FALSE(leave_out(Option::output_with_tools, request, losses));
  request.tools.push_back({.name = "look"});
  CHECK(leave_out(Option::output_with_tools, request, losses));
  CHECK(request.output.kind == OutputFormat::Kind::text);
  REQUIRE(request.system.size() == 1);
  CHECK(request.system[0].as<Text>()->text.ends_with(R"({"type":"object"})"));
  CHECK(losses.losses()[0].path == "response_format");
}

SCENARIO("what was learnt holds for one model of one provider, for a while") {
  OptionMemory memory;
  const aigw::Instant now{std::chrono::hours(1)};
  memory.learn("azure", "my-model", Option::temperature, now);
  memory.learn("azure", "my-model", Option::seed, now);
  CHECK(memory.refused_by("azure", "my-model", now).has(Option::temperature));
  CHECK(memory.refused_by("azure", "my-model", now).has(Option::seed));
  CHECK_FALSE(memory.refused_by("azure", "my-model", now).has(Option::top_p));
  CHECK(memory.refused_by("azure", "other", now).empty());
  CHECK(memory.refused_by("azu", "re\nmy-model", now).empty());
  CHECK(memory.refused_by("azure", "my-model", now + OptionMemory::kKept).empty());
  for (std::size_t i = 0; i < 2 * OptionMemory::kModelsMax; ++i)
    memory.learn("host", std::to_string(i), Option::seed, now + std::chrono::seconds(i));
  CHECK(memory.refused_by("host", "0", now).empty());
  CHECK(memory.refused_by("host", std::to_string(2 * OptionMemory::kModelsMax - 1), now).has(Option::seed));
}
