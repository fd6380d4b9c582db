#include "json/dom.hpp"
#include "server/mock_answer.hpp"
#include "server/mock_dialects.hpp"

namespace aigw::server::mock {
namespace {

constexpr std::int64_t kChoicesMax = 8;

Dom usage_of(const Question& question, std::int64_t output_tokens) {
  return {{"prompt_tokens", question.input_tokens},
          {"completion_tokens", output_tokens},
          {"total_tokens", question.input_tokens + output_tokens},
          {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
          {"completion_tokens_details",
           {{"reasoning_tokens", 0},
            {"audio_tokens", 0},
            {"accepted_prediction_tokens", 0},
            {"rejected_prediction_tokens", 0}}}};
}

void read_tools(const Dom& body, Question& question) {
  if (const Dom* tools = member(body, "tools"); tools != nullptr && tools->is_array())
    for (const Dom& tool : *tools)
      if (const Dom* function = member(tool, "function"))
        question.tools.push_back({string_member(*function, "name"), member(*function, "parameters")});
  const std::string choice = string_member(body, "tool_choice");
  if (choice == "none") question.choice = ToolChoice::none;
  if (choice == "required") question.choice = ToolChoice::any;
  const Dom* named = member(body, "tool_choice");
  if (named == nullptr) return;
  if (const Dom* function = member(*named, "function")) {
    question.choice = ToolChoice::named;
    question.chosen_tool = string_member(*function, "name");
  }
}

Question read_chat(const Dom& body) {
  Question question;
  std::string input;
  for (const Dom& message : *member(body, "messages")) {
    const Dom* content = member(message, "content");
    const std::string text = content == nullptr ? std::string() : text_of(*content);
    const std::string role = string_member(message, "role");
    if (role == "user") question.user_text = text;
    question.tool_result = role == "tool" || role == "function" ? std::optional(text) : std::nullopt;
    input += text;
  }
  question.input_tokens = tokens_of(input);
  question.tokens_max = integer_member(body, "max_completion_tokens");
  if (!question.tokens_max) question.tokens_max = integer_member(body, "max_tokens");
  question.answer_schema = member_at(body, {"response_format", "json_schema", "schema"});
  read_tools(body, question);
  return question;
}

/// The parts that every object of one completion shares.
struct Frame {
  std::string id;
  std::string model;
  std::int64_t created = now_seconds();
  bool usage_asked = false;

  Dom object(std::string_view kind, Dom choices) const {
    return {{"id", id}, {"object", kind}, {"created", created}, {"model", model}, {"choices", std::move(choices)}};
  }
  std::string event(Dom object) const { return "data: " + json::dump(object) + "\n\n"; }
};

std::string_view finish_reason(const Answer& answer) {
  return !answer.tool.empty() ? "tool_calls" : answer.cut ? "length" : "stop";
}

Dom tool_call(const Answer& answer, std::string arguments) {
  return {{"id", stable_id("call_", answer.tool + answer.arguments)},
          {"type", "function"},
          {"function", {{"name", answer.tool}, {"arguments", std::move(arguments)}}}};
}

Dom whole_chat(const Frame& frame, const Question& question, const Answer& answer, std::int64_t n) {
  Dom choices = Dom::array();
  for (std::int64_t i = 0; i < n; ++i) {
    Dom message = {{"role", "assistant"},
                   {"content", answer.tool.empty() ? Dom(answer.text) : Dom(nullptr)},
                   {"refusal", nullptr},
                   {"annotations", Dom::array()}};
    if (!answer.tool.empty()) message["tool_calls"] = Dom::array({tool_call(answer, answer.arguments)});
    choices.push_back({{"index", i},
                       {"message", std::move(message)},
                       {"logprobs", nullptr},
                       {"finish_reason", finish_reason(answer)}});
  }
  Dom out = frame.object("chat.completion", std::move(choices));
  out["usage"] = usage_of(question, answer.output_tokens * n);
  out["service_tier"] = "default";
  out["system_fingerprint"] = "fp_mock";
  return out;
}

/// The deltas of one choice, the role first.
std::vector<Dom> deltas_of(const Answer& answer) {
  std::vector<Dom> deltas;
  if (answer.tool.empty()) {
    deltas.push_back({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}});
    for (std::string& word : words_of(answer.text)) deltas.push_back({{"content", std::move(word)}});
    return deltas;
  }
  Dom call = tool_call(answer, "");
  call["index"] = 0;
  deltas.push_back({{"role", "assistant"},
                    {"content", nullptr},
                    {"tool_calls", Dom::array({std::move(call)})},
                    {"refusal", nullptr}});
  const auto [first, second] = halves_of(answer.arguments);
  for (const std::string_view part : {first, second})
    deltas.push_back({{"tool_calls", Dom::array({{{"index", 0}, {"function", {{"arguments", part}}}}})}});
  return deltas;
}

net::SimpleResponse stream_chat(const Frame& frame, const Question& question, const Answer& answer, std::int64_t n) {
  std::vector<std::string> events;
  const auto send = [&](Dom choices, Dom usage) {
    Dom chunk = frame.object("chat.completion.chunk", std::move(choices));
    chunk["service_tier"] = "default";
    chunk["system_fingerprint"] = "fp_mock";
    if (frame.usage_asked) chunk["usage"] = std::move(usage);
    events.push_back(frame.event(std::move(chunk)));
  };
  const auto choice = [](std::int64_t index, Dom delta, Dom finish) {
    return Dom::array(
        {{{"index", index}, {"delta", std::move(delta)}, {"logprobs", nullptr}, {"finish_reason", std::move(finish)}}});
  };
  for (std::int64_t i = 0; i < n; ++i) {
    for (Dom& delta : deltas_of(answer)) send(choice(i, std::move(delta), nullptr), nullptr);
    send(choice(i, Dom::object(), finish_reason(answer)), nullptr);
  }
  if (frame.usage_asked) send(Dom::array(), usage_of(question, answer.output_tokens * n));
  events.push_back("data: [DONE]\n\n");
  return stream_response(std::move(events));
}

Result<std::int64_t> choices_asked(const Dom& body) {
  const std::int64_t n = integer_member(body, "n").value_or(1);
  if (n < 1 || n > kChoicesMax) return bad_field("n", "'n' is not between 1 and " + std::to_string(kChoicesMax));
  return n;
}

bool usage_asked(const Dom& body) {
  const Dom* options = member(body, "stream_options");
  return options != nullptr && true_member(*options, "include_usage");
}

Result<net::SimpleResponse> chat(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(const Dom body, parse_body(request));
  AIGW_TRY(check_messages(body));
  AIGW_TRY_ASSIGN(const std::int64_t n, choices_asked(body));
  const Question question = read_chat(body);
  if (question.tokens_max && *question.tokens_max < 1) return bad_field("max_tokens", "'max_tokens' is not positive");
  const Answer answer = answer_to(question);
  const Frame frame{.id = stable_id("chatcmpl-", request.body),
                    .model = string_member(body, "model"),
                    .usage_asked = usage_asked(body)};
  if (true_member(body, "stream")) return stream_chat(frame, question, answer, n);
  return json_response(200, whole_chat(frame, question, answer, n));
}

Result<net::SimpleResponse> completion(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(const Dom body, parse_body(request));
  const Dom* prompt = member(body, "prompt");
  if (prompt == nullptr || (!prompt->is_string() && !prompt->is_array()))
    return bad_field("prompt", "'prompt' is missing or neither a string nor a list");
  Question question;
  question.user_text = text_of(*prompt);
  question.input_tokens = tokens_of(question.user_text);
  question.tokens_max = integer_member(body, "max_tokens");
  const Answer answer = answer_to(question);
  const Frame frame{
      .id = stable_id("cmpl-", request.body), .model = string_member(body, "model"), .usage_asked = usage_asked(body)};
  const auto choice = [](std::string text, Dom finish) {
    return Dom::array(
        {{{"text", std::move(text)}, {"index", 0}, {"logprobs", nullptr}, {"finish_reason", std::move(finish)}}});
  };
  if (!true_member(body, "stream")) {
    Dom out = frame.object("text_completion", choice(answer.text, finish_reason(answer)));
    out["usage"] = usage_of(question, answer.output_tokens);
    return json_response(200, out);
  }
  std::vector<std::string> events;
  for (std::string& word : words_of(answer.text))
    events.push_back(frame.event(frame.object("text_completion", choice(std::move(word), nullptr))));
  events.push_back(frame.event(frame.object("text_completion", choice("", finish_reason(answer)))));
  if (frame.usage_asked) {
    Dom last = frame.object("text_completion", Dom::array());
    last["usage"] = usage_of(question, answer.output_tokens);
    events.push_back(frame.event(std::move(last)));
  }
  events.push_back("data: [DONE]\n\n");
  return stream_response(std::move(events));
}

net::SimpleResponse or_error(Result<net::SimpleResponse> outcome) {
  return outcome ? *std::move(outcome) : openai_error(outcome.error());
}

}  // namespace

net::SimpleResponse chat_completions(const net::SimpleRequest& request) { return or_error(chat(request)); }
net::SimpleResponse text_completions(const net::SimpleRequest& request) { return or_error(completion(request)); }

net::SimpleResponse openai_error(const Error& error) {
  return json_response(error.http_status(), {{"error",
                                              {{"message", error.text()},
                                               {"type", "invalid_request_error"},
                                               {"param", error.param.empty() ? Dom(nullptr) : Dom(error.param)},
                                               {"code", error.code()}}}});
}

}  // namespace aigw::server::mock
