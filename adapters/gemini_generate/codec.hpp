#pragma once
// The gemini-generate dialect: /v1beta/models/MODEL:generateContent and its neighbours streamGenerateContent,
// countTokens, embedContent and batchEmbedContents.

#include "llm/codec.hpp"

#include <string>
#include <string_view>

namespace aigw::adapters {

/// Static, stateless; any thread.
const llm::Codec& gemini_generate_codec();

namespace gemini_generate {

/// `usageMetadata` in disjoint buckets. promptTokenCount includes what was cached but not what built-in tools fed back,
/// candidatesTokenCount leaves out thoughts (Gemini API reference; holds for all recorded answers, 2026-11-23). Nothing
/// where it counts nothing: some objects of a stream name a traffic type only.
std::optional<TokenUsage> read_usage(json::View usage_metadata);

std::unique_ptr<llm::StreamTap> make_stream_tap(llm::RequestFacts::Framing framing);

/// Google's word for an HTTP status: "INVALID_ARGUMENT".
std::string_view rpc_status_of(int http_status);

/// An error in Google's form; `reason` is a machine's word for it.
struct RpcError {
  int http_status = 0;
  std::string_view message;
  std::string_view reason = {};
  std::string_view field = {};
  std::int64_t retry_after_ms = 0;  ///< 0: not said
  bool is_daily_quota = false;      ///< clients stop trying
};
std::string encode_rpc_error(const RpcError& error);

/// U+2028, U+2029 and U+0085 as escapes: google-genai for Python before 3 takes them for line ends. `json` is JSON
/// text.
void escape_line_ends(std::string& json);

}  // namespace gemini_generate
}  // namespace aigw::adapters
