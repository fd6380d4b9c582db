#pragma once
// Names of tools that the other dialect does not take, made legal for the way there and back. Values; one thread.

#include "llm/answer.hpp"
#include "llm/request.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aigw::llm {

class ToolNames {
 public:
  /// Empty when every name is legal in `target`, which is nearly always.
  static ToolNames of(const ChatRequest& request, Dialect target);

  bool empty() const { return pairs_.empty(); }
  /// Renames definitions, the choice and the history.
  void apply(ChatRequest& request) const;
  /// The client's names in a whole answer.
  void restore(Answer& answer) const;
  /// What the client calls it; `name` itself when it was not renamed.
  std::string_view original(std::string_view name) const;

 private:
  std::string_view renamed(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> pairs_;  ///< the client's, ours
};

/// OpenAI: [a-zA-Z0-9_-]{1,64}; Anthropic the same up to 128; Gemini also '.' and ':', begins with a letter or '_'.
bool is_legal_tool_name(std::string_view name, Dialect dialect);

}  // namespace aigw::llm
