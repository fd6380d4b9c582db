#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::View;
using llm::Block;
using llm::Thinking;

/// Ours says how much of the message's reasoning it belongs to; nothing where there was none to read.
constexpr std::string_view kTextBytes = "aigw_text_bytes";

/// What opens to nobody but its maker: `data` of reasoning.encrypted, `signature` of reasoning.text.
std::optional<std::string> sealed_text(View detail) {
  const auto [data, signature] = detail.members(std::array<std::string_view, 2>{"data", "signature"});
  auto text = data.string();
  return text ? text : signature.string();
}

}  // namespace

bool ReasoningMembers::take(std::string_view name, View value) {
  if (name == kReasoningContent)
    content = value;
  else if (name == kReasoning)
    reasoning = value;
  else if (name == "reasoning_details")
    details = value;
  else
    return false;
  return true;
}

std::string ReasoningMembers::text() const {
  for (const View member : {content, reasoning})
    if (auto text = member.string(); text && !text->empty()) return *std::move(text);
  std::string text;
  details.each([&](View detail) {
    const auto [raw, summary] = detail.members(std::array<std::string_view, 2>{"text", "summary"});
    text += raw.string().value_or("");
    text += summary.string().value_or("");
  });
  return text;
}

std::optional<llm::Seal> ReasoningMembers::native_seal() const {
  bool sealed = false;
  details.each([&](View detail) { sealed = sealed || sealed_text(detail); });
  if (sealed) return llm::Seal{kDialect, "", std::string(details.raw())};
  if (content.string().value_or("").empty())
    return text().empty() ? std::nullopt : std::optional(llm::Seal{kDialect, "", std::string(kReasoning)});
  return llm::Seal{kDialect, "", std::string(kReasoningContent)};
}

void write_seal(json::Writer& out, llm::Seal seal, std::string_view provider, std::size_t text_bytes, bool redacted) {
  seal.provider = provider;
  out.begin_object().member("type", "reasoning.encrypted").member("data", llm::wrap(seal));
  if (!redacted) out.key(kTextBytes).integer(static_cast<std::int64_t>(text_bytes));
  out.end_object();
}

void write_call_seal(json::Writer& out, llm::Seal seal, std::string_view provider) {
  seal.provider = provider;
  out.key("extra_content").begin_object().key("google").begin_object();
  out.member("thought_signature", llm::wrap(seal));
  out.end_object().end_object();
}

void decode_reasoning(const ReasoningMembers& members, const std::string& path, std::vector<Block>& blocks) {
  const std::string text = members.text();
  std::size_t at_byte = 0;
  const auto add = [&](Thinking thinking) {
    blocks.push_back({.value = std::move(thinking), .path = at(path, kReasoningContent)});
  };
  bool any_ours = false;
  members.details.each([&](View detail) {
    auto seal = llm::unwrap(sealed_text(detail).value_or(""));
    if (!seal) return;
    any_ours = true;
    const View said = detail[kTextBytes];
    const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(0, said.integer().value_or(0)));
    // Texts of several blocks stand in paragraphs of one.
    if (at_byte > 0 && bytes > 0 && std::string_view(text).substr(std::min(at_byte, text.size())).starts_with("\n\n"))
      at_byte += 2;
    const std::string own = at_byte < text.size() ? text.substr(at_byte, bytes) : "";
    at_byte += own.size();
    add({.text = own, .redacted = !said, .seal = std::move(seal)});
  });
  if (!any_ours) {
    auto seal = members.native_seal();
    if (!text.empty() || seal) add({.text = text, .redacted = text.empty(), .seal = std::move(seal)});
  } else if (at_byte < text.size()) {
    add({.text = text.substr(at_byte)});
  }
}

}  // namespace aigw::adapters::openai_chat
