#pragma once
// The pieces that a conversation is made of, in no dialect's form: what requests and answers share. Values.

#include "llm/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aigw::llm {

/// Something opaque that only its maker can read and that a client has to send back: a signature over thinking, an
/// encrypted reasoning item, a thought signature. Valid at `provider` only.
struct Seal {
  Dialect dialect = Dialect::none;  ///< in which it was made
  std::string provider = {};        ///< the configured provider's name; empty: whoever the client last spoke to
  std::string bytes = {};           ///< as the maker wrote it
  bool operator==(const Seal&) const = default;
};

/// Where an answer's text comes from.
struct Citation {
  std::int64_t start = 0;  ///< of the text it belongs to, in code points
  std::int64_t end = 0;    ///< 0, 0: unknown
  std::string url = {};
  std::string title = {};
  std::string quote = {};
};

struct Text {
  std::string text = {};
  std::vector<Citation> citations = {};  ///< answers only
  std::optional<Seal> seal = {};         ///< Gemini signs text too
};

/// The model's words for not answering.
struct Refusal {
  std::string text = {};
};

struct Media {
  enum class Kind : std::uint8_t { image, document, audio, video };
  enum class Form : std::uint8_t {
    base64,  ///< `data` is standard base64
    url,     ///< `data` is an address
    file,    ///< `data` is an id of an uploaded file: means something to its maker only
    text,    ///< `data` is the document's text itself
  };
  Kind kind = Kind::image;
  Form form = Form::base64;
  std::string data = {};
  std::string mime = {};    ///< empty: unknown
  std::string name = {};    ///< of a file
  std::string detail = {};  ///< "low", "high", "auto" (OpenAI's words); empty: not said
};

/// A call that the client is to perform.
struct ToolCall {
  std::string id = {};  ///< as the history or the provider has it; empty: none (Gemini)
  std::string name = {};
  std::string arguments = {};  ///< JSON text of an object as written; of a custom tool the free text
  bool custom = false;         ///< a free-text tool (OpenAI `custom`)
  std::optional<Seal> seal = {};
};

/// What the client's tool gave.
struct ToolResult {
  std::string call_id = {};  ///< empty: by name and order (Gemini)
  std::string name = {};     ///< empty: known by the call's id
  std::string text = {};     ///< all text of it; JSON text when `is_object`
  bool is_object = false;    ///< `text` is a JSON object that stood there as an object (Gemini's form)
  bool is_error = false;
  bool custom = false;
  std::vector<Media> media = {};
};

struct Thinking {
  std::string text = {};  ///< may be empty: only the seal was given
  bool redacted = false;  ///< not for reading: Anthropic's redacted_thinking, OpenAI's item without a summary
  std::optional<Seal> seal = {};
};

/// Something that only its own dialect has: a server tool's call or result, a compaction. As JSON, never shown to
/// another dialect.
struct Opaque {
  Dialect dialect = Dialect::none;
  std::string kind = {};  ///< its type there: "web_search_tool_result"
  std::string json = {};
};

struct Block {
  std::variant<Text, Refusal, Media, ToolCall, ToolResult, Thinking, Opaque> value = {};
  std::string path = {};      ///< requests: where it stands in the client's body, for losses and refusals
  bool cache_marker = false;  ///< requests: the client asked to cache up to here

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&value);
  }
};

}  // namespace aigw::llm
