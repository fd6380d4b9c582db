#include "http/target.hpp"
#include "json/dom.hpp"
#include "server/mock_answer.hpp"
#include "server/mock_dialects.hpp"

#include <array>

namespace aigw::server::mock {
namespace {

constexpr std::string_view kModelsPath = "/v1beta/models";
constexpr std::array<std::string_view, 2> kModels = {"mock-large", "mock-small"};

/// A member in either of the spellings that Google takes.
const Dom* either(const Dom& object, std::string_view camel, std::string_view snake) {
  const Dom* found = member(object, camel);
  return found != nullptr ? found : member(object, snake);
}

/// The elements of a list, or the one thing that stands instead of it.
std::vector<const Dom*> list_of(const Dom* value) {
  std::vector<const Dom*> out;
  if (value == nullptr) return out;
  if (!value->is_array()) return {value};
  for (const Dom& element : *value) out.push_back(&element);
  return out;
}

void read_tools(const Dom& body, Question& question) {
  for (const Dom* tool : list_of(member(body, "tools")))
    for (const Dom* declared : list_of(either(*tool, "functionDeclarations", "function_declarations"))) {
      const Dom* schema = either(*declared, "parametersJsonSchema", "parameters_json_schema");
      question.tools.push_back({string_member(*declared, "name"), schema ? schema : member(*declared, "parameters")});
    }
  const Dom* config = either(body, "toolConfig", "tool_config");
  if (config == nullptr) return;
  const Dom* calling = either(*config, "functionCallingConfig", "function_calling_config");
  if (calling == nullptr) return;
  const std::string mode = string_member(*calling, "mode");
  if (mode == "NONE") question.choice = ToolChoice::none;
  if (mode != "ANY") return;
  question.choice = ToolChoice::any;
  const auto allowed = list_of(either(*calling, "allowedFunctionNames", "allowed_function_names"));
  if (allowed.empty() || !allowed.front()->is_string()) return;
  question.choice = ToolChoice::named;
  question.chosen_tool = allowed.front()->get<std::string>();
}

void read_content(const Dom& content, Question& question, std::string& input) {
  std::string text;
  std::optional<std::string> result;
  for (const Dom* part : list_of(member(content, "parts"))) {
    text += string_member(*part, "text");
    if (const Dom* given = either(*part, "functionResponse", "function_response"))
      if (const Dom* response = member(*given, "response")) result = result.value_or("") + json::dump(*response);
  }
  question.tool_result = result;
  if (string_member(content, "role") != "model" && !result) question.user_text = text;
  input += text + result.value_or("");
}

Result<Question> read_gemini(const Dom& body) {
  Question question;
  std::string input;
  if (const Dom* system = either(body, "systemInstruction", "system_instruction"))
    for (const Dom* part : list_of(member(*system, "parts"))) input += string_member(*part, "text");
  const auto contents = list_of(member(body, "contents"));
  if (contents.empty()) return bad_field("contents", "contents is not specified");
  for (const Dom* content : contents) {
    if (list_of(member(*content, "parts")).empty())
      return bad_field("contents.parts", "contents.parts must not be empty");
    read_content(*content, question, input);
  }
  question.input_tokens = tokens_of(input);
  if (const Dom* config = either(body, "generationConfig", "generation_config")) {
    question.tokens_max = integer_member(*config, "maxOutputTokens");
    if (!question.tokens_max) question.tokens_max = integer_member(*config, "max_output_tokens");
    question.answer_schema = either(*config, "responseJsonSchema", "response_json_schema");
    if (question.answer_schema == nullptr)
      question.answer_schema = either(*config, "responseSchema", "response_schema");
  }
  read_tools(body, question);
  return question;
}

/// What every object of one answer says.
struct Frame {
  std::string id;
  std::string model;
  std::int64_t input_tokens = 0;

