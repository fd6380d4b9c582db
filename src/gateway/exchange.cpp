#include "gateway/exchange.hpp"

#include "base/text.hpp"
#include "http/content_coding.hpp"
#include "policy/price.hpp"

#include <algorithm>

namespace aigw::gateway {
namespace {

using std::chrono::seconds;
using Kind = Event::Kind;

constexpr auto kAfterClosing = seconds(2);  // for the provider's framing to end behind its last event

policy::CredentialFields credential_fields(const http::RequestHead& head, std::string_view query) {
  return {.authorization = head.headers.get("authorization").value_or(""),
          .x_api_key = head.headers.get("x-api-key").value_or(""),
          .x_goog_api_key = head.headers.get("x-goog-api-key").value_or(""),
          .api_key = head.headers.get("api-key").value_or(""),
          .query_key = http::query_value(query, "key")};
}

/// application/json, in UTF-8 when a charset is named. @errors unsupported_media_type
Status check_media_type(const http::Headers& headers) {
  const auto refused = [] {
    return make_error(ErrorKind::unsupported_media_type, "the body is not said to be JSON",
                      "Send it with \"content-type: application/json\"");
  };
  if (headers.count("content-type") != 1) return refused();
  if (headers.get("content-type") == "application/json") return {};
  std::string value = text::to_lower(*headers.get("content-type"));
  std::erase_if(value, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
  const auto parts = text::split(value, ';');
  if (parts.front() != "application/json") return refused();
  for (const std::string_view part : std::span(parts).subspan(1))
    if (part.starts_with("charset=") && part != "charset=utf-8") return refused();
  return {};
}

Status check_single_credentials(const http::Headers& headers) {
  for (const std::string_view name : {"authorization", "x-api-key", "x-goog-api-key", "api-key"})
    if (headers.count(name) > 1)
      return make_error(ErrorKind::bad_http, "the header '" + std::string(name) + "' stands twice", "Send it once");
  return {};
}

/// Some providers quote the key they refuse. Ours stays ours.
void hide_key(std::string& body, const Secret& key) {
  if (key.empty()) return;
  for (auto at = body.find(key.reveal()); at != std::string::npos; at = body.find(key.reveal(), at))
    body.replace(at, key.reveal().size(), "[redacted]");
}

std::uint32_t micros(Instant from, Instant to) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros_between(from, to), 0, UINT32_MAX));
}

}  // namespace

// g++ 12 destroys temporaries of a `co_await` expression twice when they come out of a conditional: name them first.

/// Awaiting it hands step_ to the driver; the event comes back.
struct Exchange::Perform {
  Exchange& exchange;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> script) noexcept { exchange.waiting_ = script; }
  const Event& await_resume() const noexcept { return *exchange.event_; }
};

Exchange::Perform Exchange::perform(Step::Kind kind) {
  step_.kind = kind;
  return {*this};
}

template <class... Pieces>
Exchange::Perform Exchange::send(const Pieces&... pieces) {
  step_.piece_count = 0;
  const auto add = [this](std::string_view piece) {
    if (!piece.empty()) step_.pieces[step_.piece_count++] = piece;
  };
  (add(pieces), ...);
  return perform(Step::Kind::send);
}

Exchange::Exchange(const Gateway& gateway, RequestId id, const http::RequestHead& head, ClientTerms terms,
                   Instant received_at, policy::LastCaller* last_caller)
    : gateway_(gateway),
      snapshot_(gateway.snapshot.get()),
      id_(id),
      id_chars_(id.chars()),
      head_(head),
      terms_(terms),
      received_at_(received_at),
      keep_alive_(terms.keep_alive) {
  auto where = http::parse_target(head);
  if (where) where_ = *std::move(where);
  codec_ = (*gateway.codecs)[dialect_for(*gateway.codecs, where_.path, head.headers)];
  const auto admit = [&]() -> Status {
    if (!where) return std::move(where).error();
    AIGW_TRY(http::check_host(where_.authority, gateway.settings.hosts));
    AIGW_TRY(http::check_origin(head, where_.authority));
    route_ = match(gateway, *snapshot_, head.method, where_.path);
    switch (route_.kind) {
      case Route::Kind::none:
        return make_error(ErrorKind::not_found, "there is nothing at this path",
                          "Clients use /v1/chat/completions, /v1/messages, /v1/embeddings or /v1/models");
      case Route::Kind::wrong_method:
        return make_error(ErrorKind::method_not_allowed, "this path does not take the method " + head.method_text,
                          "Use " + std::string(route_.allow));
      case Route::Kind::surface:
        break;
      case Route::Kind::metrics:
        if (gateway.settings.metrics == MetricsAccess::with_key) break;
        return {};
      default:
        return {};
    }
    AIGW_TRY(check_single_credentials(head.headers));
    AIGW_TRY_ASSIGN(key_, policy::authenticate(*snapshot_, credential_fields(head, where_.query), last_caller));
    return {};
  };
  if (auto admitted = admit(); !admitted) refusal_ = std::move(admitted).error();
}

