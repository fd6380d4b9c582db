#include "adapters/openai_responses/items.hpp"

#include "llm/call_id.hpp"

#include <algorithm>

namespace aigw::adapters::openai_responses {
namespace {

/// What a response repeats of its request, and what it says where the request said nothing. `store`: nothing is kept
/// here, so that clients send items again instead of references to them.
struct Echo {
  json::Name name;
  std::string_view otherwise;
};
constexpr std::array kEchoes = {
    Echo{"instructions", "null"},
    Echo{"max_output_tokens", "null"},
    Echo{"max_tool_calls", "null"},
    Echo{"metadata", "{}"},
    Echo{"parallel_tool_calls", "true"},
    Echo{"prompt_cache_key", "null"},
    Echo{"reasoning", R"({"effort":null,"summary":null})"},
    Echo{"safety_identifier", "null"},
    Echo{"temperature", "1.0"},
    Echo{"text", R"({"format":{"type":"text"}})"},
    Echo{"tool_choice", R"("auto")"},
    Echo{"tools", "[]"},
    Echo{"top_p", "1.0"},
    Echo{"truncation", R"("disabled")"},
    Echo{"user", "null"},
};
constexpr auto kEchoNames = [] {
  std::array<std::string_view, kEchoes.size()> names;
  std::ranges::transform(kEchoes, names.begin(), [](const Echo& echo) { return echo.name.text(); });
  return names;
}();

void write_usage(json::Writer& out, const TokenUsage& usage) {
  const std::int64_t input = usage.input + usage.cache_read + usage.cache_write;
  out.begin_object().member("input_tokens", input);
  out.key("input_tokens_details").begin_object();
  out.member("cached_tokens", usage.cache_read).member("cache_write_tokens", usage.cache_write).end_object();
  out.member("output_tokens", usage.output);
  out.key("output_tokens_details").begin_object().member("reasoning_tokens", usage.reasoning).end_object();
  out.member("total_tokens", input + usage.output).end_object();
}

std::string letters_and_digits(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return out;
}

}  // namespace

AnswerForm::AnswerForm(const llm::AnswerContext& context)
    : context_(context),
      namespaces_(context.request->body ? (*context.request->body)["tools"] : json::View()),
      unique_(letters_and_digits(context.request_id.substr(context.request_id.find('_') + 1))) {}

std::string AnswerForm::response_id(std::string_view providers) const {
  return providers.starts_with("resp_") ? std::string(providers) : "resp_" + unique_;
}

std::string AnswerForm::item_id(std::string_view prefix, std::size_t index) const {
  return std::string(prefix).append(unique_).append("x").append(std::to_string(index));
}

std::string AnswerForm::call_id(std::string_view providers, std::size_t index) const {
  if (providers.empty()) return llm::made_call_id("call_", context_.request_id, index);
  return llm::call_id_for(providers, llm::kCallIdCharsMax);
}

bool AnswerForm::is_emulated(std::string_view name) const {
  const llm::Tool* tool = llm::find_tool(*context_.request, name);
  return tool && tool->kind == llm::Tool::Kind::custom;
}

void AnswerForm::write_name(json::Writer& out, std::string_view tool) const {
  const ToolName* known_as = namespaces_.find_flat(tool);
  out.member("name", known_as ? std::string_view(known_as->name) : tool);
  if (known_as) out.member("namespace", known_as->space);
}

void AnswerForm::write_response(json::Writer& out, const Envelope& envelope) const {
  begin_response(out, envelope);
  out.array_of(envelope.output);
  end_response(out, envelope);
}

void AnswerForm::begin_response(json::Writer& out, const Envelope& envelope) const {
  out.begin_object().member("id", envelope.id).member("object", "response");
  out.member("created_at", envelope.created_s != 0 ? envelope.created_s : context_.created_s);
  out.member("status", envelope.status).member("background", false);
  out.raw_member("error", envelope.error.empty() ? "null" : envelope.error);
  out.key("incomplete_details");
  if (envelope.incomplete_reason.empty())
    out.null();
  else
    out.begin_object().member("reason", envelope.incomplete_reason).end_object();
  out.member("model", envelope.model.empty() ? std::string_view(context_.request->model) : envelope.model);
  out.key("output");
}

void AnswerForm::end_response(json::Writer& out, const Envelope& envelope) const {
  out.raw_member("previous_response_id", "null").member("store", false).member("service_tier", "default");
  const json::Object* const request = context_.request->body;
  const auto said = request ? request->members(kEchoNames) : std::array<json::View, kEchoes.size()>{};
  for (std::size_t i = 0; i < kEchoes.size(); ++i)
    out.raw_member(kEchoes[i].name, said[i] && !said[i].is_null() ? said[i].raw() : kEchoes[i].otherwise);
  out.key("usage");
  if (envelope.usage)
    write_usage(out, *envelope.usage);
  else
    out.null();
  out.end_object();
}

std::string unwrapped(std::string_view arguments) {
  if (auto text = json::View::of(arguments)["input"].string()) return *std::move(text);
  return std::string(arguments);
}

void write_call(json::Writer& out, const AnswerForm& form, const CallItem& call) {
  out.begin_object().member("id", call.item_id).member("type", call.custom ? "custom_tool_call" : "function_call");
  out.member("status", call.status).member("call_id", call.call_id);
  form.write_name(out, call.tool);
  out.key(call.custom ? "input" : "arguments").string(call.body).end_object();
}

void write_reasoning(json::Writer& out, std::string_view item_id, std::string_view text, std::string_view sealed) {
  out.begin_object().member("id", item_id).member("type", "reasoning").key("summary").begin_array();
  if (!text.empty()) out.begin_object().member("type", "summary_text").member("text", text).end_object();
  out.end_array();
  if (!sealed.empty()) out.member("encrypted_content", sealed);
  out.end_object();
}

void begin_message(json::Writer& out, std::string_view item_id, std::string_view status) {
  out.begin_object().member("id", item_id).member("type", "message").member("status", status);
  out.member("role", "assistant").key("content");
}

void write_message(json::Writer& out, std::string_view item_id, std::string_view status, std::string_view parts) {
  begin_message(out, item_id, status);
  out.array_of(parts).end_object();
}

void write_image(json::Writer& out, std::string_view item_id, std::string_view base64) {
  out.begin_object().member("id", item_id).member("type", "image_generation_call");
  out.member("status", "completed").member("result", base64).end_object();
}

void write_text_part(json::Writer& out, std::string_view text, std::string_view annotations,
                     std::string_view logprobs) {
  out.begin_object().member("type", "output_text").member("text", text);
  out.key("annotations").array_of(annotations);
  out.key("logprobs").array_of(logprobs).end_object();
}

void write_refusal_part(json::Writer& out, std::string_view text) {
  out.begin_object().member("type", "refusal").member("refusal", text).end_object();
}

void write_annotation(json::Writer& out, const llm::Citation& citation, std::int64_t offset) {
  const bool known = citation.end > 0;
  out.begin_object().member("type", "url_citation");
  out.member("start_index", known ? citation.start + offset : 0).member("end_index", known ? citation.end + offset : 0);
  out.member("url", citation.url).member("title", citation.title).end_object();
}

std::int64_t code_points(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

std::pair<std::string_view, std::string_view> status_of_finish(const llm::Finish& finish, bool has_refusal) {
  using Reason = llm::Finish::Reason;
  if (finish.reason == Reason::length) return {"incomplete", "max_output_tokens"};
  if (finish.reason == Reason::filter && !has_refusal) return {"incomplete", "content_filter"};
  return {"completed", {}};
}

}  // namespace aigw::adapters::openai_responses
