// Exchange's answers that are streams.

#include "gateway/exchange_script.hpp"

namespace aigw::gateway {
namespace {

using std::chrono::seconds;
using Kind = Event::Kind;

constexpr auto kAfterClosing = seconds(2);  // for the provider's framing to end behind its last event

}  // namespace

/// Sends what the relay has ready, with our head before the first bytes. Sets refusal_ where those may not go out.
Script Exchange::send_stream(bool last) {
  if (!committed_ && !settled_)
    if (const Event& recorded = co_await perform(Step::Kind::await_open); recorded.kind == Kind::failed) {
      refusal_ = *recorded.error;
      co_return;
    }
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
  if (auto fed = relay_->feed(answer_, answer_ended_ ? Relay::AtEnd::yes : Relay::AtEnd::no); !fed)
    broken_ = std::move(fed).error();
  for (;;) {
    if (!committed_ && relay_->failed_first()) {
      // The gate: the client has seen nothing yet, so the provider's error comes with a real status.
      auto [body, status] = relay_->tap()->error_body();
      co_await perform(Step::Kind::abort_upstream);
      if (status == 0) status = 502;
      hide_key(body, target_.credential());
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
    if (answer_ended_ && !broken_ && !relay_->complete() && !relay_->failed())
      broken_ = make_error(ErrorKind::upstream_broken, "the provider's stream ended before its answer was complete");
    if (broken_) break;

    const bool over = answer_ended_ || relay_->closed();
    if (over && !settled_) {
      // The last bytes wait for the record.
      std::string words;
      if (relay_->failed()) words = "upstream_error: " + relay_->tap()->facts().error_type.substr(0, 64);
      co_await settle(relay_->failed() ? ledger::Outcome::failed : ledger::Outcome::succeeded, 200, words);
      if (refusal_) {
        broken_ = *refusal_;
        break;
      }
    }
    const bool waited = !committed_ && event_->now >= gate_until;
    const bool open_gate = committed_ || relay_->has_content() || over || waited;
    if (open_gate && (!relay_->pending().empty() || answer_ended_ || waited)) {
      co_await send_stream(answer_ended_);
      if (refusal_) {
        broken_ = *refusal_;
        break;
      }
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
      broken_ = *read.error;
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
    if (auto fed = relay_->feed(as_events(read.bytes), read.end ? Relay::AtEnd::yes : Relay::AtEnd::no); !fed)
      broken_ = std::move(fed).error();
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
    refusal_ = std::move(broken_);
    co_await refuse();
    co_return;
  }
  // After the commit point: an error event in the client's dialect, never a silent end.
  refused_for_ = broken_->kind;
  const std::string words = std::string(broken_->code()) + ": " + broken_->message;
  co_await settle(ledger::Outcome::failed, 200, words);
  std::string last_words = relay_->tap() ? relay_->tap()->error_event(*broken_, id_text()) : std::string();
  if (last_words.empty()) last_words = codec_->encode_stream_error(*broken_, id_text());
  const std::string_view ready = relay_->pending();
  const bool chunked = terms_.version_minor >= 1;
  out_.assign(ready).append(last_words);
  const std::string_view opening = chunked ? chunk_line(out_.size(), chunk_line_) : std::string_view{};
  const std::string_view closing = chunked ? "\r\n0\r\n\r\n" : "";
  const Event& sent = co_await send(opening, out_, closing);
  client_gone_ = sent.kind == Kind::client_gone;
}

}  // namespace aigw::gateway