const Step& Exchange::start(std::string_view body, ServerState state) {
  wire_body_ = body;
  state_ = state;
  script_ = run();
  script_.handle().resume();
  return step_;
}

const Step& Exchange::start_refused(Error error) {
  refusal_ = std::move(error);
  keep_alive_ = false;
  return start({}, ServerState::ready);
}

const Step& Exchange::next(const Event& event) {
  event_ = &event;
  waiting_.resume();
  return step_;
}

Script Exchange::run() {
  if (refusal_)
    co_await refuse();
  else if (route_.kind != Route::Kind::surface)
    co_await run_local();
  else if (head_.method != http::Method::post && !route_.provider)
    co_await run_models();
  else
    co_await run_surface();
  step_.keep_alive = keep_alive_ && !client_gone_;
  co_await perform(Step::Kind::finish);
}

Script Exchange::run_local() {
  std::string body;
  std::string_view type = "application/json";
  int status = 200;
  if (route_.kind == Route::Kind::options) {
    status = 204;
  } else if (route_.kind == Route::Kind::metrics) {
    body = gateway_.metrics();
    type = "text/plain; version=0.0.4; charset=utf-8";
  } else if (route_.kind == Route::Kind::ready) {
    status = state_ == ServerState::ready ? 200 : 503;
    body = ready_body(gateway_, state_, where_.query);
  } else if (route_.kind == Route::Kind::root) {
    body = R"({"name":"aigw","version":")" + std::string(gateway_.version) + "\"}";
  } else {
    body = R"({"status":"ok"})";
  }
  own_status_ = status;
  HeadBuilder head(out_, status, terms_);
  if (!body.empty()) head.add("content-type", type);
  head.add("x-request-id", id_text()).end(BodyFraming::length, body.size());
  const std::string_view shown = terms_.head_only ? std::string_view{} : body;
  co_await send(out_, shown);
}

Script Exchange::run_models() {
  std::vector<llm::ModelView> models;
  for (const policy::Provider& provider : snapshot_->providers) {
    if (!provider.speaks(codec_->dialect()) && gateway_.codecs->translators.empty()) continue;
    const auto add = [&](std::string_view id) {
      llm::ModelView view{.id = id, .owner = provider.name};
      if (const llm::ModelFact* fact = gateway_.registry->model(provider.pricing.listed_as, id)) {
        view.context_tokens_max = fact->context_tokens_max;
        view.output_tokens_max = fact->output_tokens_max;
        view.capabilities = fact->capabilities;
      }
      if (const auto price = snapshot_->price(provider, id)) {
        view.input_pico_usd = price->input.value;
        view.output_pico_usd = price->output.value;
      }
      models.push_back(view);
    };
    if (provider.models)
      for (const std::string& id : *provider.models) add(id);
    else if (provider.well_known)
      for (const llm::ModelFact& fact : gateway_.registry->models)
        if (fact.provider == provider.name) add(fact.id);
    for (const auto& [id, price] : provider.prices) add(id);  // what has a price is meant to be used
  }
  std::ranges::sort(models, {}, &llm::ModelView::id);
  const auto same = std::ranges::unique(models, {}, &llm::ModelView::id);
  models.erase(same.begin(), same.end());

  std::string body;
  if (route_.surface->operation == llm::Operation::list_models) {
    body = codec_->encode_models(models);
  } else {
    const auto id = http::percent_decode(route_.tail);
    const auto found = id ? std::ranges::find(models, std::string_view(*id), &llm::ModelView::id) : models.end();
    if (found == models.end()) {
      refusal_ =
          make_error(ErrorKind::model_not_found, "no configured provider lists this model", "See GET /v1/models");
      refusal_->param = "model";
      co_await refuse();
      co_return;
    }
    body = codec_->encode_model(*found);
  }
  row_.bytes_out = static_cast<std::int64_t>(body.size());
  co_await settle(ledger::Outcome::succeeded, 200, {});
  if (refusal_) {
    co_await refuse();
    co_return;
  }
  HeadBuilder head(out_, 200, terms_);
  head.add("content-type", "application/json").add("x-request-id", id_text()).end(BodyFraming::length, body.size());
  const std::string_view shown = terms_.head_only ? std::string_view{} : body;
  co_await send(out_, shown);
}

