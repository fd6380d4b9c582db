#include "adapters/openai_chat/stream_lane.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::View;
using llm::BlockKind;
using llm::StreamSink;

constexpr std::int64_t kNoIndex = -1;
constexpr std::int64_t kLegacyIndex = -2;

std::string_view member_of(const ReasoningMembers& members) { return members.content ? kReasoningContent : kReasoning; }

}  // namespace

void ObjectEnd::feed(std::string_view piece) {
  for (const char c : piece) {
    if (escaped_) {
      escaped_ = false;
    } else if (in_string_) {
      escaped_ = c == '\\';
      in_string_ = c != '"';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
      begun_ = true;
    } else if (c == '}' || c == ']') {
      --depth_;
    }
  }
}

void Lane::read_delta(View delta, StreamSink& sink) {
  View content, refusal, calls, legacy_call, annotations;
  ReasoningMembers reasoning;
  delta.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "content")
      content = value;
    else if (name == "refusal")
      refusal = value;
    else if (name == "tool_calls")
      calls = value;
    else if (name == "function_call")
      legacy_call = value;
    else if (name == "annotations")
      annotations = value;
    else
      reasoning.take(name, value);
  });
  read_reasoning(reasoning, sink);
  if (content) {
    std::string thinking;
    const std::string text = content_text(content, thinking);
    say(BlockKind::thinking, thinking, sink);
    say(BlockKind::text, text, sink);
  }
  if (refusal) say(BlockKind::refusal, refusal.string().value_or(""), sink);
  if (annotations && prose_ && prose_kind_ == BlockKind::text)
    for (const llm::Citation& citation : decode_annotations(annotations)) sink.cite(*prose_, citation);
  calls.each([&](View call) { read_call(call, sink); });
  if (legacy_call) read_legacy_call(legacy_call, sink);
}

void Lane::say(BlockKind kind, std::string_view text, StreamSink& sink) {
  if (text.empty()) return;
  if (!prose_ || prose_kind_ != kind) {
    close_prose(sink);
    close_complete_calls(sink);
    prose_ = next_key();
    prose_kind_ = kind;
    sink.open(*prose_, {.kind = kind, .candidate = candidate_});
  }
  sink.delta(*prose_, text);
}

void Lane::read_reasoning(const ReasoningMembers& members, StreamSink& sink) {
  if (!members.content && !members.reasoning && !members.details) return;
  if (const std::string text = members.text(); !text.empty()) {
    reasoning_member_ = member_of(members);
    say(BlockKind::thinking, text, sink);
  }
  members.details.each([&](View detail) {
    const auto [data, signature] = detail.members(std::array<std::string_view, 2>{"data", "signature"});
    if (!data.string() && !signature.string()) return;
    if (prose_ && prose_kind_ == BlockKind::thinking) {
      details_.append(details_.empty() ? "" : ",").append(detail.raw());
    } else {
      llm::Seal seal{kDialect, "", "[" + std::string(detail.raw()) + "]"};
      sink.whole(candidate_, {.value = llm::Thinking{.redacted = true, .seal = std::move(seal)}});
    }
  });
}

/// A new id under a known index is a new call: Google's endpoint gives all of them the index 0. Without an index the
/// id tells, without both it is the last one.
Lane::Call& Lane::call_of(View index_view, std::string_view id) {
  const std::int64_t index = index_view.integer().value_or(kNoIndex);
  for (Call& call : std::ranges::reverse_view(calls_)) {
    if (index != kNoIndex && call.index != index) continue;
    if (id.empty() || call.id.empty() || call.id == id) return call;
    if (index != kNoIndex) break;
  }
  return calls_.emplace_back(Call{.index = index});
}

void Lane::read_call(View view, StreamSink& sink) {
  View index, id, function, custom, extra;
  view.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "index")
      index = value;
    else if (name == "id")
      id = value;
    else if (name == "function")
      function = value;
    else if (name == "custom")
      custom = value;
    else if (name == "extra_content")
      extra = value;
  });
  const std::string id_text = id.string().value_or("");
  Call& call = call_of(index, id_text);
  if (call.id.empty()) call.id = id_text;
  call.custom = call.custom || custom;
  const auto [name, arguments, input] =
      (custom ? custom : function).members(std::array<std::string_view, 3>{"name", "arguments", "input"});
  if (call.name.empty()) call.name = name.string().value_or("");
  open_call(call, sink);
  const View piece = custom ? input : arguments;
  add_arguments(call, piece.type() == json::Type::object ? std::string(piece.raw()) : piece.string().value_or(""),
                sink);
  if (const auto signature = extra["google"]["thought_signature"].string(); signature && call.key)
    sink.seal(*call.key, {kDialect, "", *signature});
}

void Lane::read_legacy_call(View view, StreamSink& sink) {
  if (calls_.empty()) calls_.emplace_back(Call{.index = kLegacyIndex});
  Call& call = calls_.back();
  const auto [name, arguments] = view.members(std::array<std::string_view, 2>{"name", "arguments"});
  if (call.name.empty()) call.name = name.string().value_or("");
  open_call(call, sink);
  add_arguments(call, arguments.string().value_or(""), sink);
}

void Lane::add_arguments(Call& call, std::string_view piece, StreamSink& sink) {
  if (piece.empty() || call.closed) return;
  call.end.feed(piece);
  if (call.key)
    sink.delta(*call.key, piece);
  else
    call.pending.append(piece);
}

void Lane::open_call(Call& call, StreamSink& sink) {
  if (call.key || call.name.empty()) return;
  close_prose(sink);
  close_complete_calls(sink);
  call.key = next_key();
  sink.open(*call.key, {.kind = call.custom ? BlockKind::custom_call : BlockKind::tool_call,
                        .candidate = candidate_,
                        .id = call.id,
                        .name = call.name});
  if (!call.pending.empty()) sink.delta(*call.key, std::exchange(call.pending, {}));
}

void Lane::close_prose(StreamSink& sink) {
  if (!prose_) return;
  if (prose_kind_ == BlockKind::thinking) {
    const std::string details = std::exchange(details_, {});
    sink.seal(*prose_, {kDialect, "", details.empty() ? std::string(reasoning_member_) : "[" + details + "]"});
  } else if (prose_kind_ == BlockKind::text && !sources_.empty()) {
    for (const llm::Citation& citation : decode_annotations(View::of(sources_))) sink.cite(*prose_, citation);
  }
  sink.close(*std::exchange(prose_, std::nullopt));
}

/// Nothing tells that a call has ended but the end of its arguments.
void Lane::close_complete_calls(StreamSink& sink) {
  for (Call& call : calls_)
    if (call.key && !call.closed && call.end.reached()) {
      call.closed = true;
      sink.close(*call.key);
    }
}

bool Lane::finish(const llm::Finish& finish, StreamSink& sink) {
  finished_ = true;
  close_prose(sink);
  for (Call& call : calls_) {
    if (!call.key) return false;
    if (!std::exchange(call.closed, true)) sink.close(*call.key);
  }
  sink.finish(candidate_, finish);
  return true;
}

}  // namespace aigw::adapters::openai_chat
