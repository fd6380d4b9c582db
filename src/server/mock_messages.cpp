#include "json/dom.hpp"
#include "server/mock_answer.hpp"
#include "server/mock_dialects.hpp"

namespace aigw::server::mock {
namespace {

void read_tools(const Dom& body, Question& question) {
  if (const Dom* tools = member(body, "tools"); tools != nullptr && tools->is_array())
    for (const Dom& tool : *tools)
      if (const Dom* schema = member(tool, "input_schema"))
        question.tools.push_back({string_member(tool, "name"), schema});
  const Dom* choice = member(body, "tool_choice");
  if (choice == nullptr) return;
  const std::string type = string_member(*choice, "type");
  if (type == "none") question.choice = ToolChoice::none;
  if (type == "any") question.choice = ToolChoice::any;
  if (type == "tool") {
    question.choice = ToolChoice::named;
    question.chosen_tool = string_member(*choice, "name");
  }
}

/// The text of the tool results among the blocks of a message; none when there is none.
std::optional<std::string> tool_results(const Dom& content) {
  std::optional<std::string> out;
  if (!content.is_array()) return out;
  for (const Dom& block : content) {
    if (string_member(block, "type") != "tool_result") continue;
    const Dom* result = member(block, "content");
    out = out.value_or("") + (result == nullptr ? std::string() : text_of(*result));
  }
  return out;
}

Question read_messages(const Dom& body) {
  Question question;
  const Dom* system = member(body, "system");
  std::string input = system == nullptr ? std::string() : text_of(*system);
  for (const Dom& message : *member(body, "messages")) {
    const Dom* content = member(message, "content");
    if (content == nullptr) continue;
    const std::string text = text_of(*content);
    question.tool_result = tool_results(*content);
    if (string_member(message, "role") == "user" && !question.tool_result) question.user_text = text;
    input += text + question.tool_result.value_or("");
  }
  question.input_tokens = tokens_of(input);
  question.tokens_max = integer_member(body, "max_tokens");
  question.answer_schema = member_at(body, {"output_config", "format", "schema"});
  read_tools(body, question);
  return question;
}

Dom usage_of(const Question& question, std::int64_t output_tokens) {
  return {{"input_tokens", question.input_tokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", 0},
          {"cache_creation", {{"ephemeral_5m_input_tokens", 0}, {"ephemeral_1h_input_tokens", 0}}},
          {"output_tokens", output_tokens},
          {"service_tier", "standard"}};
}

std::string_view stop_reason(const Answer& answer) {
  return !answer.tool.empty() ? "tool_use" : answer.cut ? "max_tokens" : "end_turn";
}

Dom tool_block(const Answer& answer, Dom input) {
  return {{"type", "tool_use"},
          {"id", stable_id("toolu_", answer.tool + answer.arguments)},
          {"name", answer.tool},
          {"input", std::move(input)}};
}

Dom message_of(const std::string& id, const std::string& model, Dom content, Dom reason, Dom usage) {
  return {{"id", id},
          {"type", "message"},
          {"role", "assistant"},
          {"model", model},
          {"content", std::move(content)},
          {"stop_reason", std::move(reason)},
          {"stop_sequence", nullptr},
          {"usage", std::move(usage)}};
}

std::string event(std::string_view type, Dom fields) {
  Dom data = {{"type", type}};
  for (auto& [name, value] : fields.items()) data[name] = std::move(value);
  return "event: " + std::string(type) + "\ndata: " + json::dump(data) + "\n\n";
}

/// The deltas of the one content block, after its start.
std::vector<Dom> deltas_of(const Answer& answer) {
  std::vector<Dom> deltas;
  if (answer.tool.empty()) {
    for (std::string& word : words_of(answer.text))
      deltas.push_back({{"type", "text_delta"}, {"text", std::move(word)}});
    return deltas;
  }
  const auto [first, second] = halves_of(answer.arguments);
  for (const std::string_view part : {std::string_view(), first, second})
    deltas.push_back({{"type", "input_json_delta"}, {"partial_json", part}});
  return deltas;
}

net::SimpleResponse stream_message(const std::string& id, const std::string& model, const Question& question,
                                   const Answer& answer) {
  std::vector<std::string> events;
  events.push_back(
      event("message_start", {{"message", message_of(id, model, Dom::array(), nullptr, usage_of(question, 1))}}));
  const Dom block = answer.tool.empty() ? Dom({{"type", "text"}, {"text", ""}}) : tool_block(answer, Dom::object());
  events.push_back(event("content_block_start", {{"index", 0}, {"content_block", block}}));
  events.push_back(event("ping", Dom::object()));
  for (Dom& delta : deltas_of(answer))
    events.push_back(event("content_block_delta", {{"index", 0}, {"delta", std::move(delta)}}));
  events.push_back(event("content_block_stop", {{"index", 0}}));
  events.push_back(
      event("message_delta", {{"delta", {{"stop_reason", stop_reason(answer)}, {"stop_sequence", nullptr}}},
                              {"usage",
                               {{"input_tokens", question.input_tokens},
                                {"cache_creation_input_tokens", 0},
                                {"cache_read_input_tokens", 0},
                                {"output_tokens", answer.output_tokens}}}}));
  events.push_back(event("message_stop", Dom::object()));
  return stream_response(std::move(events));
}

Status check_roles(const Dom& body) {
  const Dom& list = *member(body, "messages");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string role = string_member(list[i], "role");
    const bool reminder = role == "system" && i > 0;  // newer models take one between turns, and Claude Code sends it
    if (role != "user" && role != "assistant" && !reminder)
      return bad_field("messages[" + std::to_string(i) + "].role", "a role is neither 'user' nor 'assistant'");
  }
  return {};
}

Result<Dom> read_body(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(Dom body, parse_body(request));
  AIGW_TRY(check_messages(body));
  AIGW_TRY(check_roles(body));
  return body;
}

Result<net::SimpleResponse> answer_message(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(const Dom body, read_body(request));
  const Question question = read_messages(body);
  if (question.tokens_max.value_or(0) < 1) return bad_field("max_tokens", "'max_tokens' is missing or not positive");
  const Answer answer = answer_to(question);
  const std::string id = stable_id("msg_", request.body);
  const std::string model = string_member(body, "model");
  if (true_member(body, "stream")) return stream_message(id, model, question, answer);
  Dom block = {{"type", "text"}, {"text", answer.text}};
  if (!answer.tool.empty()) {
    AIGW_TRY_ASSIGN(Dom input, json::parse_dom(answer.arguments));
    block = tool_block(answer, std::move(input));
  }
  return json_response(200, message_of(id, model, Dom::array({std::move(block)}), stop_reason(answer),
                                       usage_of(question, answer.output_tokens)));
}

Result<net::SimpleResponse> count(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(const Dom body, read_body(request));
  return json_response(200, {{"input_tokens", read_messages(body).input_tokens}});
}

net::SimpleResponse or_error(Result<net::SimpleResponse> outcome) {
  return outcome ? *std::move(outcome) : anthropic_error(outcome.error());
}

}  // namespace

net::SimpleResponse messages(const net::SimpleRequest& request) { return or_error(answer_message(request)); }
net::SimpleResponse count_tokens(const net::SimpleRequest& request) { return or_error(count(request)); }

net::SimpleResponse anthropic_error(const Error& error) {
  const int status = error.http_status();
  const char* type = status == 404 ? "not_found_error" : status == 413 ? "request_too_large" : "invalid_request_error";
  std::string message = error.param.empty() ? error.text() : error.param + ": " + error.text();
  return json_response(status, {{"type", "error"},
                                {"error", {{"type", type}, {"message", std::move(message)}}},
                                {"request_id", stable_id("req_", error.message)}});
}

}  // namespace aigw::server::mock