Status Exchange::read_body() {
  if (head_.method != http::Method::post) {
    body_ = {};
    return {};
  }
  AIGW_TRY(check_media_type(head_.headers));
  if (head_.headers.count("content-encoding") > 1)
    return make_error(ErrorKind::unsupported_media_type, "several Content-Encoding fields",
                      "Send one coding: gzip or zstd");
  if (const auto coding = head_.headers.get("content-encoding")) {
    AIGW_TRY_ASSIGN(decoded_body_, http::decode_body(*coding, wire_body_, gateway_.settings.body_bytes_max));
    body_ = decoded_body_;
  } else {
    body_ = wire_body_;
  }
  AIGW_TRY_ASSIGN(json_, json::scan_object(body_));
  AIGW_TRY_ASSIGN(facts_, codec_->read_request(route_.surface->operation, json_));
  if (route_.surface->model_at != llm::Surface::ModelAt::body) AIGW_TRY(read_path_model());
  return {};
}

/// Gemini's path names the model and says whether the answer is a stream.
Status Exchange::read_path_model() {
  constexpr std::size_t kModelBytesMax = 256;
  AIGW_TRY_ASSIGN(facts_.model, http::percent_decode(route_.tail));
  const bool plain = std::ranges::all_of(facts_.model, [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (!plain || facts_.model.size() > kModelBytesMax) {
    Error error = make_error(ErrorKind::bad_request, "the model's name in the path is no name of a model");
    error.param = "model";
    return error;
  }
  facts_.stream = route_.surface->model_at == llm::Surface::ModelAt::path_streamed;
  if (facts_.stream && http::query_value(where_.query, "alt") != "sse")
    facts_.framing = llm::RequestFacts::Framing::json_array;
  return {};
}

Result<policy::Target> Exchange::find_target() const {
  using Others = policy::Wanted::Others;
  const bool translatable = route_.surface->operation == llm::Operation::chat && !gateway_.codecs->translators.empty();
  const policy::Wanted wanted{codec_->dialect(), translatable ? Others::translated : Others::refused};
  if (!route_.provider) return policy::route(*snapshot_, wanted, facts_.model);
  if (head_.method == http::Method::post) return policy::route_to(*route_.provider, wanted, facts_.model);
  // A model list is asked of whatever dialect the provider speaks.
  return policy::route_to(*route_.provider, {codec_->dialect(), Others::translated}, "");
}

Status Exchange::translate() {
  using Strict = Translation::Source::Strict;
  const std::string_view strict = head_.headers.get("x-aigw-strict").value_or("");
  const Translation::Source source{.dialect = codec_->dialect(),
                                   .body = &json_,
                                   .facts = &facts_,
                                   .id = id_text(),
                                   .now_s = id_.at().value / 1000,
                                   .strict = strict == "1" || strict == "true" ? Strict::yes : Strict::no};
  AIGW_TRY_ASSIGN(translation_, Translation::make(*gateway_.codecs, source, target_));
  plan_ = make_translated_plan(translation_->request(), target_);
  return {};
}

/// Everything that is decided before the first byte goes to a provider.
Status Exchange::prepare() {
  AIGW_TRY(read_body());
  AIGW_TRY_ASSIGN(target_, find_target());
  if (head_.method == http::Method::post && target_.endpoint->dialect != codec_->dialect()) {
    AIGW_TRY(translate());
  } else {
    const RequestView request{&head_, where_.query, body_, head_.method == http::Method::post ? &json_ : nullptr,
                              &facts_};
    plan_ = make_plan(request, route_, target_, *codec_);
  }
  open_ = {.id = id_,
           .key = key_->id,
           .client_dialect = codec_->dialect(),
           .operation = route_.surface->operation,
           .stream = facts_.stream,
           .reserved = {},
           .provider = target_.provider->name,
           .model_requested = facts_.model};
  step_.open = &open_;
  return {};
}

Script Exchange::run_surface() {
  if (auto prepared = prepare(); !prepared) {
    refusal_ = std::move(prepared).error();
    co_await refuse();
    co_return;
  }
  if (const Event& recorded = co_await perform(Step::Kind::record_open); recorded.kind == Kind::failed) {
    refusal_ = *recorded.error;
    co_await refuse();
    co_return;
  }
  opened_ = true;
  co_await call_upstream();
  if (client_gone_) {
    co_await perform(Step::Kind::abort_upstream);
    co_await settle(ledger::Outcome::aborted, 0, "client_gone");
  } else if (refusal_) {
    co_await refuse();
  } else if (relay_) {
    co_await relay_stream();
  } else if (translation_) {
    co_await settle_and_answer_translated();
  } else {
    co_await settle_and_answer_whole();
  }
}

/// Calls the target, once more when a kept connection turned out to be dead before any answer. Ends with an answer's
/// head and either a relay (a stream) or the whole answer, with refusal_, or with client_gone_.
Script Exchange::call_upstream() {
  UpstreamCall& call = step_.call;
  call.url = &target_.endpoint->url;
  call.reach = target_.provider->allow_private ? UpstreamCall::Reach::private_too : UpstreamCall::Reach::public_only;
  call.head = plan_.head;
  call.body = translation_        ? std::string_view(translation_->request().body)
              : plan_.edited_body ? std::string_view(*plan_.edited_body)
                                  : body_;
  call.answer_has_no_body = head_.method == http::Method::head;
  for (;;) {
    const Instant attempt_at = attempts_.empty() ? received_at_ : event_->now;
    const Event& answer = co_await perform(Step::Kind::call);
    if (call_ends_at_ == Instant::max()) call_ends_at_ = answer.now + gateway_.settings.total;
    ledger::Attempt attempt{.provider = target_.provider->name, .latency_us = micros(attempt_at, answer.now)};
    if (answer.kind == Kind::client_gone) {
      client_gone_ = true;
      attempt.error = code_of(ErrorKind::client_gone);
      attempts_.push_back(attempt);
      co_return;
    }
    if (answer.kind == Kind::failed) {
      attempt.error = answer.error->code();
      attempts_.push_back(attempt);
      if (answer.error->retry == Retry::reused_only && call.connection == UpstreamCall::Connection::any) {
        call.connection = UpstreamCall::Connection::fresh;
        continue;
      }
      refusal_ = *answer.error;
      co_return;
    }
    attempt.status = answer.head->status;
    attempts_.push_back(attempt);
    answer_head_ = answer.head;
    break;
  }
  co_await collect_whole();
}

bool Exchange::answer_is_stream(std::string_view first_bytes) const {
  if (answer_head_->status != 200 || head_.method != http::Method::post) return false;
  constexpr std::string_view kEventStream = "text/event-stream";
  const std::string_view type = answer_head_->headers.get("content-type").value_or("");
  if (text::equal_ignore_case(type.substr(0, kEventStream.size()), kEventStream)) return true;
  // Some servers stream under application/json.
  return facts_.stream &&
         (first_bytes.starts_with("data:") || first_bytes.starts_with("event:") || first_bytes.starts_with(": "));
}

/// Reads the whole answer, or stops at the first bytes of a stream and sets up its relay.
Script Exchange::collect_whole() {
  for (;;) {
    step_.wake_at = Instant::max();
    step_.fail_at = call_ends_at_;
    const Event& read = co_await perform(Step::Kind::read);
    if (read.kind == Kind::client_gone) {
      client_gone_ = true;
      co_return;
    }
    if (read.kind == Kind::failed) {
      refusal_ = *read.error;
      co_return;
    }
    if (answer_.empty() && !read.bytes.empty()) row_.ttft_us = micros(received_at_, read.now);
    if (answer_.size() + read.bytes.size() > gateway_.settings.answer_bytes_max) {
      co_await perform(Step::Kind::abort_upstream);
      refusal_ = make_error(ErrorKind::upstream_invalid, "the provider's answer is larger than the limit",
                            "Ask for less at once");
      co_return;
    }
    answer_.append(read.bytes);
    answer_ended_ = read.end;
    if (answer_is_stream(answer_)) {
      const std::string_view coding = answer_head_->headers.get("content-encoding").value_or("identity");
      if (translation_)
        relay_.emplace(translation_->stream());
      else
        relay_.emplace(coding == "identity" ? codec_->stream_tap(route_.surface->operation, facts_) : nullptr);
      co_return;
    }
    if (answer_ended_) co_return;
  }
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
  if (!translation_)
    head.pass(answer_head_->headers);
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
  step_.settled = &row_;
  const Event& recorded = co_await perform(Step::Kind::record_settled);
  if (recorded.kind == Kind::failed) refusal_ = *recorded.error;
}

/// What a provider's answer that may not be relayed means to the client.
Error Exchange::upstream_failure(std::string_view body) const {
  const int status = answer_head_->status;
  const std::string name = "the provider '" + target_.provider->name + "'";
  if (status == 401)
    return make_error(ErrorKind::upstream_auth, name + " refused the key that this gateway holds for it (HTTP 401)",
                      "Store a valid one with `aigw keys add " + target_.provider->name + "`");
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

Script Exchange::settle_and_answer_whole() {
  const int status = answer_head_->status;
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
  const bool page = !success && post && !answer;
  if (!success) {
    answer_facts_.usage.reset();
    if (page)
      answer_ = codec_->encode_error(upstream_failure(readable), id_text());
    else
      hide_key(answer_, target_.provider->key);
    readable = {};  // it may have moved
  }

  const bool garbage = success && post && (!answer_facts_.is_answer || !answer_facts_.error_type.empty());
  if (status == 401 || (status >= 300 && status < 400) || garbage) {
    refusal_ = upstream_failure(readable);
    answer_facts_.usage.reset();
    co_await refuse();
    co_return;
  }
  row_.bytes_out = terms_.head_only ? 0 : static_cast<std::int64_t>(answer_.size());
  std::string error;
  if (!success) {
    error = "upstream_error: HTTP " + std::to_string(status);
    if (!answer_facts_.error_type.empty()) error.append(" ").append(answer_facts_.error_type.substr(0, 64));
  }
  co_await settle(success ? ledger::Outcome::succeeded : ledger::Outcome::failed, status, error);
  if (refusal_) {
    co_await refuse();
    co_return;
  }
  HeadBuilder head(out_, status, terms_);
  head.pass(answer_head_->headers, page ? BodyOrigin::gateway : BodyOrigin::provider);
  if (page) head.add("content-type", "application/json");
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
    status = failure.status;
    answer_ = std::move(failure.body);
    hide_key(answer_, target_.provider->key);
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

/// Sends what the relay has ready, with our head before the first bytes.
Script Exchange::send_stream(bool last) {
  const std::string_view ready = relay_->pending();
  const bool chunked = terms_.version_minor >= 1;
  if (!committed_) {
    HeadBuilder head(out_, answer_head_->status, terms_);
    add_answer_head(head);
    add_target_headers(head);
    head.add("x-accel-buffering", "no").end(chunked ? BodyFraming::chunked : BodyFraming::until_close);
    keep_alive_ = keep_alive_ && chunked;
    committed_ = true;
    if (!row_.ttft_us) row_.ttft_us = micros(received_at_, event_->now);
  }
  row_.bytes_out += static_cast<std::int64_t>(ready.size());
  const std::string_view end = last && chunked ? kLastChunk : std::string_view{};
  const bool framed = chunked && !ready.empty();
  const std::string_view opening = framed ? chunk_line(ready.size(), chunk_line_) : std::string_view{};
  const std::string_view closing = framed ? "\r\n" : "";
  const Event& sent = co_await send(out_, opening, ready, closing, end);
  client_gone_ = sent.kind == Kind::client_gone;
  out_.clear();
  relay_->sent();
}

Script Exchange::relay_stream() {
  const Instant gate_until = event_->now + gateway_.settings.gate;
  Instant last_sent_at = event_->now;
  std::optional<Error> broken;
  if (auto fed = relay_->feed(answer_, answer_ended_ ? Relay::AtEnd::yes : Relay::AtEnd::no); !fed)
    broken = std::move(fed).error();
  for (;;) {
    if (!committed_ && relay_->failed_first()) {
      // The gate: the client has seen nothing yet, so the provider's error comes with a real status.
      auto [body, status] = relay_->tap()->error_body();
      co_await perform(Step::Kind::abort_upstream);
      if (status == 0) status = 502;
      hide_key(body, target_.provider->key);
      const std::string words = "upstream_error: " + relay_->tap()->facts().error_type.substr(0, 64);
      co_await settle(ledger::Outcome::failed, status, words);
      HeadBuilder head(out_, status, terms_);
      head.add("content-type", "application/json");
      add_target_headers(head);
      head.end(BodyFraming::length, body.size());
      const Event& sent = co_await send(out_, body);
      client_gone_ = sent.kind == Kind::client_gone;
      co_return;
    }
    if (answer_ended_ && !broken && !relay_->complete() && !relay_->failed())
      broken = make_error(ErrorKind::upstream_broken, "the provider's stream ended before its answer was complete");
    if (broken) break;

    const bool over = answer_ended_ || relay_->closed();
    if (over && !settled_) {
      // The last bytes wait for the record.
      std::string words;
      if (relay_->failed()) words = "upstream_error: " + relay_->tap()->facts().error_type.substr(0, 64);
      co_await settle(relay_->failed() ? ledger::Outcome::failed : ledger::Outcome::succeeded, 200, words);
      if (refusal_) {
        broken = *refusal_;
        break;
      }
    }
    const bool waited = !committed_ && event_->now >= gate_until;
    const bool open_gate = committed_ || relay_->has_content() || over || waited;
    if (open_gate && (!relay_->pending().empty() || answer_ended_ || waited)) {
      co_await send_stream(answer_ended_);
      last_sent_at = event_->now;
      if (client_gone_) break;
    }
    if (answer_ended_) co_return;

    step_.fail_at = call_ends_at_;
    step_.wake_at = committed_ ? last_sent_at + gateway_.settings.heartbeat : gate_until;
    if (relay_->closed()) step_.wake_at = last_sent_at + kAfterClosing;
    const Event& read = co_await perform(Step::Kind::read);
    if (read.kind == Kind::client_gone) {
      client_gone_ = true;
      break;
    }
    if (read.kind == Kind::failed) {
      broken = *read.error;
      if (relay_->closed()) break;
      // What is whole of the last event still goes out, then the error.
      (void)relay_->feed({}, Relay::AtEnd::no);
      break;
    }
    if (read.kind == Kind::elapsed) {
      if (relay_->closed()) {
        co_await perform(Step::Kind::abort_upstream);
        answer_ended_ = true;
        continue;
      }
      if (committed_ && relay_->tap()) {
        const std::string beat = relay_->tap()->heartbeat();
        const bool chunked = terms_.version_minor >= 1;
        const std::string_view opening = chunked ? chunk_line(beat.size(), chunk_line_) : std::string_view{};
        const std::string_view closing = chunked ? "\r\n" : "";
        const Event& sent = co_await send(opening, beat, closing);
        last_sent_at = event_->now;
        if (sent.kind == Kind::client_gone) {
          client_gone_ = true;
          break;
        }
      }
      continue;
    }
    answer_ended_ = read.end;
    if (auto fed = relay_->feed(read.bytes, read.end ? Relay::AtEnd::yes : Relay::AtEnd::no); !fed)
      broken = std::move(fed).error();
  }

  // Content came by: the answer has begun, and what is whole of it belongs to the client.
  if (!committed_ && !client_gone_ && relay_->has_content() && !refusal_) co_await send_stream(false);
  co_await perform(Step::Kind::abort_upstream);
  if (client_gone_) {
    co_await settle(ledger::Outcome::aborted, committed_ ? 200 : 0, "client_gone");
    co_return;
  }
  if (relay_->closed() && settled_ && !refusal_) {
    // The client has the dialect's last event; only the framing behind it broke.
    answer_ended_ = true;
    co_await send_stream(true);
    co_return;
  }
  if (!committed_) {
    refusal_ = std::move(broken);
    co_await refuse();
    co_return;
  }
  // After the commit point: an error event in the client's dialect, never a silent end.
  refused_for_ = broken->kind;
  const std::string words = std::string(broken->code()) + ": " + broken->message;
  co_await settle(ledger::Outcome::failed, 200, words);
  std::string last_words = relay_->tap() ? relay_->tap()->error_event(*broken, id_text()) : std::string();
  if (last_words.empty()) last_words = codec_->encode_stream_error(*broken, id_text());
  const std::string_view ready = relay_->pending();
  const bool chunked = terms_.version_minor >= 1;
  out_.assign(ready).append(last_words);
  const std::string_view opening = chunked ? chunk_line(out_.size(), chunk_line_) : std::string_view{};
  const std::string_view closing = chunked ? "\r\n0\r\n\r\n" : "";
  const Event& sent = co_await send(opening, out_, closing);
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
