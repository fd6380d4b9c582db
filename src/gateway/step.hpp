#pragma once
// The two halves of the talk between an Exchange and its driver: what to do (Step) and what happened (Event).
// Views in a Step stay valid until the next event is given; views in an Event until the next step is taken.

#include "base/error.hpp"
#include "base/time.hpp"
#include "http/message.hpp"
#include "ledger/record.hpp"
#include "policy/snapshot.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aigw::gateway {

/// A request to a provider, ready to be written.
struct UpstreamCall {
  const policy::BaseUrl* url = nullptr;
  enum class Reach : std::uint8_t { public_only, private_too } reach = Reach::public_only;
  enum class Connection : std::uint8_t { any, fresh } connection = Connection::any;
  bool answer_has_no_body = false;  ///< the request was a HEAD
  std::string_view head;
  std::string_view body;
};

struct Step {
  enum class Kind : std::uint8_t {
    call,            ///< -> head | failed | client_gone
    read,            ///< more of the answer -> bytes | failed | client_gone | elapsed (at wake_at)
    send,            ///< `pieces` to the client -> sent | client_gone
    pause,           ///< -> elapsed (at wake_at) | failed | client_gone
    record_open,     ///< reserve and append `open` -> recorded | failed
    await_open,      ///< before a stream's first byte: `open` survives what the ledger promises -> recorded | failed
    record_settled,  ///< append `settled`; it survives that -> recorded | failed
    abort_upstream,  ///< close the upstream connection, its answer is not wanted -> done at once with `sent`
    finish,          ///< the exchange is over; the connection lives on or closes
  };
  Kind kind = Kind::finish;
  UpstreamCall call;
  Instant wake_at = Instant::max();
  Instant fail_at = Instant::max();  ///< read: the deadline of the whole call
  std::array<std::string_view, 5> pieces;
  std::size_t piece_count = 0;
  const ledger::Open* open = nullptr;
  const ledger::Settled* settled = nullptr;
  bool keep_alive = false;
};

struct Event {
  enum class Kind : std::uint8_t { head, bytes, failed, sent, client_gone, elapsed, recorded };
  Kind kind = Kind::sent;
  Instant now;
  const http::ResponseHead* head = nullptr;
  bool reused = false;         ///< head, failed: the connection had carried a call before
  std::string_view bytes;      ///< of the answer's body, unframed; may be empty at the end
  bool end = false;            ///< bytes: the body ended as its framing said
  std::optional<Error> error;  ///< failed
};

}  // namespace aigw::gateway
