#pragma once
// What whole and streamed answers to clients of openai-responses have in common: ids, items, the response around them.

#include "adapters/openai_responses/parts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::adapters::openai_responses {

/// Members that a response has beside its items.
struct Envelope {
  std::string id;
  std::string model;
  std::int64_t created_s = 0;
  std::string_view status = "in_progress";
  std::string_view incomplete_reason = {};  ///< empty: none
  std::string_view error = {};              ///< JSON of `error`; empty: null
  std::string_view output = {};             ///< elements
  const TokenUsage* usage = nullptr;
};

/// Of one answer: what its parts are called and what the client's request says about them.
class AnswerForm {
 public:
  explicit AnswerForm(const llm::AnswerContext& context);

  void write_response(json::Writer& out, const Envelope& envelope) const;
  /// The same around items that the caller writes: `output` of the envelope does not count.
  void begin_response(json::Writer& out, const Envelope& envelope) const;
  void end_response(json::Writer& out, const Envelope& envelope) const;
  std::string response_id(std::string_view providers) const;
  /// "msg_", "rs_", "fc_", "ctc_" and what is unique in the answer.
  std::string item_id(std::string_view prefix, std::size_t index) const;
  std::string call_id(std::string_view providers, std::size_t index) const;

  /// The client declared it as a free-text tool and the provider knows it as a function: its text is the `input` of the
  /// arguments.
  bool is_emulated(std::string_view tool) const;
  /// Members `name` and `namespace` of a call, as the client knows them.
  void write_name(json::Writer& out, std::string_view tool) const;
  std::string_view provider() const { return context_.provider; }

 private:
  const llm::AnswerContext& context_;
  Namespaces namespaces_;
  std::string unique_;
};

/// The free text in the arguments of an emulated tool; the arguments themselves where there is none.
std::string unwrapped(std::string_view arguments);

// Items, complete. `status` as the item has it.

struct CallItem {
  std::string_view item_id, call_id, tool, body;
  bool custom = false;
  std::string_view status = "completed";
};
void write_call(json::Writer& out, const AnswerForm& form, const CallItem& call);
/// `text` empty: a seal alone.
void write_reasoning(json::Writer& out, std::string_view item_id, std::string_view text, std::string_view sealed);
/// The array of its parts and the object's end are the caller's.
void begin_message(json::Writer& out, std::string_view item_id, std::string_view status);
/// `parts`: elements of `content`.
void write_message(json::Writer& out, std::string_view item_id, std::string_view status, std::string_view parts);
void write_image(json::Writer& out, std::string_view item_id, std::string_view base64);
/// `annotations`: elements.
void write_text_part(json::Writer& out, std::string_view text, std::string_view annotations, std::string_view logprobs);
void write_refusal_part(json::Writer& out, std::string_view text);
void write_annotation(json::Writer& out, const llm::Citation& citation, std::int64_t offset);

/// One more element of a list without its brackets.
template <class F>
void append_element(std::string& list, F&& write) {
  if (!list.empty()) list += ',';
  json::Writer out(list);
  write(out);
}

/// The number of code points.
std::int64_t code_points(std::string_view utf8);
/// The status of a response that ended so, and why it is incomplete.
std::pair<std::string_view, std::string_view> status_of_finish(const llm::Finish& finish, bool has_refusal);

}  // namespace aigw::adapters::openai_responses
