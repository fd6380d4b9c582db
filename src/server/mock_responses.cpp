#include "json/dom.hpp"
#include "server/mock_answer.hpp"
#include "server/mock_dialects.hpp"

namespace aigw::server::mock {
namespace {

void read_tools(const Dom& body, Question& question) {
  if (const Dom* tools = member(body, "tools"); tools != nullptr && tools->is_array())
    for (const Dom& tool : *tools)
      if (string_member(tool, "type") == "function")
        question.tools.push_back({string_member(tool, "name"), member(tool, "parameters")});
  const std::string choice = string_member(body, "tool_choice");
  if (choice == "none") question.choice = ToolChoice::none;
  if (choice == "required") question.choice = ToolChoice::any;
  const Dom* named = member(body, "tool_choice");
  if (named == nullptr || string_member(*named, "type") != "function") return;
  question.choice = ToolChoice::named;
  question.chosen_tool = string_member(*named, "name");
}

void read_item(const Dom& item, Question& question, std::string& input) {
  const std::string type = string_member(item, "type");
  const Dom* content = member(item, type == "function_call_output" ? "output" : "content");
  const std::string text = content == nullptr ? std::string() : text_of(*content);
  if (string_member(item, "role") == "user") question.user_text = text;
  question.tool_result = type == "function_call_output" ? std::optional(text) : std::nullopt;
  input += text;
}

Result<Question> read_responses(const Dom& body) {
  Question question;
  const Dom* input = member(body, "input");
  if (input == nullptr || !(input->is_string() || (input->is_array() && !input->empty())))
    return bad_field("input", "'input' is missing, empty or neither a string nor a list");
  std::string all = string_member(body, "instructions");
  if (input->is_string()) {
    question.user_text = input->get<std::string>();
    all += question.user_text;
  } else {
    for (const Dom& item : *input) read_item(item, question, all);
  }
  question.input_tokens = tokens_of(all);
  question.tokens_max = integer_member(body, "max_output_tokens");
  question.answer_schema = member_at(body, {"text", "format", "schema"});
  read_tools(body, question);
  return question;
}

Dom or_null(const Dom& body, std::string_view name) {
  const Dom* value = member(body, name);
  return value == nullptr ? Dom(nullptr) : *value;
}

Dom or_else(const Dom& body, std::string_view name, Dom otherwise) {
  const Dom* value = member(body, name);
  return value == nullptr || value->is_null() ? std::move(otherwise) : *value;
}

Dom part_of(std::string_view text) {
  return {{"type", "output_text"}, {"text", text}, {"annotations", Dom::array()}, {"logprobs", Dom::array()}};
}

/// The one item of an answer.
Dom item_of(const std::string& id, const Answer& answer) {
  const char* status = answer.cut ? "incomplete" : "completed";
  if (answer.tool.empty())
    return {{"id", "msg_" + id},
            {"type", "message"},
            {"status", status},
            {"role", "assistant"},
            {"content", Dom::array({part_of(answer.text)})}};
  return {{"id", "fc_" + id},    {"type", "function_call"},
          {"status", status},    {"call_id", stable_id("call_", answer.tool + answer.arguments)},
          {"name", answer.tool}, {"arguments", answer.arguments}};
}

/// The response as it is before its first item.
Dom frame_of(const std::string& id, const Dom& body) {
  return {{"id", "resp_" + id},
          {"object", "response"},
          {"created_at", now_seconds()},
          {"status", "in_progress"},
          {"error", nullptr},
          {"incomplete_details", nullptr},
          {"instructions", or_null(body, "instructions")},
          {"max_output_tokens", or_null(body, "max_output_tokens")},
          {"model", string_member(body, "model")},
          {"output", Dom::array()},
          {"parallel_tool_calls", or_else(body, "parallel_tool_calls", true)},
          {"previous_response_id", nullptr},
          {"reasoning", or_else(body, "reasoning", {{"effort", nullptr}, {"summary", nullptr}})},
          {"store", or_else(body, "store", true)},
          {"temperature", or_else(body, "temperature", 1.0)},
          {"text", or_else(body, "text", {{"format", {{"type", "text"}}}})},
          {"tool_choice", or_else(body, "tool_choice", "auto")},
          {"tools", or_else(body, "tools", Dom::array())},
          {"top_p", or_else(body, "top_p", 1.0)},
          {"truncation", "disabled"},
          {"usage", nullptr},
          {"metadata", or_else(body, "metadata", Dom::object())}};
}

Dom finished(Dom frame, Dom item, const Question& question, const Answer& answer) {
  frame["status"] = answer.cut ? "incomplete" : "completed";
  if (answer.cut) frame["incomplete_details"] = {{"reason", "max_output_tokens"}};
  frame["output"] = Dom::array({std::move(item)});
  frame["usage"] = {{"input_tokens", question.input_tokens},
                    {"input_tokens_details", {{"cached_tokens", 0}, {"cache_write_tokens", 0}}},
                    {"output_tokens", answer.output_tokens},
                    {"output_tokens_details", {{"reasoning_tokens", 0}}},
                    {"total_tokens", question.input_tokens + answer.output_tokens}};
  return frame;
}

/// The events of one streamed response, numbered.
class Events {
 public:
  void send(const std::string& type, Dom fields) {
    Dom data = {{"type", type}, {"sequence_number", events_.size()}};
    for (auto& [name, value] : fields.items()) data[name] = std::move(value);
    events_.push_back("event: " + type + "\ndata: " + json::dump(data) + "\n\n");
  }
  std::vector<std::string> take() { return std::move(events_); }

