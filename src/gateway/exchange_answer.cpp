// Exchange's answers that are whole, refusals among them, and the row that each request ends in.

#include "base/text.hpp"
#include "gateway/exchange_script.hpp"
#include "http/content_coding.hpp"
#include "policy/price.hpp"

#include <algorithm>

namespace aigw::gateway {

using Kind = Event::Kind;

constexpr std::size_t kLostBytesMax = 512;  // of the journal's record

/// Some providers quote the key they refuse. Ours stays ours.
void hide_key(std::string& body, const Secret& key) {
  if (key.empty()) return;
  const auto hide = [&](std::string_view secret) {
    for (auto at = body.find(secret); at != std::string::npos; at = body.find(secret, at))
      body.replace(at, secret.size(), "[redacted]");
  };
  hide(key.reveal());
  // "ID:SECRET" comes in pieces.
  constexpr std::size_t kPieceBytesMin = 8;
  for (const std::string_view piece : text::split(key.reveal(), ':'))
    if (piece.size() >= kPieceBytesMin) hide(piece);
}

void Exchange::add_target_headers(HeadBuilder& head) const {
  head.add("x-request-id", id_text()).add("x-aigw-provider", target_.provider->name);
  if (!target_.model.empty()) {
    const bool plain = std::ranges::all_of(target_.model, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (plain) head.add("x-aigw-model", target_.model);
  }
  head.add("x-aigw-attempts", std::to_string(attempts_.size()));
  if (!translation_) return;
  if (!translation_->losses().empty()) head.add("x-aigw-lost", translation_->losses().header());
  if (const auto theirs = answer_head_->headers.get("x-request-id")) head.add("x-aigw-upstream-request-id", *theirs);
  if (codec_->dialect() == llm::Dialect::anthropic_messages) head.add("request-id", id_text());
}

/// The provider's own fields where the body is its own, ours where it was translated.
void Exchange::add_answer_head(HeadBuilder& head) const {
  if (!translation_ && !reframer_)
    head.pass(answer_head_->headers);
  else if (!translation_)
    head.pass(answer_head_->headers, BodyOrigin::gateway).add("content-type", "text/event-stream");
  else
    head.add("content-type", relay_ ? translation_->stream_type() : "application/json");
}

void Exchange::add_cost(HeadBuilder& head) const {
  if (!row_.cost) return;
  std::string usd = std::to_string(row_.cost->value);
  if (usd.size() < 10) usd.insert(0, 10 - usd.size(), '0');
  head.add("x-aigw-cost-usd", usd.insert(usd.size() - 9, 1, '.'));
}

void Exchange::price() {
  const llm::Operation operation = route_.surface->operation;
  if (operation == llm::Operation::count_tokens || operation == llm::Operation::list_models ||
      operation == llm::Operation::get_model) {
    row_.cost = NanoUsd{0};  // by nature, whatever the provider's prices
    return;
  }
  if (!answer_facts_.usage) return;
  row_.tokens = answer_facts_.usage;
  row_.usage_source = ledger::UsageSource::provider;
  auto price = snapshot_->price(*target_.provider, target_.model);
  if (!price && !answer_facts_.model_served.empty())
    price = snapshot_->price(*target_.provider, answer_facts_.model_served);
  if (!price) return;
  if (const auto cost = policy::cost(*answer_facts_.usage, *price)) row_.cost = *cost;
}

/// One row, once. Without an `open` before it the driver makes the reservation.
Script Exchange::settle(ledger::Outcome outcome, int status, std::string_view error) {
  if (settled_ || !key_) co_return;
  settled_ = true;
  row_error_ = error;
  if (relay_ && relay_->tap()) answer_facts_ = relay_->tap()->facts();
  price();
  row_.id = id_;
  row_.key = key_->id;
  row_.client_dialect = codec_->dialect();
  row_.operation = route_.surface->operation;
  row_.stream = facts_.stream;
  row_.outcome = outcome;
  row_.status = status;
  row_.latency_us = micros(received_at_, event_->now == Instant{} ? received_at_ : event_->now);
  row_.bytes_in = static_cast<std::int64_t>(wire_body_.size());
  row_.model_requested = facts_.model;
  if (target_.provider) {
    row_.provider = target_.provider->name;
    row_.provider_dialect = target_.endpoint->dialect;
    row_.credential = target_.provider->credential;
    row_.model_served =
        answer_facts_.model_served.empty() ? std::string_view(target_.model) : answer_facts_.model_served;
  }
  row_.error = row_error_;
  row_.attempts = attempts_;
  if (translation_) row_lost_ = translation_->losses().lines(kLostBytesMax);
  row_.lost = row_lost_;
  step_.settled = &row_;
  const Event& recorded = co_await perform(Step::Kind::record_settled);
  if (recorded.kind == Kind::failed) refusal_ = *recorded.error;
}

Error Exchange::refused_key() const {
  const std::string& name = target_.provider->name;
  return make_error(ErrorKind::upstream_auth,
                    "the provider '" + name + "' refused the key that this gateway holds for it (HTTP " +
                        std::to_string(answer_head_->status) + ")",
                    "Store a valid one with `aigw keys add " + name + "`");
}

/// What a provider's answer that may not be relayed means to the client.
Error Exchange::upstream_failure(std::string_view body) const {
  const int status = answer_head_->status;
  const std::string name = "the provider '" + target_.provider->name + "'";
  if (status == 401) return refused_key();
  if (status >= 300 && status < 400)
    return make_error(ErrorKind::upstream_invalid, name + " answered with a redirect, which is never followed",
                      "Correct its base URL: see `aigw providers list`");
  if (status >= 400)
    return make_error(ErrorKind::upstream_error,
                      name + " answered HTTP " + std::to_string(status) + " without an error of its dialect",
                      "Try again later; if it stays so, check its base URL: `aigw providers list`");
  if (!answer_facts_.error_type.empty())
    return make_error(ErrorKind::upstream_error,
                      name + " answered 200 with an error inside (" + answer_facts_.error_type + ")");
  return make_error(
      ErrorKind::upstream_invalid,
      name + (body.empty() ? " answered with an empty body" : " answered with a body that is no answer of this kind"),
      "Check its base URL and dialect: `aigw probe " + target_.provider->name + "`");
}

/// An error of the cloud itself, before the dialect that it hosts had a say.
std::optional<llm::ProviderError> Exchange::error_of_cloud(std::string_view body) const {
  const bool is_of_dialect = !answer_facts_.error_type.empty() && answer_facts_.error_type != "error";
  if (!target_.endpoint->hosting || is_of_dialect) return std::nullopt;
  return translator().decode_error(answer_head_->status, body, answer_head_->headers);
}

Script Exchange::settle_and_answer_whole() {
  int status = answer_head_->status;
  const bool success = status >= 200 && status < 300;
  std::string_view readable = answer_;
  std::string decoded;
  if (const auto coding = answer_head_->headers.get("content-encoding"); coding && *coding != "identity") {
    auto plain = http::decode_body(*coding, answer_, gateway_.settings.answer_bytes_max);
    if (plain) decoded = *std::move(plain);
    readable = decoded;
  }
  const bool post = head_.method == http::Method::post;
  const auto answer = json::scan_answer(readable);
  if (answer && (post || route_.surface->operation == llm::Operation::list_models))
    answer_facts_ = codec_->read_answer(route_.surface->operation, *answer);
  // An error page of something in between (a CDN, a proxy) says nothing that a client could read.
  const bool media = llm::is_media(route_.surface->operation);
  const bool page = !success && post && !answer;
  const auto of_cloud = !success && post && answer ? error_of_cloud(readable) : std::nullopt;
  if (!success) {
    answer_facts_.usage.reset();
    if (page) answer_ = codec_->encode_error(upstream_failure(readable), id_text());
    if (of_cloud) {
      if (of_cloud->refuses_key()) refusal_ = refused_key();
      answer_ = translator().encode_provider_error(*of_cloud, id_text());
      answer_facts_.error_type = of_cloud->type;
      status = translator().status_of(*of_cloud);
    }
    if (!page) hide_key(answer_, target_.credential());
    readable = {};  // it may have moved
  }

  const bool is_answer = answer_facts_.is_answer || (media && !answer_.empty());
  const bool garbage = success && post && (!is_answer || !answer_facts_.error_type.empty());
  if (!refusal_ && (status == 401 || (status >= 300 && status < 400) || garbage)) refusal_ = upstream_failure(readable);
  if (refusal_) {
    answer_facts_.usage.reset();
    co_await refuse();
    co_return;
  }
  row_.bytes_out = terms_.head_only ? 0 : static_cast<std::int64_t>(answer_.size());
  std::string error;
  if (!success) {
    error = "upstream_error: HTTP " + std::to_string(answer_head_->status);
    if (!answer_facts_.error_type.empty()) error.append(" ").append(answer_facts_.error_type.substr(0, 64));
  }
  co_await settle(success ? ledger::Outcome::succeeded : ledger::Outcome::failed, status, error);
  if (refusal_) {
    co_await refuse();
    co_return;
  }
  HeadBuilder head(out_, status, terms_);
  const bool ours = page || of_cloud;
  head.pass(answer_head_->headers, ours ? BodyOrigin::gateway : BodyOrigin::provider);
  if (ours) head.add("content-type", "application/json");
  add_target_headers(head);
  add_cost(head);
  head.end(BodyFraming::length, answer_.size());
  const std::string_view shown = terms_.head_only ? std::string_view{} : answer_;
  const Event& sent = co_await send(out_, shown);
  client_gone_ = sent.kind == Kind::client_gone;
}

/// The provider's whole answer, or its error, in the client's dialect.
Script Exchange::settle_and_answer_translated() {
  const int provider_status = answer_head_->status;
  const bool success = provider_status >= 200 && provider_status < 300;
  if (provider_status == 401 || (provider_status >= 300 && provider_status < 400)) {
    refusal_ = upstream_failure(answer_);
    co_await refuse();
    co_return;
  }
  int status = 200;
  std::string_view type = "application/json";
  std::string words;
  Translation::ErrorAnswer failure;
  if (success) {
    auto answer = facts_.stream ? translation_->answer_as_stream(answer_) : translation_->answer(answer_);
    if (!answer) {
      refusal_ = std::move(answer).error().within("the provider '" + target_.provider->name + "'");
      co_await refuse();
      co_return;
    }
    answer_facts_ = std::move(answer->facts);
    answer_ = std::move(answer->body);
    if (facts_.stream) type = translation_->stream_type();
  } else {
    failure = translation_->error(provider_status, answer_, answer_head_->headers);
    if (failure.refuses_key) {
      refusal_ = refused_key();
      co_await refuse();
      co_return;
    }
    status = failure.status;
    answer_ = std::move(failure.body);
    hide_key(answer_, target_.credential());
    words = "upstream_error: HTTP " + std::to_string(provider_status);
    if (!failure.type.empty()) words.append(" ").append(failure.type.substr(0, 64));
  }
  row_.bytes_out = static_cast<std::int64_t>(answer_.size());
  co_await settle(success ? ledger::Outcome::succeeded : ledger::Outcome::failed, status, words);
  if (refusal_) {
    co_await refuse();
    co_return;
  }
  HeadBuilder head(out_, status, terms_);
  head.add("content-type", type);
  add_target_headers(head);
  if (failure.retry_after_s) head.add("retry-after", std::to_string(*failure.retry_after_s));
  if (failure.retry_is_useless) head.add("x-should-retry", "false");
  add_cost(head);
  head.end(BodyFraming::length, answer_.size());
  const Event& sent = co_await send(out_, answer_);
  client_gone_ = sent.kind == Kind::client_gone;
}

/// A count that no provider can be asked for.
Script Exchange::answer_estimate() {
  row_.usage_source = ledger::UsageSource::estimated;
  answer_ = *translation_->estimate();
  row_.bytes_out = static_cast<std::int64_t>(answer_.size());
  co_await settle(ledger::Outcome::succeeded, 200, {});
  if (refusal_) {
    co_await refuse();
    co_return;
  }
  HeadBuilder head(out_, 200, terms_);
  head.add("content-type", "application/json").add("x-aigw-estimated", "1").add("x-request-id", id_text());
  head.end(BodyFraming::length, answer_.size());
  const Event& sent = co_await send(out_, answer_);
  client_gone_ = sent.kind == Kind::client_gone;
}

/// Answers with refusal_ in the client's dialect, with its row when the caller is known.
Script Exchange::refuse() {
  const Error error = *std::move(refusal_);
  const bool ours_to_refuse = error.source() == ErrorSource::client || !opened_;
  const int status = codec_->status_of(error);
  own_status_ = status;
  refused_for_ = error.kind;
  // A client's mistake may quote what it sent; the ledger keeps the code alone.
  std::string words(error.code());
  if (error.source() != ErrorSource::client) words.append(": ").append(error.message);
  co_await settle(ours_to_refuse ? ledger::Outcome::refused : ledger::Outcome::failed, status, words);
  ClientTerms terms = terms_;
  terms.keep_alive = keep_alive_;
  // What we could not read for sure may have left bytes behind that are no request; a CONNECT is followed by a
  // tunnel's.
  if (error.kind == ErrorKind::bad_http || head_.method == http::Method::connect)
    terms.keep_alive = keep_alive_ = false;
  out_ = error_answer(*codec_, error, id_text(), terms, route_.allow);
  const Event& sent = co_await send(out_);
  client_gone_ = sent.kind == Kind::client_gone;
}

}  // namespace aigw::gateway
