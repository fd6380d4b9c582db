#include "llm/tool_names.hpp"

#include "base/crypto.hpp"

#include <algorithm>

namespace aigw::llm {
namespace {

constexpr std::size_t kKeptChars = 55;  // and '_' and 8 digits: 64, the smallest bound

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

/// The same name for the same name, in any request: providers cache by prefix.
std::string legal_name_for(std::string_view name) {
  std::string out(name.substr(0, kKeptChars));
  std::ranges::replace_if(
      out, [](char c) { return !is_plain(c); }, '_');
  if (out.empty() || (!is_letter(out.front()) && out.front() != '_')) out.insert(out.begin(), '_');
  out.resize(std::min(out.size(), kKeptChars));
  const crypto::Sha256 digest = crypto::sha256(name);
  return out + "_" + crypto::to_hex({reinterpret_cast<const char*>(digest.data()), 4});
}

}  // namespace

bool is_legal_tool_name(std::string_view name, Dialect dialect) {
  const bool gemini = dialect == Dialect::gemini_generate;
  const std::size_t size_max = gemini || dialect == Dialect::anthropic_messages ? 128 : 64;
  if (name.empty() || name.size() > size_max) return false;
  if (gemini && !is_letter(name.front()) && name.front() != '_') return false;
  return std::ranges::all_of(name, [&](char c) { return is_plain(c) || (gemini && (c == '.' || c == ':')); });
}

ToolNames ToolNames::of(const ChatRequest& request, Dialect target) {
  ToolNames names;
  const auto look = [&](std::string_view name) {
    if (is_legal_tool_name(name, target) || name.empty() || names.renamed(name) != name) return;
    names.pairs_.emplace_back(name, legal_name_for(name));
  };
  for (const Tool& tool : request.tools)
    if (tool.kind != Tool::Kind::hosted) look(tool.name);
  for (const Turn& turn : request.turns)
    for (const Block& block : turn.blocks)
      if (const auto* call = block.as<ToolCall>()) look(call->name);
  return names;
}

std::string_view ToolNames::renamed(std::string_view name) const {
  const auto found = std::ranges::find(pairs_, name, &std::pair<std::string, std::string>::first);
  return found == pairs_.end() ? name : std::string_view(found->second);
}

std::string_view ToolNames::original(std::string_view name) const {
  const auto found = std::ranges::find(pairs_, name, &std::pair<std::string, std::string>::second);
  return found == pairs_.end() ? name : std::string_view(found->first);
}

void ToolNames::restore(Answer& answer) const {
  for (Candidate& candidate : answer.candidates)
    for (Block& block : candidate.blocks)
      if (auto* call = block.as<ToolCall>()) call->name = std::string(original(call->name));
}

void ToolNames::apply(ChatRequest& request) const {
  const auto rename = [&](std::string& name) { name = std::string(renamed(name)); };
  for (Tool& tool : request.tools)
    if (tool.kind != Tool::Kind::hosted) rename(tool.name);
  rename(request.tool_choice.name);
  std::ranges::for_each(request.tool_choice.allowed, rename);
  for (Turn& turn : request.turns)
    for (Block& block : turn.blocks) {
      if (auto* call = block.as<ToolCall>()) rename(call->name);
      if (auto* result = block.as<ToolResult>()) rename(result->name);
    }
}

}  // namespace aigw::llm
