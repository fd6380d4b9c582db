#include "adapters/model_traits.hpp"
#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::openai_chat {
namespace {

using json::Writer;
using llm::ChatRequest;
using llm::EncodeTarget;
using llm::Losses;
using Level = llm::Reasoning::Level;

constexpr std::size_t kStopsMax = 4;  // OpenAI's bound, API reference 2026-11
constexpr std::size_t kEndUserBytesMax = 64;
constexpr std::size_t kSchemaNameMax = 64;
constexpr std::string_view kPath = "/chat/completions";

/// What is known and has no place in the dialect.
template <class T>
void lose(const llm::Param<T>& param, std::string_view reason, Losses& losses) {
  if (param) losses.add(param.path, reason);
}

void write_limits(Writer& out, const ChatRequest& request, const EncodeTarget& target, Losses& losses) {
  if (request.max_tokens)
    out.key(is_openai_model(target.model) || has(target.quirks, llm::Quirks::max_completion_tokens)
                ? "max_completion_tokens"
                : "max_tokens")
        .integer(*request.max_tokens);
  if (target.traits.refuses_sampling) {
    lose(request.temperature, "refused by the model", losses);
    lose(request.top_p, "refused by the model", losses);
  } else {
    if (request.temperature) out.key("temperature").number(*request.temperature);
    if (request.top_p) out.key("top_p").number(*request.top_p);
  }
  lose(request.top_k, "no top_k", losses);
  if (request.frequency_penalty) out.key("frequency_penalty").number(*request.frequency_penalty);
  if (request.presence_penalty) out.key("presence_penalty").number(*request.presence_penalty);
  if (request.seed) out.member("seed", *request.seed);
  if (request.candidates && *request.candidates != 1) out.member("n", *request.candidates);
  if (request.logprobs) out.member("logprobs", *request.logprobs);
  if (request.top_logprobs) out.member("top_logprobs", *request.top_logprobs);
}

void write_stop(Writer& out, const ChatRequest& request, Losses& losses) {
  if (!request.stop) return;
  const std::vector<std::string>& words = *request.stop;
  out.key("stop").begin_array();
  for (std::size_t i = 0; i < std::min(words.size(), kStopsMax); ++i) out.string(words[i]);
  out.end_array();
  if (words.size() > kStopsMax) losses.add(request.stop.path, "more than 4");
}

void write_reasoning(Writer& out, const ChatRequest& request, const EncodeTarget& target, Losses& losses) {
  const llm::Reasoning& reasoning = request.reasoning;
  if (reasoning.level == Level::unset || reasoning.level == Level::automatic) return;
  if (target.traits.thinking == llm::ModelTraits::Thinking::none) {
    if (reasoning.level != Level::off) losses.add(reasoning.path, "no reasoning");
    return;
  }
  const std::string_view effort = effort_for(reasoning.level, target.traits);
  if (effort != llm::name_of(reasoning.level)) losses.add(reasoning.path, "nearest level");
  out.member("reasoning_effort", effort);
}

/// [a-zA-Z0-9_-]{1,64}, which a format must have.
std::string schema_name(const llm::OutputFormat& output) {
  std::string name = output.name;
  if (name.empty()) name = json::View::of(output.schema)["title"].string().value_or("");
  name.resize(std::min(name.size(), kSchemaNameMax));
  for (char& c : name)
    if (!llm::is_legal_call_id({&c, 1}, 1)) c = '_';
  return name.empty() ? "response" : name;
}

/// Only what the client said, where it said something; else what OpenAI would take.
std::optional<bool> strictness(const ChatRequest& request, Losses& losses) {
  const llm::OutputFormat& output = request.output;
  if (output.strict == false) return false;
  const bool can = llm::is_strict(output.schema);
  if (output.strict == true && !can) losses.add(at(output.path, "strict"), "not strict");
  if (!output.strict && request.dialect == llm::Dialect::openai_responses) return std::nullopt;
  return can;
}

void write_format(Writer& out, const ChatRequest& request, Losses& losses) {
  const llm::OutputFormat& output = request.output;
  using Kind = llm::OutputFormat::Kind;
  if (output.kind == Kind::text) return;
  out.key("response_format").begin_object();
  if (output.kind == Kind::json) {
    out.member("type", "json_object").end_object();
    return;
  }
  const auto strict = strictness(request, losses);
  const auto form = strict == true ? llm::SchemaTarget::openai_strict : llm::SchemaTarget::openai;
  out.member("type", "json_schema").key("json_schema").begin_object();
  out.member("name", schema_name(output));
  if (!output.description.empty()) out.member("description", output.description);
  out.key("schema").raw(llm::schema_for(form, output.schema, at(output.path, "schema"), losses));
  if (strict) out.member("strict", *strict);
  out.end_object().end_object();
}

void write_end_user(Writer& out, const ChatRequest& request, const EncodeTarget& target) {
  if (!request.end_user) return;
  std::string user = *request.end_user;
  if (user.size() > kEndUserBytesMax) {
    const crypto::Sha256 digest = crypto::sha256(user);
    user = crypto::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  }
  out.key(is_openai_model(target.model) ? "safety_identifier" : "user").string(user);
}

void write_rest(Writer& out, const ChatRequest& request, const EncodeTarget& target, Losses& losses) {
  write_end_user(out, request, target);
  if (request.cache_key) out.member("prompt_cache_key", *request.cache_key);
  if (request.verbosity) out.member("verbosity", *request.verbosity);
  if (request.service_tier && *request.service_tier != "auto") {
    if (is_openai_model(target.model))
      out.member("service_tier", *request.service_tier);
    else
      losses.add(request.service_tier.path, "no tiers");
  }
  // OpenAI takes metadata only for answers that it stores.
  if (request.metadata) losses.note(request.metadata.path, "not stored");
  if (request.reasoning.show == llm::Reasoning::Show::summary)
    losses.note(request.reasoning.path, "shown as the host does");
  if (request.store && *request.store) losses.add(request.store.path, "not stored");
}

}  // namespace

bool is_openai_model(std::string_view model) {
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  const auto begins = [&](std::string_view prefix) { return model.starts_with(prefix); };
  return (begins("gpt-") && !begins("gpt-oss")) || begins("chatgpt-") || begins("o1") || begins("o3") || begins("o4");
}

Result<llm::EncodedRequest> encode_request(const ChatRequest& request, const EncodeTarget& target, Losses& losses) {
  llm::EncodedRequest encoded{.path = std::string(kPath)};
  Writer out(encoded.body, bytes_likely(request));
  out.begin_object();
  out.member("model", target.model);
  AIGW_TRY(write_messages(out, request, target, losses));
  if (request.stream) {
    out.member("stream", true);
    out.key("stream_options").begin_object().member("include_usage", true).end_object();
  }
  AIGW_TRY(write_tools(out, request, losses));
  write_format(out, request, losses);
  write_reasoning(out, request, target, losses);
  write_limits(out, request, target, losses);
  write_stop(out, request, losses);
  write_rest(out, request, target, losses);
  out.end_object();
  return encoded;
}

}  // namespace aigw::adapters::openai_chat
