#include "base/text.hpp"
#include "gateway/exchange_script.hpp"
#include "gateway/model_list.hpp"
#include "http/content_coding.hpp"
#include "http/multipart.hpp"
#include "llm/embedder.hpp"
#include "llm/token_counter.hpp"

#include <algorithm>

namespace aigw::gateway {
namespace {

using Kind = Event::Kind;

constexpr std::chrono::milliseconds kTokenLookEvery{20};
constexpr std::chrono::seconds kTokenWaitMax{20};

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

}  // namespace

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
  const std::string_view path = where_.path.empty() ? std::string_view(head.target) : where_.path;
  codec_ = (*gateway.codecs)[dialect_for(*gateway.codecs, path, head.headers)];
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
        if (route_.surface->operation == llm::Operation::passthrough)
          codec_ = (*gateway.codecs)[route_.surface->dialect];
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
  else if (head_.method != http::Method::post && !route_.provider &&
           route_.surface->operation != llm::Operation::passthrough)
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
  const auto made = [&]() -> Result<std::string> {
    if (route_.surface->operation == llm::Operation::list_models)
      return list_models(gateway_, *snapshot_, *codec_, where_.query);
    AIGW_TRY_ASSIGN(const std::string id, http::percent_decode(route_.tail));
    return show_model(gateway_, *snapshot_, *codec_, id);
  };
  auto body_made = made();
  if (!body_made) {
    refusal_ = std::move(body_made).error();
    co_await refuse();
    co_return;
  }
  const std::string body = *std::move(body_made);
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
  const std::string_view boundary = llm::is_media(route_.surface->operation)
                                        ? http::form_boundary(head_.headers.get("content-type").value_or(""))
                                        : std::string_view{};
  if (boundary.empty()) AIGW_TRY(check_media_type(head_.headers));
  if (head_.headers.count("content-encoding") > 1)
    return make_error(ErrorKind::unsupported_media_type, "several Content-Encoding fields",
                      "Send one coding: gzip or zstd");
  if (const auto coding = head_.headers.get("content-encoding")) {
    AIGW_TRY_ASSIGN(decoded_body_, http::decode_body(*coding, wire_body_, gateway_.settings.body_bytes_max));
    body_ = decoded_body_;
  } else {
    body_ = wire_body_;
  }
  if (!boundary.empty()) return read_form(boundary);
  AIGW_TRY_ASSIGN(json_, json::scan_object(body_));
  AIGW_TRY_ASSIGN(facts_, codec_->read_request(route_.surface->operation, json_));
  if (route_.surface->model_at != llm::Surface::ModelAt::body) AIGW_TRY(read_path_model());
  return {};
}

/// An upload: its model stands in a field of the form.
Status Exchange::read_form(std::string_view boundary) {
  const auto field = http::find_form_field(body_, boundary, "model");
  if (!field || field->value.empty() || field->value.size() > 256) {
    Error error = make_error(ErrorKind::bad_request, "the form has no field \"model\"", "Send it as a field of text");
    error.param = "model";
    return error;
  }
  facts_.model = field->value;
  form_model_ = *field;
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
  const llm::Operation operation = route_.surface->operation;
  const bool translatable = (operation == llm::Operation::chat || operation == llm::Operation::count_tokens) &&
                            !gateway_.codecs->translators.empty();
  policy::Wanted wanted{codec_->dialect(), translatable ? Others::translated : Others::refused};
  if (operation == llm::Operation::embeddings && gateway_.codecs->embedder) {
    wanted.into = gateway_.codecs->embedder->other(codec_->dialect());
    if (wanted.into != llm::Dialect::none) wanted.others = Others::translated;
  }
  if (!route_.provider && head_.method != http::Method::post) return policy::sole_speaker(*snapshot_, wanted.dialect);
  if (!route_.provider) return policy::route(*snapshot_, wanted, facts_.model);
  if (head_.method == http::Method::post || operation == llm::Operation::passthrough)
    return policy::route_to(*route_.provider, wanted, facts_.model);
  // A model list is asked of whatever dialect the provider speaks.
  return policy::route_to(*route_.provider, {codec_->dialect(), Others::translated}, "");
}

