#include "adapters/anthropic_messages/conversation.hpp"
#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/anthropic_messages/tools.hpp"
#include "adapters/translation.hpp"
#include "base/text.hpp"
#include "llm/schema.hpp"

#include <algorithm>

namespace aigw::adapters::anthropic_messages {
namespace {

using Level = llm::Reasoning::Level;
using Thinks = llm::ModelTraits::Thinking;

constexpr std::int64_t kMaxTokensOfUnknown = 4'096;
constexpr std::int64_t kMaxTokensDefault = 32'000;  // above, whole answers run into clients' timeouts
constexpr std::int64_t kBudgetMin = 1'024;
constexpr std::int64_t kMaxTokensForThinking = 1'536;
constexpr std::string_view kJsonLine = "Respond with a single JSON object and nothing else.";

class RequestEncoder {
 public:
  RequestEncoder(const llm::ChatRequest& request, const llm::EncodeTarget& target, llm::Losses& losses)
      : request_(request),
        target_(target),
        losses_(losses),
        conversation_(request, target, losses),
        tools_(request, target, losses) {}

  Result<llm::EncodedRequest> run() {
    if (request_.candidates && *request_.candidates > 1)
      return cannot_express(request_.candidates.path, "n: more than one choice", kDialect);
    AIGW_TRY(tools_.plan());
    AIGW_TRY(conversation_.plan());
    plan_max_tokens();
    plan_thinking();
    AIGW_TRY(plan_output());
    tell_losses();

    llm::EncodedRequest out{.path = "/v1/messages", .headers = "anthropic-version: 2023-06-01\r\n"};
    json::Writer writer(out.body, bytes_likely(request_));
    write(writer);
    return out;
  }

 private:
  enum class Thinking { unset, disabled, enabled, adaptive };

  void plan_max_tokens() {
    const std::int64_t cap = target_.traits.output_tokens_max;
    max_tokens_ = request_.max_tokens.value.value_or(cap > 0 ? std::min(cap, kMaxTokensDefault) : kMaxTokensOfUnknown);
  }

  void plan_thinking() {
    const llm::Reasoning& asked = request_.reasoning;
    if (asked.level == Level::unset) return;
    switch (target_.traits.thinking) {
      case Thinks::none:
        if (asked.level != Level::off) losses_.add(asked.path, "model has no thinking");
        return;
      case Thinks::adaptive:
        return plan_adaptive();
      case Thinks::unknown:
      case Thinks::budget:
      case Thinks::level:
        return plan_budget();
    }
  }

  void plan_adaptive() {
    const llm::Reasoning& asked = request_.reasoning;
    if (asked.level == Level::off) {
      if (target_.traits.can_stop_thinking) {
        thinking_ = Thinking::disabled;
      } else {
        losses_.add(asked.path, "model always thinks");
        effort_ = llm::name_of(Level::low);
      }
      return;
    }
    thinking_ = Thinking::adaptive;
    if (asked.level == Level::automatic) return;
    Level level = asked.level == Level::minimal ? Level::low : asked.level;
    if (level == Level::xhigh && !target_.traits.takes_xhigh_effort) level = Level::high;
    if (level != asked.level) losses_.note(asked.path, "nearest effort");
    effort_ = llm::name_of(level);
  }

  /// What rules thinking out is the harder wish each time: a pipeline parses the call, a client wrote the beginning.
  void plan_budget() {
    const llm::Reasoning& asked = request_.reasoning;
    if (asked.level == Level::off) return;
    if (tools_.is_forced()) return losses_.add(asked.path, "reasoning: forced tool");
    if (conversation_.is_prefill()) return losses_.add(asked.path, "reasoning: prefill");
    if (conversation_.last_call_lacks_thinking()) return losses_.add(asked.path, "reasoning: history has none");
    if (max_tokens_ < kMaxTokensForThinking) return losses_.add(asked.path, "reasoning: max_tokens too small");
    const std::int64_t wanted =
        asked.budget_tokens && *asked.budget_tokens > 0 ? *asked.budget_tokens : llm::budget_of_level(asked.level);
    budget_ = std::max(kBudgetMin, std::min(wanted, max_tokens_ / 4 * 3));
    if (asked.budget_tokens && *asked.budget_tokens > 0 && budget_ != wanted)
      losses_.note(asked.path, "budget clamped");
    thinking_ = Thinking::enabled;
  }

  bool thinks() const { return thinking_ == Thinking::enabled || thinking_ == Thinking::adaptive; }

  Status plan_output() {
    using Kind = llm::OutputFormat::Kind;
    const llm::OutputFormat& output = request_.output;
    if (output.kind == Kind::json) losses_.add(output.path, "json_object weakened");
    if (output.kind != Kind::schema) return {};
    if (const auto why = llm::unusable_root(output.schema))
      return cannot_express(output.path, "json schema: " + std::string(*why), kDialect);
    schema_ = llm::schema_for(llm::SchemaTarget::anthropic_output, output.schema, output.path, losses_);
    return {};
  }

  template <class T>
  void lose(const llm::Param<T>& param, std::string_view why = "no such option") {
    if (param) losses_.add(param.path, why);
  }
  void lose_penalty(const llm::Param<double>& penalty) {
    if (penalty && *penalty != 0) lose(penalty);
  }

