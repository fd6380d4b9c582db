#include "adapters/model_traits.hpp"
#include "adapters/openai_responses/parts.hpp"
#include "adapters/translation.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "llm/schema.hpp"

#include <algorithm>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Dialect;
using llm::Losses;
using llm::Tool;

constexpr std::int64_t kOutputTokensMin = 16;  // OpenAI refuses less, API reference 2026-11
constexpr std::size_t kSafetyIdCharsMax = 64;
constexpr std::size_t kFormatNameCharsMax = 64;

/// `true` only where the schema passes; OpenAI takes an absent `strict` for "make it strict", so it always stands.
bool write_schema(json::Writer& out, std::string_view member, std::string_view schema, std::optional<bool> strict,
                  const std::string& path, Losses& losses) {
  const bool asked = strict.value_or(false);
  const bool passes = asked && llm::is_strict(schema);
  if (asked && !passes) losses.add(at(path, "strict"), "schema is not strict");
  const auto target = passes ? llm::SchemaTarget::openai_strict : llm::SchemaTarget::openai;
  const std::string text = llm::schema_for(target, schema, at(path, member), losses);
  out.key(member).raw(text.empty() ? std::string_view(R"({"type":"object","properties":{}})") : text);
  return passes;
}

/// Chat's `web_search_options` are the same tool at the same provider.
void write_web_search(json::Writer& out, json::View options) {
  out.begin_object().member("type", "web_search");
  if (const json::View size = options["search_context_size"]; size && !size.is_null())
    out.key("search_context_size").raw(size.raw());
  if (const json::View place = options["user_location"]["approximate"]; place.type() == json::Type::object) {
    out.key("user_location").begin_object().member("type", "approximate");
    place.each_member([&](std::string_view name, json::View value) { out.key(name).raw(value.raw()); });
    out.end_object();
  }
  out.end_object();
}

Status write_tool(json::Writer& out, const Tool& tool, Dialect client, Losses& losses) {
  if (tool.kind == Tool::Kind::hosted) {
    if (client == Dialect::openai_chat && tool.name == "web_search_options") {
      write_web_search(out, json::View::of(tool.schema));
      return {};
    }
    if (client != Dialect::openai_responses) return hosted_elsewhere(tool, Dialect::openai_responses);
    out.raw(tool.schema);
    return {};
  }
  if (tool.cache_marker) losses.note(tool.path, "no breakpoints");
  out.begin_object().member("type", tool.kind == Tool::Kind::custom ? "custom" : "function");
  out.member("name", tool.name);
  if (!tool.description.empty()) out.member("description", tool.description);
  if (tool.kind == Tool::Kind::custom) {
    if (!tool.schema.empty()) out.key("format").raw(tool.schema);
  } else {
    if (const auto reason = llm::unusable_root(tool.schema))
      return cannot_express(tool.path, "the tool's parameters: " + std::string(*reason), Dialect::openai_responses);
    out.member("strict", write_schema(out, "parameters", tool.schema, tool.strict, tool.path, losses));
  }
  out.end_object();
  return {};
}

void write_tool_name(json::Writer& out, const llm::ChatRequest& request, std::string_view name) {
  const Tool* tool = llm::find_tool(request, name);
  out.begin_object().member("type", tool && tool->kind == Tool::Kind::custom ? "custom" : "function");
  out.member("name", name).end_object();
}

void write_tool_choice(json::Writer& out, const llm::ChatRequest& request) {
  using Mode = llm::ToolChoice::Mode;
  const llm::ToolChoice& choice = request.tool_choice;
  if (!choice.allowed.empty()) {
    out.key("tool_choice").begin_object().member("type", "allowed_tools");
    out.member("mode", choice.mode == Mode::required ? "required" : "auto").key("tools").begin_array();
    for (const std::string& name : choice.allowed) write_tool_name(out, request, name);
    out.end_array().end_object();
    return;
  }
  switch (choice.mode) {
    case Mode::unset:
      return;
    case Mode::automatic:
      out.member("tool_choice", "auto");
      return;
    case Mode::none:
      out.member("tool_choice", "none");
      return;
    case Mode::required:
      out.member("tool_choice", "required");
      return;
    case Mode::named:
      out.key("tool_choice");
      write_tool_name(out, request, choice.name);
  }
}

class RequestEncoder {
 public:
  RequestEncoder(const llm::ChatRequest& request, const llm::EncodeTarget& target, Losses& losses)
      : request_(request), target_(target), losses_(losses), out_(body_, bytes_likely(request)) {}

  Result<llm::EncodedRequest> write() {
    if (request_.candidates.value.value_or(1) > 1)
      return cannot_express(request_.candidates.path, "n: several choices", Dialect::openai_responses);
    out_.begin_object().member("model", target_.model);
    if (request_.stream) out_.member("stream", true);
    instructions();
    out_.key("input");
    AIGW_TRY(encode_input(out_, request_, target_, losses_));
    AIGW_TRY(encode_tools(out_, request_, losses_));
    text();
    reasoning();
    sampling();
    identity();
    if (request_.store && *request_.store) losses_.note(request_.store.path, "not stored");
    out_.member("store", false).end_object();
    return llm::EncodedRequest{.path = "/responses", .headers = {}, .body = std::move(body_)};
  }

 private:
  void instructions() {
    std::string text;
    const bool as_items = request_.system_role == "developer" || request_.turns.empty();
    for (const llm::Block& block : request_.system) {
      if (block.cache_marker) losses_.note(block.path, "no breakpoints");
      if (const auto* piece = block.as<llm::Text>(); piece && !as_items)
        text.append(text.empty() ? "" : "\n\n").append(piece->text);
    }
    if (request_.output.kind == llm::OutputFormat::Kind::json && !speaks_of_json()) {
      losses_.note(request_.output.path, "JSON asked for in words too");
      text.append(text.empty() ? "" : "\n\n").append("Respond with a single JSON object and nothing else.");
    }
    if (!text.empty()) out_.member("instructions", text);
  }

