#include "server/mock_answer.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace aigw::server::mock {
namespace {

constexpr std::chrono::milliseconds kPause{20};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::int64_t characters_of(std::string_view text) {
  return static_cast<std::int64_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

/// At most `characters` of `text`.
std::string_view cut(std::string_view text, std::int64_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at)
    if (!is_continuation(text[at]) && characters-- == 0) break;
  return text.substr(0, at);
}

std::string in_quotes(std::string_view text) {
  constexpr std::int64_t kQuoteMax = 120;
  const std::string_view part = cut(text, kQuoteMax);
  return "\"" + std::string(part) + (part.size() < text.size() ? "...\"" : "\"");
}

/// A plausible value for a JSON schema: enough for a tool to be called with.
Dom example_of(const Dom& schema, int depth) {
  constexpr int kDepthMax = 8;
  if (depth > kDepthMax) return nullptr;
  if (const Dom* values = member(schema, "enum"); values != nullptr && values->is_array() && !values->empty())
    return values->front();
  const std::string type = text::to_lower(string_member(schema, "type"));  // Gemini writes "STRING"
  if (type == "string") return "example";
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "array") return Dom::array();
  Dom object = Dom::object();
  const Dom* properties = member(schema, "properties");
  if (properties == nullptr || !properties->is_object()) return object;
  const Dom* required = member(schema, "required");
  for (const auto& [name, property] : properties->items()) {
    const bool wanted = required == nullptr || !required->is_array() ||
                        std::find(required->begin(), required->end(), name) != required->end();
    if (wanted) object[name] = example_of(property, depth + 1);
  }
  return object;
}

struct Call {
  std::string name;
  Dom input;
};

/// How the tools of coding agents that write files, or run a shell, want it said. The first that is offered is taken.
struct Writer {
  std::string_view tool;
  enum class Takes : std::uint8_t { file, command, cmd, words } takes;
};
constexpr std::array kWriters = {
    Writer{"Write", Writer::Takes::file},        Writer{"write_file", Writer::Takes::file},
    Writer{"exec_command", Writer::Takes::cmd},  Writer{"shell", Writer::Takes::words},
    Writer{"local_shell", Writer::Takes::words}, Writer{"shell_command", Writer::Takes::command},
    Writer{"Bash", Writer::Takes::command},      Writer{"run_shell_command", Writer::Takes::command},
};
constexpr std::string_view kFileText = "written by the built-in provider";

Dom input_of(Writer::Takes takes, const std::string& path) {
  const std::string command = "printf '" + std::string(kFileText) + "' > " + path;
  switch (takes) {
    case Writer::Takes::file:
      return {{"file_path", path}, {"content", kFileText}};
    case Writer::Takes::command:
      return {{"command", command}, {"description", "write a file"}};
    case Writer::Takes::cmd:
      return {{"cmd", command}};
    case Writer::Takes::words:
      break;
  }
  return {{"command", {"bash", "-lc", command}}};
}

/// The PATH of "write the file PATH", of characters that mean nothing to a shell; empty when the user says no such
/// thing.
std::string file_to_write(std::string_view user_text) {
  constexpr std::string_view kAsk = "rite the file ";
  constexpr std::string_view kPathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
  const auto at = user_text.rfind(kAsk);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = user_text.substr(at + kAsk.size());
  std::string path(rest.substr(0, rest.find_first_not_of(kPathCharacters)));
  while (path.ends_with('.')) path.pop_back();  // of the sentence
  return path;
}

std::optional<Call> writing_call(const Question& question) {
  const std::string path = file_to_write(question.user_text);
  if (path.empty()) return std::nullopt;
  for (const Writer& writer : kWriters)
    for (const Tool& tool : question.tools)
      if (tool.name == writer.tool) return Call{tool.name, input_of(writer.takes, path)};
  return std::nullopt;
}

Call example_call(const Tool& tool) {
  return {tool.name, tool.schema == nullptr ? Dom::object() : example_of(*tool.schema, 0)};
}

std::optional<Call> call_of(const Question& question) {
  if (question.choice == ToolChoice::none || question.tools.empty()) return std::nullopt;
  if (question.choice == ToolChoice::any) return example_call(question.tools.front());
  if (question.choice == ToolChoice::by_text && question.tool_result) return std::nullopt;  // it is here: answer
  for (const Tool& tool : question.tools) {
    const bool wanted = question.choice == ToolChoice::named
                            ? tool.name == question.chosen_tool
                            : question.user_text.find("use the tool " + tool.name) != std::string::npos;
    if (wanted) return example_call(tool);
  }
  return question.choice == ToolChoice::by_text ? writing_call(question) : std::nullopt;
}

