#include "gateway/translation.hpp"

#include "llm/embedder.hpp"
#include "llm/token_counter.hpp"
#include "llm/token_estimate.hpp"

#include <algorithm>

namespace aigw::gateway {
namespace {

using llm::EventKind;
using Kind = llm::ProviderError::Kind;

// Longer waits than the SDKs of a dialect put up with: anthropic-python sleeps whatever it is told, openai-python gives
// up above two minutes (measured 2026-11-23).
constexpr std::int64_t kAnthropicWaitMaxS = 60;
constexpr std::int64_t kWaitMaxS = 120;

llm::AnswerFacts facts_of(const llm::Answer& answer) {
  llm::AnswerFacts facts;
  facts.usage = answer.usage;
  facts.model_served = answer.model;
  facts.is_answer = true;
  return facts;
}

llm::ProviderError as_provider_error(const Error& error) {
  llm::ProviderError out;
  out.status = error.http_status();
  out.message = error.next.empty() ? error.message : error.message + ". " + error.next;
  out.code = error.code();
  out.kind = error.kind == ErrorKind::upstream_timeout   ? Kind::timeout
             : error.kind == ErrorKind::overloaded       ? Kind::overloaded
             : error.kind == ErrorKind::upstream_invalid ? Kind::malformed
             : error.kind == ErrorKind::upstream_broken  ? Kind::truncated
                                                         : Kind::server;
  return out;
}

}  // namespace

/// Between the relay and the translators: one event of the provider in, any number of the client's out.
class RewritingTap final : public llm::StreamTap {
 public:
  explicit RewritingTap(const Translation& translation)
      : translation_(translation),
        decoder_(translation.provider_->stream_decoder()),
        encoder_(translation.client_->stream_encoder(translation.context_)),
        ledger_(keeper_or_encoder(), &translation.names_) {
    if (translation.format_tool_) unwrapper_.emplace(ledger_, *translation.format_tool_);
  }

  EventKind on_event(const http::SseEvent& event) override {
    decoder_->on_event(event, decoded());
    return what_happened();
  }
  EventKind at_end() override {
    if (!ledger_.ended() && !ledger_.failure()) decoder_->at_end(decoded());
    return what_happened();
  }
  bool complete() const override { return ledger_.ended(); }
  std::pair<std::string, int> error_body() const override {
    if (!ledger_.failure()) return {};
    Translation::ErrorAnswer answer = translation_.error_answer(*ledger_.failure());
    return {std::move(answer.body), answer.status};
  }
  std::string heartbeat() const override { return encoder_->heartbeat(); }
  std::string error_event(const Error& error, std::string_view) override {
    encoder_->clear();
    ledger_.error(as_provider_error(error));
    return encoder_->take();
  }
  bool rewrites() const override { return true; }
  std::string take() override { return encoder_->take(); }

 private:
  llm::StreamSink& keeper_or_encoder() {
    if (!translation_.seals_) return *encoder_;
    return keeper_.emplace(*encoder_, *translation_.seals_);
  }
  llm::StreamSink& decoded() {
    if (unwrapper_) return *unwrapper_;
    return ledger_;
  }
  EventKind what_happened() {
    if (ledger_.used()) facts_.usage = ledger_.used();
    if (facts_.model_served.empty()) facts_.model_served = ledger_.model();
    if (ledger_.failure()) {
      const llm::ProviderError& failure = *ledger_.failure();
      facts_.error_type = !failure.type.empty() ? failure.type : !failure.code.empty() ? failure.code : "error";
      return EventKind::error;
    }
    if (ledger_.ended()) return EventKind::closing;
    return ledger_.has_content() ? EventKind::content : EventKind::notice;
  }