Status Exchange::translate() {
  using Strict = Translation::Source::Strict;
  const std::string_view said = head_.headers.get("x-aigw-strict").value_or("");
  const bool strict = gateway_.settings.strict ? said != "0" && said != "false" : said == "1" || said == "true";
  const Translation::Source source{.dialect = codec_->dialect(),
                                   .operation = route_.surface->operation,
                                   .body = &json_,
                                   .facts = &facts_,
                                   .id = id_text(),
                                   .now_s = id_.at().value / 1000,
                                   .key = key_->id,
                                   .seals = gateway_.seals.get(),
                                   .options = gateway_.options.get(),
                                   .now = received_at_,
                                   .strict = strict ? Strict::yes : Strict::no};
  AIGW_TRY_ASSIGN(translation_, Translation::make(*gateway_.codecs, source, target_));
  return {};
}

void Exchange::make_plan() {
  if (translation_) {
    plan_ = make_translated_plan(translation_->request(), route_.surface->operation, facts_, target_, id_.at());
    return;
  }
  const bool has_json = head_.method == http::Method::post && !form_model_;
  const RequestView request{
      &head_,  where_.query, body_, has_json ? &json_ : nullptr, form_model_ ? &*form_model_ : nullptr,
      &facts_, id_.at()};
  plan_ = gateway::make_plan(request, route_, target_, *codec_);
}

/// Whether the request goes through the neutral form. A count that a cloud has no path for does, where it is estimated,
/// and one that wraps its chat, which clouds do not know.
/// @errors not_found: the cloud has nothing for the operation
Result<bool> Exchange::is_translated() const {
  const bool is_other_dialect = head_.method == http::Method::post && target_.endpoint->dialect != codec_->dialect();
  const llm::Hosting* const hosting = target_.endpoint->hosting;
  const llm::Operation operation = route_.surface->operation;
  if (!hosting) return is_other_dialect;
  const bool has_path = !hosting->path(operation, facts_.stream).empty();
  if (operation == llm::Operation::count_tokens && gateway_.codecs->token_counter)
    return is_other_dialect || !has_path ||
           gateway_.codecs->token_counter->chat_request(codec_->dialect(), json_).data() != json_.text().data();
  if (has_path) return is_other_dialect;
  return make_error(ErrorKind::not_found,
                    "the provider '" + target_.provider->name + "' is asked for chats and counts alone, not for " +
                        std::string(llm::name_of(operation)),
                    "Ask another provider for it: see `aigw providers list`");
}