  Dom object(Dom part, std::int64_t output_tokens, Dom finish_reason) const {
    Dom candidate = {{"content", {{"parts", Dom::array({std::move(part)})}, {"role", "model"}}}, {"index", 0}};
    if (!finish_reason.is_null()) candidate["finishReason"] = std::move(finish_reason);
    return {{"candidates", Dom::array({std::move(candidate)})},
            {"usageMetadata",
             {{"promptTokenCount", input_tokens},
              {"candidatesTokenCount", output_tokens},
              {"totalTokenCount", input_tokens + output_tokens}}},
            {"modelVersion", model},
            {"responseId", id}};
  }
};

Result<Dom> call_part(const Answer& answer) {
  AIGW_TRY_ASSIGN(Dom arguments, json::parse_dom(answer.arguments));
  return Dom{{"functionCall",
              {{"id", stable_id("", answer.tool + answer.arguments).substr(0, 8)},
               {"name", answer.tool},
               {"args", std::move(arguments)}}}};
}

Result<std::vector<Dom>> objects_of(const Frame& frame, const Answer& answer, bool whole) {
  std::vector<Dom> out;
  if (!answer.tool.empty()) {
    AIGW_TRY_ASSIGN(Dom part, call_part(answer));
    out.push_back(frame.object(std::move(part), answer.output_tokens, "STOP"));
    return out;
  }
  const std::vector<std::string> pieces = whole ? std::vector{answer.text} : words_of(answer.text);
  std::string so_far;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    so_far += pieces[i];
    const Dom reason = i + 1 < pieces.size() ? Dom(nullptr) : Dom(answer.cut ? "MAX_TOKENS" : "STOP");
    out.push_back(frame.object({{"text", pieces[i]}}, tokens_of(so_far), reason));
  }
  return out;
}

/// As events where the query asks for them, else as one array, as at Google.
net::SimpleResponse stream_of(const std::vector<Dom>& objects, bool as_events) {
  std::vector<std::string> out;
  for (const Dom& object : objects) {
    const char* before = out.empty() ? "[" : ",\r\n";
    out.push_back(as_events ? "data: " + json::dump(object) + "\r\n\r\n" : before + json::dump(object));
  }
  if (as_events) return stream_response(std::move(out), "text/event-stream");
  out.push_back("]");
  return stream_response(std::move(out), "application/json; charset=UTF-8");
}

Result<net::SimpleResponse> generate(const net::SimpleRequest& request, const std::string& model, bool streamed) {
  AIGW_TRY_ASSIGN(const Dom body, parse_object(request));
  AIGW_TRY_ASSIGN(const Question question, read_gemini(body));
  if (question.tokens_max && *question.tokens_max < 1)
    return bad_field("generationConfig.maxOutputTokens", "max_output_tokens must be positive");
  const Answer answer = answer_to(question);
  const Frame frame{.id = stable_id("", request.body), .model = model, .input_tokens = question.input_tokens};
  AIGW_TRY_ASSIGN(const std::vector<Dom> objects, objects_of(frame, answer, !streamed));
  if (!streamed) return json_response(200, objects.front());
  return stream_of(objects, request.target.find("alt=sse") != std::string::npos);
}

Result<net::SimpleResponse> count(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(Dom body, parse_object(request));
  if (const Dom* inner = either(body, "generateContentRequest", "generate_content_request")) body = Dom(*inner);
  AIGW_TRY_ASSIGN(const Question question, read_gemini(body));
  return json_response(200, {{"totalTokens", question.input_tokens}});
}

Dom model_object(std::string_view id) {
  return {{"name", "models/" + std::string(id)},
          {"displayName", id},
          {"inputTokenLimit", 1'000'000},
          {"outputTokenLimit", 65'536},
          {"supportedGenerationMethods", {"generateContent", "streamGenerateContent", "countTokens"}}};
}

Result<net::SimpleResponse> read_models(std::string_view path) {
  if (path == kModelsPath) {
    Dom models = Dom::array();
    for (const std::string_view id : kModels) models.push_back(model_object(id));
    return json_response(200, {{"models", std::move(models)}});
  }
  for (const std::string_view id : kModels)
    if (path.substr(kModelsPath.size() + 1) == id) return json_response(200, model_object(id));
  return make_error(ErrorKind::model_not_found, "there is no such model here", "Use mock-small or mock-large");
}

Result<net::SimpleResponse> route(const net::SimpleRequest& request, std::string_view encoded_path) {
  const auto path = http::percent_decode(encoded_path);
  if (!path || !path->starts_with(kModelsPath))
    return make_error(ErrorKind::not_found, "the built-in provider has no such path");
  if (request.method == "GET") return read_models(*path);
  const std::size_t colon = path->rfind(':');
  if (request.method != "POST" || colon == std::string::npos)
    return make_error(ErrorKind::method_not_allowed, "this path does not take " + request.method);
  const std::string verb = path->substr(colon + 1);
  const std::size_t begin = std::min(kModelsPath.size() + 1, colon);
  const std::string model = path->substr(begin, colon - begin);
  if (verb == "generateContent") return generate(request, model, false);
  if (verb == "streamGenerateContent") return generate(request, model, true);
  if (verb == "countTokens") return count(request);
  return make_error(ErrorKind::not_found, "the built-in provider has no such method");
}

}  // namespace

net::SimpleResponse gemini(const net::SimpleRequest& request, std::string_view path) {
  auto outcome = route(request, path);
  return outcome ? *std::move(outcome) : google_error(outcome.error());
}

net::SimpleResponse google_error(const Error& error) {
  const int status = error.http_status();
  return json_response(status, {{"error",
                                 {{"code", status},
                                  {"message", error.param.empty() ? error.text() : error.param + ": " + error.text()},
                                  {"status", status == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT"}}}});
}

}  // namespace aigw::server::mock