  /// OpenAI refuses its JSON mode where the word stands nowhere.
  bool speaks_of_json() const {
    const auto says_it = [](const llm::Block& block) {
      const auto* piece = block.as<llm::Text>();
      return piece && text::contains(text::to_lower(piece->text), "json");
    };
    return std::ranges::any_of(request_.system, says_it) ||
           std::ranges::any_of(request_.turns,
                               [&](const llm::Turn& t) { return std::ranges::any_of(t.blocks, says_it); });
  }

  void text() {
    using Kind = llm::OutputFormat::Kind;
    const llm::OutputFormat& format = request_.output;
    const auto& verbosity = request_.verbosity.value;
    if (format.kind == Kind::text && !verbosity) return;
    out_.key("text").begin_object();
    if (format.kind == Kind::json) out_.key("format").begin_object().member("type", "json_object").end_object();
    if (format.kind == Kind::schema) {
      out_.key("format").begin_object().member("type", "json_schema").member("name", format_name());
      if (!format.description.empty()) out_.member("description", format.description);
      out_.member("strict",
                  write_schema(out_, "schema", format.schema, format.strict, std::string(format.path), losses_));
      out_.end_object();
    }
    if (verbosity) out_.member("verbosity", *verbosity);
    out_.end_object();
  }

  std::string format_name() const {
    std::string name = request_.output.name;
    if (name.empty()) name = json::View::of(request_.output.schema)["title"].string().value_or("");
    for (char& c : name)
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
        c = '_';
    name.resize(std::min(name.size(), kFormatNameCharsMax));
    return name.empty() ? "response" : name;
  }

  void reasoning() {
    using Level = llm::Reasoning::Level;
    using Thinking = llm::ModelTraits::Thinking;
    const llm::Reasoning& asked = request_.reasoning;
    const bool reasons = target_.traits.thinking == Thinking::level;
    if (asked.level != Level::unset && target_.traits.thinking == Thinking::none) {
      if (asked.level != Level::off) losses_.add(asked.path, "the model does not reason");
      return;
    }
    const Level level = asked.level;
    if (asked.budget_tokens) losses_.note(asked.path, "budget as effort");
    const std::string_view effort = effort_for(level, target_.traits);
    if (effort != llm::name_of(level)) losses_.add(asked.path, "nearest level");
    const bool summary = asked.show == llm::Reasoning::Show::summary && level != Level::off;
    if (!effort.empty() || summary) {
      out_.key("reasoning").begin_object();
      if (!effort.empty()) out_.member("effort", effort);
      if (summary) out_.member("summary", "auto");
      out_.end_object();
    }
    const bool logprobs = request_.logprobs.value.value_or(false);
    if (!reasons && !logprobs) return;
    out_.key("include").begin_array();
    if (reasons) out_.string("reasoning.encrypted_content");
    if (logprobs) out_.string("message.output_text.logprobs");
    out_.end_array();
  }

  void sampling() {
    if (const auto& limit = request_.max_tokens.value) {
      if (*limit < kOutputTokensMin) losses_.add(request_.max_tokens.path, "at least 16");
      out_.member("max_output_tokens", std::max(*limit, kOutputTokensMin));
    }
    number("temperature", request_.temperature);
    number("top_p", request_.top_p);
    if (request_.top_logprobs) out_.member("top_logprobs", *request_.top_logprobs);
    unless_zero(request_.frequency_penalty);
    unless_zero(request_.presence_penalty);
    if (request_.top_k) losses_.add(request_.top_k.path, "no such parameter");
    if (request_.seed) losses_.add(request_.seed.path, "no such parameter");
    if (request_.stop && !request_.stop.value->empty()) losses_.add(request_.stop.path, "no stop sequences");
  }
  void number(std::string_view name, const llm::Param<double>& value) {
    if (!value) return;
    if (target_.traits.refuses_sampling)
      losses_.add(value.path, "not for this model");
    else
      out_.key(name).number(*value);
  }
  void unless_zero(const llm::Param<double>& value) {
    if (value && *value != 0) losses_.add(value.path, "no such parameter");
  }

  void identity() {
    if (const auto& user = request_.end_user.value; user && !user->empty()) {
      out_.key("safety_identifier");
      if (user->size() <= kSafetyIdCharsMax) {
        out_.string(*user);
      } else {
        const crypto::Sha256 digest = crypto::sha256(*user);
        out_.string(crypto::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()}));
      }
    }
    if (request_.cache_key) out_.member("prompt_cache_key", *request_.cache_key);
    if (request_.metadata) out_.key("metadata").raw(*request_.metadata);
    if (request_.service_tier) out_.member("service_tier", *request_.service_tier);
  }

  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  Losses& losses_;
  std::string body_;
  json::Writer out_;
};

}  // namespace

Status encode_tools(json::Writer& out, const llm::ChatRequest& request, Losses& losses) {
  if (request.tools.empty()) return {};
  out.key("tools").begin_array();
  for (const Tool& tool : request.tools) AIGW_TRY(write_tool(out, tool, request.dialect, losses));
  out.end_array();
  write_tool_choice(out, request);
  if (request.tool_choice.parallel == false) out.member("parallel_tool_calls", false);
  return {};
}

Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           Losses& losses) {
  return RequestEncoder(request, target, losses).write();
}

}  // namespace aigw::adapters::openai_responses