/// Everything that is decided before the first byte goes to a provider.
Status Exchange::prepare() {
  AIGW_TRY(read_body());
  AIGW_TRY_ASSIGN(target_, find_target());
  AIGW_TRY_ASSIGN(const bool translated, is_translated());
  if (translated) AIGW_TRY(translate());
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
  if (translation_ && translation_->estimate()) {
    co_await answer_estimate();
    co_return;
  }
  if (target_.provider->tokens) co_await take_token();
  if (client_gone_) {
    co_await settle(ledger::Outcome::aborted, 0, "client_gone");
    co_return;
  }
  if (refusal_) {
    co_await refuse();
    co_return;
  }
  make_plan();
  if (const Event& recorded = co_await perform(Step::Kind::record_open); recorded.kind == Kind::failed) {
    refusal_ = *recorded.error;
    co_await refuse();
    co_return;
  }
  opened_ = true;
  co_await call_upstream();
  if (wants_another_call()) co_await call_upstream();
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

/// The token that its provider's credential is traded for, into target_. Mostly it is there. Else ends with refusal_,
/// or with client_gone_.
Script Exchange::take_token() {
  policy::TokenSource& tokens = *target_.provider->tokens;
  const Instant last_look_at = received_at_ + kTokenWaitMax;
  for (Instant now = received_at_;; now = event_->now) {
    policy::TokenSource::Look seen = tokens.look(now);
    target_.token = std::move(seen.token);
    if (target_.token) break;
    if (!seen.failure && now >= last_look_at)
      seen.failure = make_error(ErrorKind::upstream_timeout, "its token end-point does not answer", "Try again later");
    if (seen.failure) {
      refusal_ = std::move(*seen.failure).within("the key of the provider '" + target_.provider->name + "'");
      break;
    }
    step_.wake_at = now + kTokenLookEvery;
    const Event& woken = co_await perform(Step::Kind::pause);
    if (woken.kind == Kind::failed) refusal_ = *woken.error;
    client_gone_ = woken.kind == Kind::client_gone;
    if (refusal_ || client_gone_) break;
  }
}

/// Calls the target, once more when a kept connection turned out to be dead before any answer. Ends with an answer's
/// head and either a relay (a stream) or the whole answer, with refusal_, or with client_gone_.
Script Exchange::call_upstream() {
  UpstreamCall& call = step_.call;
  call.url = &target_.endpoint->url;
  call.reach = target_.provider->allow_private ? UpstreamCall::Reach::private_too : UpstreamCall::Reach::public_only;
  call.head = plan_.head;
  call.body = plan_.edited_body ? std::string_view(*plan_.edited_body)
              : translation_    ? std::string_view(translation_->request().body)
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
    if (attempt.status == 401 && target_.token) target_.provider->tokens->drop(target_.token);
    attempts_.push_back(attempt);
    answer_head_ = answer.head;
    break;
  }
  co_await collect_whole();
}

/// The provider refused one option of a translated request, which now goes without it.
bool Exchange::wants_another_call() {
  if (!translation_ || client_gone_ || refusal_ || relay_) return false;
  if (!translation_->amend(answer_head_->status, answer_, answer_head_->headers)) return false;
  plan_ = make_translated_plan(translation_->request(), route_.surface->operation, facts_, target_, id_.at());
  answer_.clear();
  answer_ended_ = false;
  return true;
}

/// Bytes of the answer in its dialect's own framing. Where they cannot be read it sets broken_ and leaves out the rest.
std::string_view Exchange::as_events(std::string_view bytes) {
  if (!reframer_) return bytes;
  reframed_.clear();
  if (broken_) return {};
  if (auto fed = reframer_->feed(bytes, reframed_); !fed) broken_ = std::move(fed).error();
  return reframed_;
}

bool Exchange::answer_is_stream(std::string_view first_bytes) const {
  if (reframer_) return true;
  if (answer_head_->status != 200 || head_.method != http::Method::post) return false;
  constexpr std::string_view kEventStream = "text/event-stream";
  const std::string_view type = answer_head_->headers.get("content-type").value_or("");
  if (text::equal_ignore_case(type.substr(0, kEventStream.size()), kEventStream)) return true;
  // Some servers stream under application/json.
  if (facts_.framing == llm::RequestFacts::Framing::json_array && first_bytes.starts_with("[")) return true;
  return facts_.stream &&
         (first_bytes.starts_with("data:") || first_bytes.starts_with("event:") || first_bytes.starts_with(": "));
}

/// Reads the whole answer, or stops at the first bytes of a stream and sets up its relay.
Script Exchange::collect_whole() {
  if (answer_head_->status == 200 && gateway_.codecs->reframer)
    reframer_ = gateway_.codecs->reframer(answer_head_->headers.get("content-type").value_or(""));
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
    answer_.append(as_events(read.bytes));
    answer_ended_ = read.end;
    if (answer_is_stream(answer_)) {
      const std::string_view coding = answer_head_->headers.get("content-encoding").value_or("identity");
      if (translation_)
        relay_.emplace(translation_->stream());
      else
        relay_.emplace(coding == "identity" && !llm::is_media(route_.surface->operation)
                           ? codec_->stream_tap(route_.surface->operation, facts_)
                           : nullptr);
      co_return;
    }
    if (answer_ended_) co_return;
  }
}

}  // namespace aigw::gateway
