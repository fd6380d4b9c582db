#pragma once
// What the built-in provider says, in no dialect: its text, its tool calls, its counts. Pure but for the clock; any
// thread.

#include "base/error.hpp"
#include "json/dom.hpp"
#include "net/simple_server.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aigw::server::mock {

using json::Dom;

/// A member of an object; null when there is none or `object` is no object.
const Dom* member(const Dom& object, std::string_view name);
/// The member at the end of this way through objects; null when there is none.
const Dom* member_at(const Dom& object, std::initializer_list<std::string_view> names);
std::string string_member(const Dom& object, std::string_view name);  ///< "" when it is no string
std::optional<std::int64_t> integer_member(const Dom& object, std::string_view name);
bool true_member(const Dom& object, std::string_view name);

/// The body as an object. @errors bad_request
Result<Dom> parse_object(const net::SimpleRequest& request);
/// The body as an object with a `model`. @errors bad_request, with `param`
Result<Dom> parse_body(const net::SimpleRequest& request);
/// Its non-empty `messages`, each with a role and content of a known type. @errors bad_request, with `param`
Status check_messages(const Dom& body);
Error bad_field(std::string param, std::string message);

/// A string, or the `text` of the parts of an array.
std::string text_of(const Dom& content);
std::int64_t tokens_of(std::string_view text);                        ///< ceil(characters / 4)
std::string stable_id(std::string_view prefix, std::string_view of);  ///< the same for the same text
std::uint64_t hash_of(std::string_view text);
std::string base64(std::string_view bytes);
std::int64_t now_seconds();

struct Tool {
  std::string name;
  const Dom* schema = nullptr;  ///< of its input; may be null
};
enum class ToolChoice : std::uint8_t { by_text, any, none, named };

/// What was asked, in the words that the dialects share.
struct Question {
  std::string user_text;                   ///< of the last user message
  std::optional<std::string> tool_result;  ///< when the last message brings one
  std::vector<Tool> tools;
  ToolChoice choice = ToolChoice::by_text;
  std::string chosen_tool;             ///< when the choice is `named`
  const Dom* answer_schema = nullptr;  ///< of a structured answer; null when none is asked for
  std::optional<std::int64_t> tokens_max;
  std::int64_t input_tokens = 0;
};

struct Answer {
  std::string text;       ///< empty with a tool call
  bool cut = false;       ///< by tokens_max
  std::string tool;       ///< the tool to call, empty when none
  std::string arguments;  ///< JSON of its input
  std::int64_t output_tokens = 0;
};

/// A user's "use the tool NAME" calls an offered tool of that name; "write the file PATH" has a coding agent's own tool
/// write it.
Answer answer_to(const Question& question);

/// The text in parts that a stream would send; joined they are the text.
std::vector<std::string> words_of(std::string_view text);
std::pair<std::string_view, std::string_view> halves_of(std::string_view text);  ///< never inside a character

net::SimpleResponse json_response(int status, const Dom& body);
/// Server-sent events with a writer's pauses between them.
net::SimpleResponse stream_response(std::vector<std::string> events,
                                    std::string_view content_type = "text/event-stream; charset=utf-8");

}  // namespace aigw::server::mock
