#include "adapters/gemini_generate/conversation.hpp"
#include "adapters/gemini_generate/parts.hpp"
#include "adapters/gemini_generate/tool_writer.hpp"
#include "adapters/translation.hpp"
#include "base/crypto.hpp"
#include "llm/schema.hpp"

#include <algorithm>

namespace aigw::adapters::gemini_generate {
namespace {

using Level = llm::Reasoning::Level;
using Show = llm::Reasoning::Show;
using Thinks = llm::ModelTraits::Thinking;

constexpr std::int64_t kSeedMax = 2'147'483'647;
constexpr std::size_t kStopsMax = 5;
constexpr std::size_t kConfigBytes = 256;

/// "models/NAME" within a path; a slash in the name stays ("tunedModels/x").
std::string model_path(std::string_view model) {
  if (model.starts_with("models/")) model.remove_prefix(7);
  std::string out = model.starts_with("tunedModels/") ? "" : "models/";
  for (const char c : model) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~/@").find(c) != std::string_view::npos;
    if (is_plain)
      out += c;
    else
      out.append("%").append(crypto::to_hex({&c, 1}));
  }
  return out;
}

std::string_view thinking_level(Level level) {
  switch (level) {
    case Level::off:
    case Level::minimal:
    case Level::low:
      return "LOW";  // MINIMAL is an error on some models of the family
    case Level::medium:
      return "MEDIUM";
    case Level::high:
    case Level::xhigh:
    case Level::max:
      return "HIGH";
    case Level::unset:
    case Level::automatic:
      break;
  }
  return "";
}

class RequestEncoder {
 public:
  RequestEncoder(const llm::ChatRequest& request, const llm::EncodeTarget& target, llm::Losses& losses)
      : request_(request), target_(target), losses_(losses), conversation_(request, target, losses) {}

