#pragma once
// One write of several pieces, as far as the socket takes them without waiting. One thread.

#include "net/asio.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace aigw::net {

inline constexpr std::size_t kPiecesMax = 5;

/// How many bytes of the pieces together went out. `error` stays empty when the socket is only full.
/// Small pieces are joined first: copying them costs less than a gathering system call.
inline std::size_t send_now(Socket& socket, std::span<const std::string_view> pieces, error_code& error) {
  constexpr std::size_t kJoinedBytesMax = 4096;
  std::size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  std::size_t done = 0;
  if (size <= kJoinedBytesMax) {
    char joined[kJoinedBytesMax];
    char* to = joined;
    for (const std::string_view piece : pieces) to = std::copy(piece.begin(), piece.end(), to);
    done = socket.write_some(asio::const_buffer(joined, size), error);
  } else {
    std::array<asio::const_buffer, kPiecesMax> buffers;
    for (std::size_t i = 0; i < pieces.size(); ++i) buffers[i] = asio::buffer(pieces[i]);
    done = socket.write_some(buffers, error);
  }
  if (error == asio::error::would_block || error == asio::error::try_again) error = {};
  return done;
}

}  // namespace aigw::net