  void tell_losses() {
    lose_penalty(request_.frequency_penalty);
    lose_penalty(request_.presence_penalty);
    lose(request_.seed);
    if (request_.logprobs && *request_.logprobs) lose(request_.logprobs);
    lose(request_.top_logprobs);
    lose(request_.verbosity);
    if (request_.store && *request_.store) {
      if (request_.dialect == llm::Dialect::openai_responses)
        lose(request_.store, "not stored");
      else
        losses_.note(request_.store.path, "not stored");
    }
    if (request_.cache_key) losses_.note(request_.cache_key.path, "no cache key");
    if (request_.metadata) losses_.note(request_.metadata.path, "no metadata");
    const auto& tier = request_.service_tier;
    if (tier && *tier != "default" && *tier != "auto") lose(tier, "no such tier");
  }

  void write(json::Writer& out) {
    CacheMarkers markers(tools_.cache_markers() + conversation_.cache_markers());
    out.begin_object();
    out.member("model", target_.model).member("max_tokens", max_tokens_);
    tools_.write(out, markers);
    write_system(out, markers);
    out.key("messages");
    conversation_.write(out, markers);
    write_thinking(out);
    write_sampling(out);
    write_stop(out);
    if (request_.end_user) out.key("metadata").begin_object().member("user_id", *request_.end_user).end_object();
    write_tier(out);
    if (request_.stream) out.member("stream", true);
    out.end_object();
  }

  void write_system(json::Writer& out, CacheMarkers& markers) const {
    const bool json_line = request_.output.kind == llm::OutputFormat::Kind::json;
    if (conversation_.system_blocks().empty() && !json_line) return;
    out.key("system").begin_array();
    for (const llm::Block* block : conversation_.system_blocks()) {
      out.begin_object().member("type", "text").member("text", block->as<llm::Text>()->text);
      markers.write(out, block->cache_marker);
      out.end_object();
    }
    if (json_line) out.begin_object().member("type", "text").member("text", kJsonLine).end_object();
    out.end_array();
  }

  void write_thinking(json::Writer& out) const {
    if (thinking_ != Thinking::unset) {
      out.key("thinking").begin_object();
      if (thinking_ == Thinking::disabled)
        out.member("type", "disabled");
      else if (thinking_ == Thinking::enabled)
        out.member("type", "enabled").member("budget_tokens", budget_);
      else
        out.member("type", "adaptive");
      // Budget models show a summary anyway.
      if (thinking_ == Thinking::adaptive && request_.reasoning.show == llm::Reasoning::Show::summary)
        out.member("display", "summarized");
      out.end_object();
    }
    if (effort_.empty() && schema_.empty()) return;
    out.key("output_config").begin_object();
    if (!effort_.empty()) out.member("effort", effort_);
    if (!schema_.empty())
      out.key("format").begin_object().member("type", "json_schema").key("schema").raw(schema_).end_object();
    out.end_object();
  }

  void write_sampling(json::Writer& out) {
    const auto& traits = target_.traits;
    const auto& temperature = request_.temperature;
    const auto& top_p = request_.top_p;
    const auto& top_k = request_.top_k;
    if (traits.refuses_sampling) {
      if (temperature && *temperature != 1) lose(temperature, "model refuses it");
      if (top_p && *top_p != 1) lose(top_p, "model refuses it");
      lose(top_k, "model refuses it");
      return;
    }
    const bool with_temperature = temperature && !(thinks() && *temperature != 1);
    if (with_temperature) {
      if (*temperature > 1) lose(temperature, "at most 1");
      out.key("temperature").number(std::min(*temperature, 1.0));
    } else {
      lose(temperature, "reasoning is on");
    }
    if (top_p && thinks() && *top_p < 0.95)
      lose(top_p, "reasoning is on");
    else if (top_p && with_temperature && traits.one_of_temperature_top_p)
      lose(top_p, "temperature is set");
    else if (top_p)
      out.key("top_p").number(*top_p);
    if (top_k && thinks())
      lose(top_k, "reasoning is on");
    else if (top_k)
      out.member("top_k", *top_k);
  }

  void write_stop(json::Writer& out) {
    if (!request_.stop) return;
    const auto is_blank = [](const std::string& text) { return text::trim(text).empty(); };
    if (std::ranges::any_of(*request_.stop, is_blank)) lose(request_.stop, "blank");
    if (std::ranges::all_of(*request_.stop, is_blank)) return;
    out.key("stop_sequences").begin_array();
    for (const std::string& text : *request_.stop)
      if (!is_blank(text)) out.string(text);
    out.end_array();
  }

  void write_tier(json::Writer& out) const {
    const auto& tier = request_.service_tier;
    if (tier && *tier == "default") out.member("service_tier", "standard_only");
    if (tier && *tier == "auto" && request_.dialect == kDialect) out.member("service_tier", "auto");
  }

  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  llm::Losses& losses_;
  Conversation conversation_;
  Tools tools_;
  std::int64_t max_tokens_ = 0;
  Thinking thinking_ = Thinking::unset;
  std::int64_t budget_ = 0;
  std::string_view effort_;
  std::string schema_;
};

}  // namespace

Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           llm::Losses& losses) {
  return RequestEncoder(request, target, losses).run();
}

}  // namespace aigw::adapters::anthropic_messages
