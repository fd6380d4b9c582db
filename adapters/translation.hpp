#pragma once
// What the translators share: refusals, losses of unknown members, media types.

#include "llm/translator.hpp"

#include <string>
#include <string_view>

namespace aigw::adapters {

/// bad_request: "<path>: <what>; openai-chat cannot express it". `what` names the thing in the field's own word (tool,
/// file, video, n, stop, previous_response_id, ...).
Error cannot_express(std::string_view path, std::string_view what, llm::Dialect target);

/// Of a tool that the client does not run itself.
Error hosted_elsewhere(const llm::Tool& tool, llm::Dialect target);

/// Chat's `web_search_options: {}`: a search model's habit, which asks for nothing in particular. Left out elsewhere.
bool asks_for_nothing(const llm::Tool& tool);

/// "image/png" and the like by a file's first bytes (standard base64); empty when they tell nothing.
std::string_view sniff_mime(std::string_view base64);
/// By the extension of a URL's path; empty when unknown.
std::string_view mime_of_url(std::string_view url);
llm::Media::Kind media_kind_of(std::string_view mime);

/// "data:image/png;base64,...": mime and standard base64 with its padding. Nothing for anything else.
struct DataUrl {
  std::string mime;
  std::string base64;
};
std::optional<DataUrl> parse_data_url(std::string_view url);
/// Base64 of either alphabet, padded or not, as standard padded base64; as it stands where it already is.
std::string standard_base64(std::string_view text);

/// A tool's result as text, for dialects that know no objects there: the one value of `{"output": text}` and its like,
/// `{"error": text}` as an error, an empty object as no text, other objects as they stand.
struct PlainResult {
  std::string text;
  bool is_error = false;
};
PlainResult plain_result(const llm::ToolResult& result);

/// How long the request is likely to be in another dialect, for the buffer it is written into.
std::size_t bytes_likely(const llm::ChatRequest& request);

/// A path below another: "messages[3]" + "content" + 1 = "messages[3].content[1]".
std::string at(std::string_view path, std::string_view member);
std::string at(std::string_view path, std::size_t index);
std::string at(std::string_view path, std::string_view list, std::size_t index);

}  // namespace aigw::adapters
