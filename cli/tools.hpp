#pragma once
// How each tool is pointed at a gateway: one row a tool, the variables it reads. For `run` and `env`. Nothing but
// `prepare` looks at the environment or at files.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "llm/codec.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::cli {

/// What a variable is set to.
enum class Setting : std::uint8_t {
  url,     ///< http://127.0.0.1:2449
  url_v1,  ///< http://127.0.0.1:2449/v1
  key,
  model,  ///< when one was asked for; `text` stands before it
  text,   ///< `text`, unless the user's environment says otherwise
  unset,  ///< it would win over ours, or lead past the gateway
};

struct ToolVariable {
  std::string_view name;
  Setting setting = Setting::text;
  llm::Dialect dialect = llm::Dialect::none;  ///< left out where the gateway does not serve it
  std::string_view text = {};
};

/// What a tool is pointed at.
struct ToolTerms {
  std::string url;    ///< without a path
  Secret key;         ///< empty: unknown
  std::string model;  ///< empty: the tool's own choice
  const llm::Codecs* codecs = nullptr;
  bool serves(llm::Dialect dialect) const;
};

/// A change of the environment; none: the variable is unset.
struct Assignment {
  std::string name;
  std::optional<std::string> value;
};

struct Tool {
  std::string_view program;  ///< its file's name, as typed
  std::string_view title;
  llm::Dialect dialect = llm::Dialect::none;  ///< what it speaks; none: whatever its SDK does
  std::span<const ToolVariable> variables;
  /// What goes before the user's own arguments, for what has no variable.
  std::vector<std::string> (*arguments)(const ToolTerms&) = nullptr;
  /// Makes what it reads from files alone, in `folder`; what names them.
  Result<std::optional<Assignment>> (*prepare)(const std::filesystem::path& folder) = nullptr;
  std::string_view note = {};  ///< for people
};

/// The tools we know, SDKs last; static storage.
std::span<const Tool> tools();
/// By a program's file name; the row of the SDKs when it is none we know.
const Tool& tool_of(std::string_view program);

/// The environment that the tool gets; its files go beside the database. @errors database; config
Result<std::vector<Assignment>> prepare(const Tool& tool, const ToolTerms& terms, const std::filesystem::path& db);

}  // namespace aigw::cli
