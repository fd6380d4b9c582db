#pragma once
// The halves of the openai-responses translator; see llm/translator.hpp for what each is to do.

#include "json/view.hpp"
#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::adapters::openai_responses {

// requests

Result<llm::ChatRequest> decode_request(const json::Object& body, llm::Losses& losses);
Status decode_input(json::View input, llm::ChatRequest& out, llm::Losses& losses);
Status decode_tools(json::View tools, llm::ChatRequest& out, llm::Losses& losses);
/// After decode_tools.
Status decode_tool_choice(json::View choice, llm::ChatRequest& out, llm::Losses& losses);

Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           llm::Losses& losses);
/// The array of items; `instructions` apart.
Status encode_input(json::Writer& out, const llm::ChatRequest& request, const llm::EncodeTarget& target,
                    llm::Losses& losses);
/// Members `tools`, `tool_choice`, `parallel_tool_calls`.
Status encode_tools(json::Writer& out, const llm::ChatRequest& request, llm::Losses& losses);

// answers

Result<llm::Answer> decode_answer(std::string_view body);
std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses);
std::unique_ptr<llm::StreamDecoder> make_stream_decoder();
std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context);

/// The blocks of one item of `output`, appended. `logprobs`: elements, appended with commas.
void decode_item(json::View item, std::vector<llm::Block>& blocks, std::string& logprobs);
llm::Citation decode_annotation(json::View annotation);
llm::Finish decode_finish(std::string_view status, json::View incomplete_details);

// namespaced tools: flat for everyone else

/// What a client calls a function that others know under one name.
struct ToolName {
  std::string space;  ///< of the `namespace` tool it stands in; empty: none
  std::string name;
};
/// Calls `visit(View tool, std::string path, const ToolName&, std::string flat)` for each function in a namespace.
/// `flat` is the function's own name, with that of its namespace before it where another tool has it already.
class Namespaces {
 public:
  explicit Namespaces(json::View tools);
  struct Entry {
    json::View tool;
    std::string path;
    ToolName known_as;
    std::string flat;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  const ToolName* find_flat(std::string_view flat) const;
  /// The name for others of a call in the history.
  std::string flat(std::string_view space, std::string_view name) const;

 private:
  std::vector<Entry> entries_;
};

// what carries seals of other makers through this dialect's clients: encrypted_content of a reasoning item

/// Of thinking: the seal itself. Of a call or a text: with what it belongs to behind a '#'.
std::string carrier(const llm::Seal& seal, std::string_view owner = {});
struct Carried {
  llm::Seal seal;
  std::string owner;  ///< a call's id, "text", or empty: thinking
};
/// A native one comes back as its own dialect's, of whatever provider made it.
Carried carried(std::string_view encrypted_content);
inline constexpr std::string_view kTextOwner = "text";

// small tools

/// Calls `visit(View, index)` for each element until one fails.
template <class F>
Status each_ok(json::View list, F&& visit) {
  Status status;
  std::size_t index = 0;
  list.each([&](json::View element) {
    if (status) status = visit(element, index);
    ++index;
  });
  return status;
}

/// One known member of an object: where its value goes, or nowhere.
template <class T>
struct Field {
  std::string_view name;
  json::View T::*where = nullptr;
};
/// Reads an object's known members in one pass; each other one is a loss. Null counts as absent.
template <class T, std::size_t N>
T read_fields(json::View object, const std::array<Field<T>, N>& fields, std::string_view path, llm::Losses& losses) {
  T out;
  object.each_member([&](std::string_view name, json::View value) {
    if (value.is_null()) return;
    for (const Field<T>& field : fields)
      if (field.name == name) {
        if (field.where) out.*field.where = value;
        return;
      }
    losses.add(std::string(path) + "." + std::string(name), "unknown member");
  });
  return out;
}

}  // namespace aigw::adapters::openai_responses
