#include "net/upstream_calls.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace aigw::net {

using gateway::Event;

void UpstreamCalls::cancel() {
  switch (wait_.what()) {
    case WaitFor::connecting:
      return connector_.cancel();
    case WaitFor::pause:
      pausing_->cancel();
      return;
    default:
      if (upstream_) upstream_->cancel();
  }
}

void UpstreamCalls::fail(Error error) {
  event_.kind = Event::Kind::failed;
  event_.error = std::move(error);
}

void UpstreamCalls::take_cut(std::string_view late) {
  switch (wait_.cut()) {
    case Cut::client_gone:
      event_.kind = Event::Kind::client_gone;
      return;
    case Cut::elapsed:
      event_.kind = Event::Kind::elapsed;
      return;
    case Cut::stopping:
      return fail(make_error(ErrorKind::overloaded, "the gateway is shutting down", "Try again"));
    default:
      return fail(
          make_error(ErrorKind::upstream_timeout, std::string(late), "Try again, or raise [timeouts] in aigw.toml"));
  }
}

Awaitable<bool> UpstreamCalls::connect(const gateway::UpstreamCall& wanted, const gateway::Settings& settings) {
  wait_.begin(WaitFor::connecting, wait_.now() + settings.connect);
  auto opened = co_await connector_.open(*wanted.url, wanted.reach, origin_, loop_.tls, loop_.options.ca_file);
  wait_.end();
  upstream_ = std::move(opened.connection);
  (opened.error ? loop_.metrics.failed_connects : loop_.metrics.connects).add();
  if (!opened.error) co_return true;
  if (wait_.cut() == Cut::client_gone)
    take_cut({});
  else
    fail(std::move(*opened.error));
  co_return false;
}

Awaitable<void> UpstreamCalls::call(const gateway::UpstreamCall& wanted, const gateway::Settings& settings) {
  release();
  write_origin(origin_, *wanted.url, wanted.reach);
  if (wanted.connection == gateway::UpstreamCall::Connection::any) upstream_ = loop_.pool.take(origin_);
  if (!upstream_ && !co_await connect(wanted, settings)) co_return;
  flood_ = Flood(wait_.now());
  upstream_->start_call();
  upstream_->expect_answer(wanted.answer_has_no_body);
  wait_.begin(WaitFor::upstream, wait_.now() + settings.first_byte);
  error_code write_error;
  const std::size_t size = wanted.head.size() + wanted.body.size();
  const std::size_t done = upstream_->write_now(wanted.head, wanted.body, write_error);
  if (done < size && !write_error) write_error = co_await upstream_->write_rest(wanted.head, wanted.body, done);
  // A provider may answer before it has read everything, and close: then its answer counts, not our failed write.
  for (bool there = false; wait_.cut() == Cut::none && !there && !event_.error;) {
    const asio::mutable_buffer room = upstream_->room();
    std::tuple<error_code, std::size_t> read;
    if (Socket* plain = upstream_->plain())
      read = co_await plain->async_read_some(room, kAwait);
    else
      read = co_await upstream_->read_tls(room);
    upstream_->came(std::get<1>(read));
    there = upstream_->take_head(std::get<0>(read), event_.error);
  }
  wait_.end();
  event_.reused = upstream_->reused();
  if (event_.reused) loop_.metrics.reuses.add();
  if (wait_.cut() != Cut::none || event_.error) {
    event_.kind = Event::Kind::failed;
    if (wait_.cut() != Cut::none) take_cut("the provider did not begin its answer in time");
    abort();
    co_return;
  }
  write_failed_ = static_cast<bool>(write_error);
  event_.kind = Event::Kind::head;
  event_.head = &upstream_->head();
}

bool UpstreamCalls::read_now() {
  auto body = upstream_->body_now();
  if (body) take_body(*std::move(body));
  return body.has_value();
}

Awaitable<void> UpstreamCalls::read(const gateway::Step& step, const gateway::Settings& settings) {
  if (flood_.wants_to_gather()) {
    co_await pause(wait_.now() + Flood::kGather);
    if (wait_.cut() != Cut::none) co_return;
  }
  wait_.begin(WaitFor::upstream, std::min(wait_.now() + settings.idle, step.fail_at), step.wake_at);
  std::optional<UpstreamConnection::Body> body;
  while (!body) {
    const asio::mutable_buffer room = upstream_->room();
    std::tuple<error_code, std::size_t> read;
    if (Socket* plain = upstream_->plain())
      read = co_await plain->async_read_some(room, kAwait);
    else
      read = co_await upstream_->read_tls(room);
    upstream_->came(std::get<1>(read));
    wait_.refresh();
    flood_.count(std::get<1>(read), room.size(), wait_.now());
    body = upstream_->body_after(std::get<0>(read));
  }
  wait_.end();
  if (!body->cancelled) {
    take_body(*std::move(body));
    co_return;
  }
  take_cut("the provider fell silent within its answer");
  if (wait_.cut() != Cut::elapsed) upstream_->close();
}

void UpstreamCalls::take_body(UpstreamConnection::Body body) {
  if (body.error) return fail(std::move(*body.error));
  event_.kind = Event::Kind::bytes;
  event_.bytes = body.bytes;
  event_.end = body.end;
}

Awaitable<void> UpstreamCalls::pause(Instant until) {
  Loop::Timer timer(loop_.io.get_executor(), until);
  pausing_ = &timer;
  wait_.begin(WaitFor::pause, Instant::max());
  co_await timer.async_wait(kAwait);
  wait_.end();
  pausing_ = nullptr;
  event_.kind = Event::Kind::elapsed;
  if (wait_.cut() != Cut::none) take_cut({});
}

void UpstreamCalls::abort() {
  if (upstream_) upstream_->close();
  upstream_.reset();
}

void UpstreamCalls::release() {
  if (!upstream_) return;
  if (upstream_->reusable() && !write_failed_) loop_.pool.give(std::move(upstream_), wait_.now());
  upstream_.reset();
}

}  // namespace aigw::net