std::string whole_text(const Question& question) {
  if (question.answer_schema != nullptr) return json::dump(example_of(*question.answer_schema, 0));
  if (question.tool_result)
    return "The tool said " + in_quotes(*question.tool_result) + ". That is all the built-in provider can make of it.";
  return "You said " + in_quotes(question.user_text) +
         ". This is the built-in provider: it answers without a model, a key or a network.";
}

}  // namespace

const Dom* member(const Dom& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const Dom* member_at(const Dom& object, std::initializer_list<std::string_view> names) {
  const Dom* found = &object;
  for (const std::string_view name : names)
    if (found != nullptr) found = member(*found, name);
  return found;
}

std::string string_member(const Dom& object, std::string_view name) {
  const Dom* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> integer_member(const Dom& object, std::string_view name) {
  const Dom* value = member(object, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}

bool true_member(const Dom& object, std::string_view name) {
  const Dom* value = member(object, name);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

Error bad_field(std::string param, std::string message) {
  Error error = make_error(ErrorKind::bad_request, std::move(message));
  error.param = std::move(param);
  return error;
}

Result<Dom> parse_object(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(Dom body, json::parse_dom(request.body));
  if (!body.is_object()) return make_error(ErrorKind::bad_request, "the body is no JSON object");
  return body;
}

Result<Dom> parse_body(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(Dom body, parse_object(request));
  if (string_member(body, "model").empty()) return bad_field("model", "'model' is missing or no string");
  if (const Dom* stream = member(body, "stream"); stream != nullptr && !stream->is_boolean() && !stream->is_null())
    return bad_field("stream", "'stream' is neither true nor false");
  return body;
}

Status check_messages(const Dom& body) {
  const Dom* messages = member(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty())
    return bad_field("messages", "'messages' is missing, no list or empty");
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const std::string path = "messages[" + std::to_string(i) + "]";
    const Dom& message = (*messages)[i];
    if (string_member(message, "role").empty()) return bad_field(path + ".role", "a message has no role");
    const Dom* content = member(message, "content");
    if (content != nullptr && !content->is_string() && !content->is_array() && !content->is_null())
      return bad_field(path + ".content", "the content of a message is neither a string nor a list");
  }
  return {};
}

std::string text_of(const Dom& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string out;
  if (content.is_array())
    for (const Dom& part : content) out += part.is_string() ? part.get<std::string>() : string_member(part, "text");
  return out;
}

std::int64_t tokens_of(std::string_view text) { return (characters_of(text) + 3) / 4; }

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

std::string stable_id(std::string_view prefix, std::string_view of) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(prefix);
  for (std::uint64_t hash = hash_of(of), i = 0; i < 16; ++i, hash >>= 4U) out += kHex[hash & 15U];
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8U) | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) out += i <= count ? kAlphabet[(group >> (18U - 6U * i)) & 63U] : '=';
  }
  return out;
}

std::int64_t now_seconds() { return wall_now().value / 1000; }

Answer answer_to(const Question& question) {
  Answer answer;
  if (const auto call = call_of(question)) {
    answer.tool = call->name;
    answer.arguments = json::dump(call->input);
    answer.output_tokens = tokens_of(answer.tool) + tokens_of(answer.arguments);
    return answer;
  }
  answer.text = whole_text(question);
  constexpr std::int64_t kCharactersPerToken = 4;
  if (question.tokens_max && tokens_of(answer.text) > *question.tokens_max) {
    answer.text = cut(answer.text, *question.tokens_max * kCharactersPerToken);
    answer.cut = true;
  }
  answer.output_tokens = tokens_of(answer.text);
  return answer;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' ', 1), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::pair<std::string_view, std::string_view> halves_of(std::string_view text) {
  std::size_t half = text.size() / 2;
  while (half > 0 && is_continuation(text[half])) --half;
  return {text.substr(0, half), text.substr(half)};
}

net::SimpleResponse json_response(int status, const Dom& body) {
  net::SimpleResponse response;
  response.status = status;
  response.headers.add("content-type", "application/json");
  response.body = json::dump(body);
  return response;
}

net::SimpleResponse stream_response(std::vector<std::string> events, std::string_view content_type) {
  net::SimpleResponse response;
  response.headers.add("content-type", content_type);
  response.headers.add("cache-control", "no-cache");
  auto& chunks = response.stream.emplace();
  for (std::string& event : events)
    chunks.push_back(
        {.bytes = std::move(event), .delay_before = chunks.empty() ? std::chrono::milliseconds(0) : kPause});
  return response;
}

}  // namespace aigw::server::mock