  const Translation& translation_;
  std::unique_ptr<llm::StreamDecoder> decoder_;
  std::unique_ptr<llm::StreamEncoder> encoder_;
  std::optional<llm::SealKeeper> keeper_;
  llm::BlockLedger ledger_;
  std::optional<llm::FormatSink> unwrapper_;
};

Result<std::unique_ptr<Translation>> Translation::make(const llm::Codecs& codecs, const Source& source,
                                                       const policy::Target& target) {
  std::unique_ptr<Translation> made(new Translation);
  made->client_ = codecs.translators[static_cast<std::size_t>(source.dialect)];
  made->provider_ = codecs.translators[static_cast<std::size_t>(target.endpoint->dialect)];
  made->body_ = source.body;
  made->model_ = target.model;
  if (source.operation == llm::Operation::embeddings) {
    made->embedder_ = codecs.embedder;
    AIGW_TRY_ASSIGN(made->encoded_,
                    made->embedder_->request(source.dialect, *source.body, target.model, made->losses_));
  } else {
    AIGW_TRY(made->encode_chat(codecs, source, target));
  }
  if (source.strict == Source::Strict::yes && !made->losses_.empty()) {
    const llm::Loss& first = made->losses_.losses().front();
    Error error =
        make_error(ErrorKind::bad_request,
                   first.path + ": " + first.reason + " (in " + std::string(llm::name_of(target.endpoint->dialect)) +
                       "), and the request is strict; all losses: " + made->losses_.header(),
                   "Leave it out, or allow losses with x-aigw-strict: 0: they are told in x-aigw-lost");
    error.param = first.path;
    return error;
  }
  made->context_ = {.request = made->request_ ? &*made->request_ : nullptr,
                    .request_id = source.id,
                    .provider = target.provider->name,
                    .created_s = source.now_s,
                    .framing = source.facts->framing == llm::RequestFacts::Framing::json_array
                                   ? llm::AnswerContext::Framing::json_array
                                   : llm::AnswerContext::Framing::sse};
  return made;
}

void Translation::ask_for_count(const policy::Target& target) {
  if (auto asked = counter_->request(provider_->dialect(), target.endpoint->hosting, target.model, encoded_))
    encoded_ = *std::move(asked);
  else
    estimate_ = counter_->write(client_->dialect(), llm::estimate_prompt_tokens(*request_));
}

Status Translation::encode_chat(const llm::Codecs& codecs, const Source& source, const policy::Target& target) {
  const json::Object* body = source.body;
  if (source.operation == llm::Operation::count_tokens) {
    counter_ = codecs.token_counter;
    const std::string_view chat = counter_->chat_request(source.dialect, *body);
    if (chat.data() != body->text().data()) {
      AIGW_TRY_ASSIGN(unwrapped_, json::scan_object(chat));
      body = &*unwrapped_;
    }
  }
  auto decoded = client_->decode_request(*body, source.facts->model, losses_);
  if (!decoded) return std::move(decoded).error();
  llm::ChatRequest& request = request_.emplace(*std::move(decoded));
  request.stream = source.facts->stream;
  // Gemini's own clients send parts back as they came, calls without an id among them.
  if (source.seals && source.dialect != llm::Dialect::gemini_generate && !counter_) {
    seals_ = {.table = source.seals,
              .owner = source.key,
              .provider = target.provider->name,
              .client = source.dialect,
              .request_id = source.id};
    llm::restore_seals(request, *seals_, target.endpoint->dialect);
  }
  goal_ = {.provider = target.provider->name,
           .model = target.model,
           .quirks = target.endpoint->quirks,
           .traits = codecs.traits(target.model)};
  names_ = llm::ToolNames::of(request, target.endpoint->dialect);
  if (source.strict == Source::Strict::no && !counter_) options_ = source.options;
  now_ = source.now;
  if (options_) leave_out_known();
  format_tool_ = llm::FormatTool::of(request, goal_.traits);
  if (options_) losses_before_ = losses_;
  AIGW_TRY_ASSIGN(encoded_, encode(losses_));
  if (counter_) ask_for_count(target);
  return {};
}

Result<llm::EncodedRequest> Translation::encode(llm::Losses& losses) const {
  if (names_.empty() && !format_tool_) return provider_->encode_request(*request_, goal_, losses);
  llm::ChatRequest changed = *request_;
  if (!names_.empty()) names_.apply(changed);
  if (format_tool_) format_tool_->apply(changed, losses);
  return provider_->encode_request(changed, goal_, losses);
}

bool Translation::leave_out(llm::Option option, llm::Losses& losses) {
  if (!llm::leave_out(option, *request_, losses)) return false;
  if (option == llm::Option::max_tokens_name) goal_.quirks = goal_.quirks | llm::Quirks::max_completion_tokens;
  return true;
}

void Translation::leave_out_known() {
  const llm::OptionSet known = options_->refused_by(goal_.provider, goal_.model, now_);
  if (known.empty()) return;
  for (unsigned option = 0; option < llm::OptionSet::kOptions; ++option)
    if (known.has(static_cast<llm::Option>(option))) leave_out(static_cast<llm::Option>(option), losses_);
}

bool Translation::amend(int status, std::string_view body, const http::Headers& headers) {
  llm::OptionMemory* const memory = std::exchange(options_, nullptr);
  if (!memory || (status != 400 && status != 422)) return false;
  const auto option = llm::refused_option(provider_->decode_error(status, body, headers));
  if (!option || !leave_out(*option, losses_before_)) return false;
  format_tool_ = llm::FormatTool::of(*request_, goal_.traits);
  llm::Losses losses = losses_before_;
  auto encoded = encode(losses);
  if (!encoded) return false;
  encoded_ = *std::move(encoded);
  losses_ = std::move(losses);
  if (*option != llm::Option::sealed_reasoning)
    memory->learn(goal_.provider, goal_.model, *option, now_);
  else if (seals_)
    llm::forget_seals(*request_, *seals_);
  return true;
}

Result<Translation::Whole> Translation::answer(std::string_view body) {
  if (counter_) {
    const auto tokens = counter_->read(provider_->dialect(), body);
    if (!tokens) return make_error(ErrorKind::upstream_invalid, "it answered with a body that holds no count");
    Whole count{.body = counter_->write(client_->dialect(), *tokens), .facts = {}};
    count.facts.is_answer = true;
    return count;
  }
  if (embedder_) {
    AIGW_TRY_ASSIGN(auto embedded, embedder_->answer(client_->dialect(), *body_, model_, body));
    return Whole{std::move(embedded.body), std::move(embedded.facts)};
  }
  AIGW_TRY_ASSIGN(llm::Answer answer, provider_->decode_answer(body));
  if (format_tool_) format_tool_->unwrap(answer);
  std::ranges::for_each(answer.candidates, llm::settle_finish);
  if (!names_.empty()) names_.restore(answer);
  if (seals_) llm::keep_seals(answer, *seals_);
  Whole out{.body = {}, .facts = facts_of(answer)};
  out.body = client_->encode_answer(answer, context_, losses_);
  return out;
}

Result<Translation::Whole> Translation::answer_as_stream(std::string_view body) {
  AIGW_TRY_ASSIGN(llm::Answer answer, provider_->decode_answer(body));
  if (format_tool_) format_tool_->unwrap(answer);
  if (seals_) llm::keep_seals(answer, *seals_);
  const auto encoder = client_->stream_encoder(context_);
  llm::BlockLedger ledger(*encoder, &names_);
  llm::replay(answer, ledger);
  return Whole{.body = encoder->take(), .facts = facts_of(answer)};
}

Translation::ErrorAnswer Translation::error_answer(const llm::ProviderError& error) const {
  ErrorAnswer out;
  out.status = client_->status_of(error);
  out.body = client_->encode_provider_error(error, context_.request_id);
  out.type = !error.type.empty() ? error.type : error.code;
  out.refuses_key = error.refuses_key();
  const std::int64_t wait_max_s =
      client_->dialect() == llm::Dialect::anthropic_messages ? kAnthropicWaitMaxS : kWaitMaxS;
  if (error.retry_after_ms) {
    out.retry_after_s = (*error.retry_after_ms + 999) / 1000;
    out.retry_is_useless = *out.retry_after_s > wait_max_s;
  }
  out.retry_is_useless = out.retry_is_useless || error.kind == Kind::quota;
  return out;
}

Translation::ErrorAnswer Translation::error(int status, std::string_view body, const http::Headers& headers) const {
  return error_answer(provider_->decode_error(status, body, headers));
}

std::unique_ptr<llm::StreamTap> Translation::stream() { return std::make_unique<RewritingTap>(*this); }

std::string_view Translation::stream_type() const {
  return context_.framing == llm::AnswerContext::Framing::json_array ? "application/json" : "text/event-stream";
}

}  // namespace aigw::gateway
