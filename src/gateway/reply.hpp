#pragma once
// Answers as bytes: heads for our own and for relayed answers, and errors in the client's dialect. Pure.

#include "gateway/gateway.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::gateway {

/// What the client's connection asks of an answer's framing.
struct ClientTerms {
  int version_minor = 1;
  bool keep_alive = true;
  bool head_only = false;  ///< the request was a HEAD
};

enum class BodyFraming : std::uint8_t { length, chunked, until_close };

/// Whose body follows the provider's head fields: over ours, what describes theirs stays behind.
enum class BodyOrigin : std::uint8_t { provider, gateway };

/// Builds one answer head. Names are given in lower case.
class HeadBuilder {
 public:
  HeadBuilder(std::string& out, int status, const ClientTerms& terms);
  HeadBuilder& add(std::string_view name, std::string_view value);
  /// The provider's fields that may pass: hop-by-hop fields, cookies, CORS grants and framing stay behind; its
  /// x-request-id goes on as x-aigw-upstream-request-id, since that name is ours.
  HeadBuilder& pass(const http::Headers& provider, BodyOrigin body = BodyOrigin::provider);
  void end(BodyFraming framing, std::uint64_t body_bytes = 0);

 private:
  std::string& out_;
  int status_;
  ClientTerms terms_;
};

/// A whole error answer in the client's dialect. `request_id` may be empty.
std::string error_answer(const llm::Codec& codec, const Error& error, std::string_view request_id,
                         const ClientTerms& terms, std::string_view allow = {});

/// One chunk's opening line into `buffer` (at least 20 bytes).
std::string_view chunk_line(std::size_t bytes, char* buffer);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace aigw::gateway