 private:
  std::vector<std::string> events_;
};

void send_text(Events& events, const Dom& item, const Answer& answer) {
  const auto fields = [&item](Dom more) {
    more["item_id"] = item["id"];
    more["output_index"] = 0;
    more["content_index"] = 0;
    return more;
  };
  events.send("response.content_part.added", fields({{"part", part_of("")}}));
  for (std::string& word : words_of(answer.text))
    events.send("response.output_text.delta", fields({{"delta", std::move(word)}, {"logprobs", Dom::array()}}));
  events.send("response.output_text.done", fields({{"text", answer.text}, {"logprobs", Dom::array()}}));
  events.send("response.content_part.done", fields({{"part", part_of(answer.text)}}));
}

void send_call(Events& events, const Dom& item, const Answer& answer) {
  const auto [first, second] = halves_of(answer.arguments);
  for (const std::string_view part : {first, second})
    events.send("response.function_call_arguments.delta",
                {{"item_id", item["id"]}, {"output_index", 0}, {"delta", part}});
  events.send("response.function_call_arguments.done",
              {{"item_id", item["id"]}, {"output_index", 0}, {"name", answer.tool}, {"arguments", answer.arguments}});
}

net::SimpleResponse stream_response_of(const Dom& frame, const Dom& item, const Question& question,
                                       const Answer& answer) {
  Events events;
  events.send("response.created", {{"response", frame}});
  events.send("response.in_progress", {{"response", frame}});
  Dom begun = item;
  begun["status"] = "in_progress";
  begun[answer.tool.empty() ? "content" : "arguments"] = answer.tool.empty() ? Dom::array() : Dom("");
  events.send("response.output_item.added", {{"output_index", 0}, {"item", std::move(begun)}});
  if (answer.tool.empty())
    send_text(events, item, answer);
  else
    send_call(events, item, answer);
  events.send("response.output_item.done", {{"output_index", 0}, {"item", item}});
  events.send(answer.cut ? "response.incomplete" : "response.completed",
              {{"response", finished(frame, item, question, answer)}});
  return stream_response(events.take());
}

Result<net::SimpleResponse> respond(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(const Dom body, parse_body(request));
  AIGW_TRY_ASSIGN(const Question question, read_responses(body));
  constexpr std::int64_t kTokensMin = 16;  // OpenAI's own
  if (question.tokens_max && *question.tokens_max < kTokensMin)
    return bad_field("max_output_tokens", "'max_output_tokens' is less than 16");
  const Answer answer = answer_to(question);
  const std::string id = stable_id("", request.body);
  const Dom frame = frame_of(id, body);
  const Dom item = item_of(id, answer);
  if (true_member(body, "stream")) return stream_response_of(frame, item, question, answer);
  return json_response(200, finished(frame, item, question, answer));
}

}  // namespace

net::SimpleResponse responses(const net::SimpleRequest& request) {
  auto outcome = respond(request);
  return outcome ? *std::move(outcome) : openai_error(outcome.error());
}

}  // namespace aigw::server::mock
