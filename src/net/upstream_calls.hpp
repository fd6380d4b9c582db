#pragma once
// The provider's side of a connection: performs an exchange's steps towards providers, one call at a time, on
// connections from the loop's pool. Each step leaves what happened in the event. One thread.

#include "gateway/step.hpp"
#include "net/flood.hpp"
#include "net/loop.hpp"
#include "net/upstream.hpp"
#include "net/wait.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aigw::net {

class UpstreamCalls {
 public:
  /// `wait` is where its waits are noted, `event` where it says what happened; both outlive this.
  UpstreamCalls(Loop& loop, Wait& wait, gateway::Event& event)
      : loop_(loop), wait_(wait), event_(event), connector_(loop.io.get_executor()), flood_(wait.now()) {}

  /// Step `call`: sends the request and reads to the end of the answer's head.
  Awaitable<void> call(const gateway::UpstreamCall& wanted, const gateway::Settings& settings);
  /// Step `read`, of what is there without waiting. False: `read` has to wait.
  bool read_now();
  Awaitable<void> read(const gateway::Step& step, const gateway::Settings& settings);
  /// Step `pause`.
  Awaitable<void> pause(Instant until);
  /// Step `abort_upstream`.
  void abort();
  /// The exchange is over: its connection goes back to the pool when it may carry another call.
  void release();

  /// What it waits for. @pre it waits
  void cancel();

 private:
  /// A fresh connection into upstream_. False: event_ says why there is none.
  Awaitable<bool> connect(const gateway::UpstreamCall& wanted, const gateway::Settings& settings);
  void fail(Error error);
  /// What our own cut of a wait means to the exchange.
  void take_cut(std::string_view late);
  void take_body(UpstreamConnection::Body body);

  Loop& loop_;
  Wait& wait_;
  gateway::Event& event_;
  Connector connector_;
  UpstreamPtr upstream_;
  std::string origin_;  ///< of the running call
  Flood flood_;
  bool write_failed_ = false;
  Loop::Timer* pausing_ = nullptr;
};

}  // namespace aigw::net
