#include "adapters/foreign_seals.hpp"

#include "base/text.hpp"
#include "llm/seal.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::adapters {
namespace {

using json::View;

static_assert(llm::kSealPrefix == "aigw1.");
constexpr std::string_view kQuotedPrefix = "\"aigw1.";
constexpr std::string_view kQuotedPrefixBase64 = "\"YWlndzEu";

bool is_ours(View carrier) { return carrier.raw().starts_with(kQuotedPrefix); }

/// Takes elements out of one array, each with one of the commas beside it.
class Cutter {
 public:
  Cutter(std::string_view text, std::vector<json::Edit>& edits) : text_(text), edits_(edits) {}

  /// `drop(View element, edits)` says which go; it may edit within those that stay. False, and nothing is cut here,
  /// when none would stay.
  template <class Drop>
  bool cut(View array, Drop&& drop) {
    const std::size_t edits_before = edits_.size();
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t kept_end = kNone;   // of the last element that stays
    std::size_t cut_begin = kNone;  // of the run that goes
    std::size_t cut_end = 0;
    bool any_stays = false;
    array.each([&](View element) {
      const auto begin = static_cast<std::size_t>(element.raw().data() - text_.data());
      const std::size_t at = edits_.size();
      if (drop(element)) {
        edits_.resize(at);
        if (cut_begin == kNone) cut_begin = kept_end == kNone ? begin : kept_end;
        cut_end = begin + element.raw().size();
        return;
      }
      if (cut_begin != kNone) {
        const std::size_t end = kept_end != kNone ? cut_end : begin;
        edits_.insert(edits_.begin() + static_cast<std::ptrdiff_t>(at), json::Edit{cut_begin, end - cut_begin, ""});
        cut_begin = kNone;
      }
      kept_end = begin + element.raw().size();
      any_stays = true;
    });
    if (!any_stays) {
      edits_.resize(edits_before);
      return false;
    }
    if (cut_begin != kNone) edits_.push_back({cut_begin, cut_end - cut_begin, ""});
    return true;
  }

 private:
  std::string_view text_;
  std::vector<json::Edit>& edits_;
};

bool is_sealed_block(View block) {
  const auto [type, signature, data] = block.members(std::array<std::string_view, 3>{"type", "signature", "data"});
  const std::string_view name = type.raw();
  return (name == R"("thinking")" && is_ours(signature)) || (name == R"("redacted_thinking")" && is_ours(data));
}

void replace_signatures(View parts, std::string_view text, std::vector<json::Edit>& edits) {
  // Documented for a history that another model made (Google Cloud, thought signatures, 2026-11).
  constexpr std::string_view kPass = R"("skip_thought_signature_validator")";
  parts.each([&](View part) {
    part.each_member([&](std::string_view name, View value) {
      if (name != "thoughtSignature" && name != "thought_signature") return;
      if (!value.raw().starts_with(kQuotedPrefixBase64)) return;
      const auto offset = static_cast<std::size_t>(value.raw().data() - text.data());
      edits.push_back({offset, value.raw().size(), std::string(kPass)});
    });
  });
}

/// `extra_content` of a call with our seal in it, and the comma before it; only emptied where it comes first.
void strip_call_seal(std::string_view text, View call, std::vector<json::Edit>& edits) {
  const auto offset_of = [&](const char* at) { return static_cast<std::size_t>(at - text.data()); };
  const char* before = nullptr;  // where the member before it ends
  call.each_member([&](std::string_view name, View value) {
    const char* end = value.raw().data() + value.raw().size();
    if (name != "extra_content" || !is_ours(value["google"]["thought_signature"]))
      before = end;
    else if (before)
      edits.push_back({offset_of(before), static_cast<std::size_t>(end - before), ""});
    else
      edits.push_back({offset_of(value.raw().data()), value.raw().size(), "{}"});
  });
}

}  // namespace

void strip_messages_seals(const json::Object& body, std::vector<json::Edit>& edits) {
  if (!text::contains(body.text(), kQuotedPrefix)) return;
  Cutter cutter(body.text(), edits);
  cutter.cut(body["messages"], [&](View message) {
    const View content = message["content"];
    if (content.type() != json::Type::array || content.raw() == "[]") return false;
    return !cutter.cut(content, is_sealed_block);
  });
}

void strip_responses_seals(const json::Object& body, std::vector<json::Edit>& edits) {
  if (!text::contains(body.text(), kQuotedPrefix)) return;
  Cutter(body.text(), edits).cut(body["input"], [](View item) {
    return item["type"].raw() == R"("reasoning")" && is_ours(item["encrypted_content"]);
  });
}

void strip_chat_seals(const json::Object& body, std::vector<json::Edit>& edits) {
  const std::string_view text = body.text();
  if (!text::contains(text, kQuotedPrefix)) return;
  body["messages"].each([&](View message) {
    message.each_member([&](std::string_view name, View value) {
      if (name == "tool_calls") return value.each([&](View call) { strip_call_seal(text, call, edits); });
      if (name != "reasoning_details" || value.type() != json::Type::array) return;
      if (Cutter(text, edits).cut(value, [](View detail) { return is_ours(detail["data"]); })) return;
      const auto offset = static_cast<std::size_t>(value.raw().data() - text.data());
      edits.push_back({offset, value.raw().size(), "[]"});
    });
  });
}

void strip_gemini_seals(const json::Object& body, std::vector<json::Edit>& edits) {
  if (!text::contains(body.text(), kQuotedPrefixBase64)) return;
  const View contents = body["contents"];
  const auto strip = [&](View content) {
    const View parts = content["parts"];
    if (parts.type() == json::Type::array) replace_signatures(parts, body.text(), edits);
  };
  contents.type() == json::Type::array ? contents.each(strip) : strip(contents);
}

}  // namespace aigw::adapters
