#pragma once
// Every maximum of the wire, with its reason. Configuration may lower or raise some; these are the defaults.

#include <chrono>
#include <cstddef>

namespace aigw::http::limits {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// Requests: the head.
constexpr std::size_t kRequestLineBytes = 8 * 1024;  ///< RFC 9112 3 asks for 8,000; real targets stay under 300
constexpr std::size_t kFieldBytes = 16 * 1024;       ///< one line; the longest real ones are 4-8 KiB tokens and cookies
constexpr std::size_t kHeadBytes = 64 * 1024;        ///< what one connection may cost before it has shown a key
constexpr std::size_t kFieldCount = 100;             ///< SDKs send 15-25; more is a hash or memory attack
constexpr milliseconds kHeadDeadline = 10s;   ///< whole head, from its first byte: a slow head cannot hold a slot
constexpr milliseconds kIdleKeepAlive = 75s;  ///< longer than the 60 s that load balancers keep idle links

// Requests: the body.
constexpr std::size_t kBodyBytes = 32U << 20U;  ///< Anthropic's own limit; images in agents' contexts reach 10-20 MiB
constexpr milliseconds kBodyStall = 20s;        ///< between two reads of a body
constexpr std::size_t kBodyBytesPerSecondMin =
    1024;  ///< averaged after the first stall period: ends one-byte-a-second bodies
constexpr std::size_t kChunkLineBytes = 4 * 1024;        ///< 16 digits and an extension that nobody uses
constexpr std::size_t kChunkExtensionBytes = 16 * 1024;  ///< of one body: else one-byte chunks cost 4 KiB each
constexpr std::size_t kTrailerFieldCount = 32;           ///< they are dropped: only checked so that framing is sure
constexpr std::size_t kTrailerBytes = 8 * 1024;

// Answers of providers.
constexpr std::size_t kResponseHeadBytes = 64 * 1024;      ///< providers send 2-4 KiB
constexpr std::size_t kResponseFieldCount = 200;           ///< CDNs add many
constexpr std::size_t kInformationalMax = 16;              ///< 1xx answers before the real one
constexpr std::size_t kSseEventBytes = 16U << 20U;         ///< one event may carry a base64 image
constexpr std::size_t kResponseDecodedBytes = 64U << 20U;  ///< a whole answer that must be read to be understood
constexpr std::size_t kErrorBodyBytes = 64 * 1024;         ///< what is read of a provider's error to explain it

// Connections.
constexpr milliseconds kLingeringClose =
    2s;  ///< drain after an early error, so that the client reads it instead of a reset
constexpr std::size_t kPipelinedMax = 64;         ///< requests read ahead on one connection
constexpr std::size_t kClientConnections = 8192;  ///< about 20 KiB each while idle

}  // namespace aigw::http::limits
