#pragma once
// A chat request in no dialect's form. A decoder fills it from the client's body and says what it leaves out; an
// encoder writes it for a provider. Values; the raw views borrow the client's body, which outlives it.

#include "json/scan.hpp"
#include "llm/block.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::llm {

enum class Role : std::uint8_t { user, assistant, system };

/// Neighbours of one role may follow each other, as the client wrote them; encoders merge where they have to. What the
/// assistant did between two user turns is one turn, in its order. Tool results stand in a user turn.
struct Turn {
  Role role = Role::user;  ///< system: in the middle of the conversation
  std::vector<Block> blocks = {};
  std::string path = {};  ///< "messages[3]"
};

/// What the client calls a member; the value where it set one. Encoders name the path in losses.
template <class T>
struct Param {
  std::optional<T> value = {};
  std::string_view path = {};  ///< a literal: "generationConfig.topK"
  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
};

struct Tool {
  enum class Kind : std::uint8_t {
    function,
    custom,  ///< free text in; `schema` holds OpenAI's flat `format` object, or nothing
    hosted,  ///< runs at its provider; `schema` is the tool as its dialect wrote it, `name` its type
  };
  Kind kind = Kind::function;
  std::string name = {};
  std::string description = {};
  std::string_view schema = {};     ///< raw JSON as written; empty: none
  std::optional<bool> strict = {};  ///< absent is not false
  bool cache_marker = false;
  std::string path = {};  ///< "tools[2]"
};

struct ToolChoice {
  enum class Mode : std::uint8_t { unset, automatic, none, required, named };
  Mode mode = Mode::unset;
  std::string name = {};                  ///< named: the tool
  std::vector<std::string> allowed = {};  ///< the subset it may choose from; empty: all
  std::optional<bool> parallel = {};
  std::string_view path = "tool_choice";
  std::string_view parallel_path = "tool_choice";
};

/// The form that the answer's text must have.
struct OutputFormat {
  enum class Kind : std::uint8_t { text, json, schema };
  Kind kind = Kind::text;
  std::string name = {};
  std::string description = {};
  std::string_view schema = {};  ///< raw JSON
  std::optional<bool> strict = {};
  std::string_view path = {};
};

struct Reasoning {
  enum class Level : std::uint8_t { unset, off, minimal, low, medium, high, xhigh, max, automatic };
  Level level = Level::unset;                   ///< what the budget means too, when only that was given
  std::optional<std::int64_t> budget_tokens{};  ///< as the client said it
  enum class Show : std::uint8_t { unset, hidden, summary } show = Show::unset;
  std::string_view path = {};
};

struct ChatRequest {
  Dialect dialect = Dialect::none;  ///< the client's
  std::string model = {};
  bool stream = false;
  bool usage_asked = false;  ///< chat: `stream_options.include_usage`

  std::vector<Block> system = {};           ///< Text only
  std::string_view system_role = "system";  ///< or "developer"
  std::vector<Turn> turns = {};

  std::vector<Tool> tools = {};
  ToolChoice tool_choice = {};
  OutputFormat output = {};
  Reasoning reasoning = {};

  Param<std::int64_t> max_tokens = {};
  Param<double> temperature = {};
  Param<double> top_p = {};
  Param<std::int64_t> top_k = {};
  Param<double> frequency_penalty = {};
  Param<double> presence_penalty = {};
  Param<std::int64_t> seed = {};
  Param<std::vector<std::string>> stop = {};
  Param<std::int64_t> candidates = {};  ///< OpenAI's `n`
  Param<bool> logprobs = {};
  Param<std::int64_t> top_logprobs = {};

  Param<std::string> verbosity = {};
  Param<std::string> end_user = {};       ///< safety_identifier, user, metadata.user_id
  Param<std::string> cache_key = {};      ///< prompt_cache_key
  Param<std::string_view> metadata = {};  ///< raw JSON object of strings
  /// "auto" "default" "flex" "priority" "fast" (OpenAI's words; Anthropic's "standard_only" is "default").
  Param<std::string> service_tier = {};
  Param<bool> store = {};
  bool sealed_reasoning_asked = false;  ///< responses: include has reasoning.encrypted_content
  bool legacy_functions = false;        ///< chat: `functions` instead of `tools`

  const json::Object* body = nullptr;  ///< as it came, for what an answer has to echo
  std::list<std::string> kept = {};    ///< raw JSON that views point at and that stands nowhere in the body
};

/// The order in which levels grow, and the budgets that mean them (dialects-requests 2.19): level -> budget -> level
/// gives the level back.
Reasoning::Level level_of_budget(std::int64_t budget_tokens);
std::int64_t budget_of_level(Reasoning::Level level);
std::string_view name_of(Reasoning::Level level);  ///< "none" "minimal" "low" ...; "" for unset, automatic
std::optional<Reasoning::Level> level_named(std::string_view effort);

/// The function or custom tool of that name; null when there is none.
const Tool* find_tool(const ChatRequest& request, std::string_view name);

}  // namespace aigw::llm
