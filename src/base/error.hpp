#pragma once
// What went wrong, whose fault it is, whether trying again can help, and what to do next. One type from the deepest
// layer to the client's dialect, the command line and the log. Values; any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace aigw {

/// Each kind has one stable code (`code_of`) and one HTTP status (`http_status_of`). Codes never change meaning.
enum class ErrorKind : std::uint8_t {
  // the client's doing
  bad_http,            ///< broken framing or header
  bad_request,         ///< not JSON, a wrong or missing field
  unauthorized,        ///< no key, or an unknown, revoked or expired one
  forbidden,           ///< known, but not allowed
  host_not_allowed,    ///< Host is not on the allow-list (DNS rebinding guard)
  origin_not_allowed,  ///< a web page of another origin is calling (CSRF guard)
  not_found,           ///< no such path or object
  model_not_found,     ///< no provider for this model
  method_not_allowed,
  unsupported_media_type,
  expectation_failed,
  request_timeout,
  body_too_large,
  headers_too_large,
  uri_too_long,
  not_implemented,  ///< a method or transfer coding that is not spoken here
  version_not_supported,
  conflict,  ///< the name is taken, or the object changed meanwhile
  rate_limited,
  client_gone,  ///< the client left before its answer was complete
  // the provider's doing
  upstream_unreachable,  ///< no connection: refused, no route, no DNS answer, TLS failed
  upstream_timeout,      ///< connect, first byte, idle or total deadline passed
  upstream_invalid,      ///< an answer that is no valid HTTP, or no valid answer of its dialect
  upstream_broken,       ///< the answer ended before it was complete
  upstream_auth,         ///< the provider refused OUR credential
  upstream_error,        ///< the provider answered with an error of its own
  // ours
  overloaded,     ///< a bound is reached (connections, disk, queue): try later
  no_credential,  ///< the provider needs a key and none is stored
  database,       ///< SQLite or the ledger's files
  crypto,         ///< a sealed value does not open
  config,         ///< configuration or command line
  internal,       ///< a bug
};

enum class ErrorSource : std::uint8_t { client, upstream, internal };

/// `reused_only`: a fresh connection may succeed where a kept one failed before any answer byte.
enum class Retry : std::uint8_t { no, reused_only, yes };

std::string_view code_of(ErrorKind kind);
int http_status_of(ErrorKind kind);
ErrorSource source_of(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;     ///< what happened; never holds a secret or a body
  std::string next = {};   ///< what to do next, a sentence; may be empty
  std::string param = {};  ///< the field it is about, empty when none
  Retry retry = Retry::no;
  std::shared_ptr<const Error> cause = nullptr;

  std::string_view code() const { return code_of(kind); }
  int http_status() const { return http_status_of(kind); }
  ErrorSource source() const { return source_of(kind); }
  /// "message. next (caused by: ...)" for people.
  std::string text() const;
  /// The same error with `what` before its message.
  Error within(std::string_view what) &&;
};

/// Cold: compilers keep what leads here out of the way of what usually runs, which is worth several microseconds a
/// request in the processor's instruction cache.
[[gnu::cold]] Error make_error(ErrorKind kind, std::string message, std::string next = {});

/// A value or an Error. `[[nodiscard]]`: expected failures are looked at.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}                    // NOLINT: implicit by design
  [[gnu::cold]] Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  [[gnu::cold]] Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design
  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace aigw

// AIGW_TRY(expression): returns its error from the function. AIGW_TRY_ASSIGN(declaration, expression): or binds its
// value.
#define AIGW_CONCAT2(a, b) a##b
#define AIGW_CONCAT(a, b) AIGW_CONCAT2(a, b)
#define AIGW_TRY(...)                                                \
  do {                                                               \
    if (auto aigw_result = (__VA_ARGS__); !aigw_result) [[unlikely]] \
      return std::move(aigw_result).error();                         \
  } while (false)
#define AIGW_TRY_ASSIGN(declaration, ...) \
  AIGW_TRY_ASSIGN_(AIGW_CONCAT(aigw_result_, __LINE__), declaration, __VA_ARGS__)
#define AIGW_TRY_ASSIGN_(name, declaration, ...) \
  auto name = (__VA_ARGS__);                     \
  if (!name) [[unlikely]]                        \
    return std::move(name).error();              \
  declaration = *std::move(name)