  Result<llm::EncodedRequest> run() {
    AIGW_TRY(conversation_.plan());
    llm::EncodedRequest out;
    out.path = "/v1beta/" + model_path(target_.model) +
               (request_.stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
    json::Writer body(out.body, bytes_likely(request_));
    body.begin_object();
    conversation_.write_system(body);
    body.key("contents");
    conversation_.write(body);
    AIGW_TRY(write_tools(body, request_, losses_));
    write_config(body);
    write_tier(body);
    body.end_object();
    tell_losses();
    return out;
  }

 private:
  void write_config(json::Writer& body) {
    std::string text;
    json::Writer out(text, kConfigBytes);
    out.begin_object();
    const std::size_t empty = text.size();
    write_sampling(out);
    write_output(out);
    write_thinking(out);
    if (text.size() == empty) return;
    out.end_object();
    body.key("generationConfig").raw(text);
  }

  void write_sampling(json::Writer& out) {
    if (request_.max_tokens) out.member("maxOutputTokens", *request_.max_tokens);
    if (request_.temperature) out.key("temperature").number(*request_.temperature);
    if (request_.top_p) out.key("topP").number(*request_.top_p);
    if (request_.top_k) out.member("topK", *request_.top_k);
    write_penalty(out, "presencePenalty", request_.presence_penalty);
    write_penalty(out, "frequencyPenalty", request_.frequency_penalty);
    if (request_.seed) {
      if (*request_.seed < 0 || *request_.seed > kSeedMax) losses_.add(request_.seed.path, "seed cut to 31 bits");
      out.member("seed", *request_.seed & kSeedMax);
    }
    if (request_.candidates && *request_.candidates > 1) out.member("candidateCount", *request_.candidates);
    if (request_.logprobs && *request_.logprobs) out.member("responseLogprobs", true);
    if (request_.top_logprobs && *request_.top_logprobs > 0) out.member("logprobs", *request_.top_logprobs);
    if (request_.stop) {
      if ((*request_.stop).size() > kStopsMax) losses_.add(request_.stop.path, "only the first 5");
      out.key("stopSequences").begin_array();
      for (std::size_t i = 0; i < std::min(kStopsMax, (*request_.stop).size()); ++i) out.string((*request_.stop)[i]);
      out.end_array();
    }
  }

  void write_penalty(json::Writer& out, std::string_view name, const llm::Param<double>& penalty) {
    if (!penalty || *penalty == 0) return;
    if (target_.traits.refuses_penalties)
      losses_.add(penalty.path, "the model has no penalties");
    else
      out.key(name).number(*penalty);
  }

  void write_output(json::Writer& out) {
    using Kind = llm::OutputFormat::Kind;
    const llm::OutputFormat& output = request_.output;
    if (output.kind == Kind::text) return;
    out.member("responseMimeType", "application/json");
    if (output.kind != Kind::schema) return;
    const std::string schema = llm::schema_for(llm::SchemaTarget::gemini, output.schema, output.path, losses_);
    if (!schema.empty()) out.key("responseJsonSchema").raw(schema);
  }

  void write_thinking(json::Writer& out) {
    const llm::Reasoning& reasoning = request_.reasoning;
    const bool is_asked = reasoning.level != Level::unset || reasoning.show == Show::summary;
    if (!is_asked) return;
    if (target_.traits.thinking == Thinks::none) {
      if (reasoning.level != Level::off) losses_.add(reasoning.path, "the model has no thinking");
      return;
    }
    std::string text;
    json::Writer config(text);
    config.begin_object();
    const std::size_t empty = text.size();
    if (target_.traits.thinking == Thinks::budget || (target_.traits.thinking == Thinks::unknown && is_budget()))
      write_budget(config);
    else
      write_level(config);
    if (shows_thoughts()) config.member("includeThoughts", true);
    if (text.size() == empty) return;
    config.end_object();
    out.key("thinkingConfig").raw(text);
  }

  bool is_budget() const { return request_.reasoning.budget_tokens || request_.reasoning.level == Level::off; }

  /// Clients that can show thoughts get them unless they said no, or say nothing in a dialect where that means no.
  bool shows_thoughts() const {
    const llm::Reasoning& reasoning = request_.reasoning;
    if (reasoning.show != Show::unset) return reasoning.show == Show::summary;
    const bool shows_unasked = request_.dialect != llm::Dialect::openai_responses && request_.dialect != kDialect;
    return reasoning.level != Level::off && shows_unasked;
  }

  void write_budget(json::Writer& out) {
    const llm::Reasoning& reasoning = request_.reasoning;
    if (reasoning.level == Level::unset) return;
    const llm::ModelTraits& traits = target_.traits;
    if (reasoning.level == Level::automatic) {
      out.member("thinkingBudget", -1);
      return;
    }
    if (reasoning.level == Level::off && traits.can_stop_thinking) {
      out.member("thinkingBudget", 0);
      return;
    }
    if (reasoning.level == Level::off) losses_.add(reasoning.path, "the model always thinks");
    std::int64_t budget = reasoning.budget_tokens.value_or(llm::budget_of_level(reasoning.level));
    if (traits.thinking_budget_max > 0) budget = std::min(budget, traits.thinking_budget_max);
    out.member("thinkingBudget", std::max(budget, traits.thinking_budget_min));
  }

  void write_level(json::Writer& out) {
    const llm::Reasoning& reasoning = request_.reasoning;
    const std::string_view level = thinking_level(reasoning.level);
    if (level.empty()) return;
    if (reasoning.level == Level::off) losses_.add(reasoning.path, "the model always thinks");
    if (reasoning.budget_tokens) losses_.add(reasoning.path, "budget as a level");
    out.member("thinkingLevel", level);
  }

  void write_tier(json::Writer& body) {
    if (!request_.service_tier) return;
    const std::string& tier = *request_.service_tier;
    if (has(target_.quirks, llm::Quirks::no_service_tier)) {
      if (tier != "auto" && tier != "default") losses_.add(request_.service_tier.path, "not asked for there");
      return;
    }
    if (tier == "flex" || tier == "priority")
      body.member("serviceTier", tier);
    else if (tier == "default")
      body.member("serviceTier", "standard");
    else if (tier != "auto")
      losses_.add(request_.service_tier.path, "no such tier");
  }

  void tell_losses() {
    if (request_.verbosity) losses_.add(request_.verbosity.path, "no verbosity");
    if (request_.end_user) losses_.note(request_.end_user.path, "no end user");
    if (request_.cache_key) losses_.note(request_.cache_key.path, "no cache key");
    if (request_.metadata) losses_.note(request_.metadata.path, "no metadata");
    if (request_.store && *request_.store) {
      if (request_.dialect == llm::Dialect::openai_responses)
        losses_.add(request_.store.path, "not stored");
      else
        losses_.note(request_.store.path, "not stored");
    }
    for (const llm::Turn& turn : request_.turns)
      for (const llm::Block& block : turn.blocks)
        if (block.cache_marker) losses_.note(block.path, "no breakpoints");
    for (const llm::Block& block : request_.system)
      if (block.cache_marker) losses_.note(block.path, "no breakpoints");
  }

  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  llm::Losses& losses_;
  Conversation conversation_;
};

}  // namespace

Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           llm::Losses& losses) {
  return RequestEncoder(request, target, losses).run();
}

}  // namespace aigw::adapters::gemini_generate
