#include "adapters/openai_responses/codec.hpp"
#include "adapters/openai_responses/parts.hpp"

#include <array>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Block;
using llm::Dialect;

using Keys2 = std::array<std::string_view, 2>;
using Keys3 = std::array<std::string_view, 3>;
using Keys4 = std::array<std::string_view, 4>;

void decode_content(json::View content, std::vector<Block>& blocks, std::string& logprobs) {
  content.each([&](json::View part) {
    const auto [type, words, annotations, odds] = part.members(Keys4{"type", "text", "annotations", "logprobs"});
    if (type.string() == "refusal") {
      blocks.push_back({.value = llm::Refusal{part["refusal"].string().value_or("")}});
      return;
    }
    if (type.string() != "output_text") return;
    llm::Text text{.text = words.string().value_or("")};
    annotations.each([&](json::View annotation) {
      if (annotation["type"].string() == "url_citation") text.citations.push_back(decode_annotation(annotation));
    });
    odds.each([&](json::View one) { logprobs.append(logprobs.empty() ? "" : ",").append(one.raw()); });
    blocks.push_back({.value = std::move(text)});
  });
}

void decode_reasoning(json::View item, std::vector<Block>& blocks) {
  const auto [summary, content, encrypted] = item.members(Keys3{"summary", "content", "encrypted_content"});
  llm::Thinking thinking;
  // Some hosts give the raw text in `content`; where there is a summary, that is what is shown.
  for (const json::View list : {summary, content}) {
    if (!thinking.text.empty()) break;
    list.each([&](json::View part) {
      thinking.text.append(thinking.text.empty() ? "" : "\n\n").append(part["text"].string().value_or(""));
    });
  }
  if (auto sealed = encrypted.string(); sealed && !sealed->empty())
    thinking.seal = llm::Seal{Dialect::openai_responses, {}, *std::move(sealed)};
  thinking.redacted = thinking.text.empty();
  if (!thinking.redacted || thinking.seal) blocks.push_back({.value = std::move(thinking)});
}

Block decode_call(json::View item, bool is_custom) {
  const auto [id, name, body] = item.members(Keys3{"call_id", "name", is_custom ? "input" : "arguments"});
  return {.value = llm::ToolCall{.id = id.string().value_or(""),
                                 .name = name.string().value_or(""),
                                 .arguments = body.string().value_or(""),
                                 .custom = is_custom}};
}

}  // namespace

llm::Citation decode_annotation(json::View annotation) {
  const auto [start, end, url, title] = annotation.members(Keys4{"start_index", "end_index", "url", "title"});
  return {.start = start.integer().value_or(0),
          .end = end.integer().value_or(0),
          .url = url.string().value_or(""),
          .title = title.string().value_or("")};
}

llm::Finish decode_finish(std::string_view status, json::View incomplete_details) {
  using Reason = llm::Finish::Reason;
  if (status == "completed" || status == "complete") return {};
  std::string why = incomplete_details["reason"].string().value_or(std::string(status));
  const Reason reason = why == "max_output_tokens" ? Reason::length
                        : why == "content_filter"  ? Reason::filter
                                                   : Reason::other;
  return {.reason = reason, .detail = std::move(why)};
}

void decode_item(json::View item, std::vector<Block>& blocks, std::string& logprobs) {
  const auto [kind, content] = item.members(Keys2{"type", "content"});
  const std::string type = kind.string().value_or("");
  if (type == "message") return decode_content(content, blocks, logprobs);
  if (type == "reasoning") return decode_reasoning(item, blocks);
  if (type == "function_call" || type == "custom_tool_call") {
    blocks.push_back(decode_call(item, type == "custom_tool_call"));
    return;
  }
  if (!type.empty()) blocks.push_back({.value = llm::Opaque{Dialect::openai_responses, type, std::string(item.raw())}});
}

Result<llm::Answer> decode_answer(std::string_view body) {
  const auto object = json::scan_answer(body);
  if (!object || (*object)["output"].type() != json::Type::array)
    return make_error(ErrorKind::upstream_invalid, "the provider's answer is no response");
  const std::string status = (*object)["status"].string().value_or("");
  if (status == "failed" || status == "cancelled")
    return make_error(ErrorKind::upstream_invalid,
                      (*object)["error"]["message"].string().value_or("the provider's response has " + status));
  llm::Answer answer{.id = (*object)["id"].string().value_or(""),
                     .model = (*object)["model"].string().value_or(""),
                     .created_s = static_cast<std::int64_t>((*object)["created_at"].number().value_or(0)),
                     .usage = read_usage((*object)["usage"])};
  llm::Candidate candidate{.finish = decode_finish(status, (*object)["incomplete_details"])};
  std::string logprobs;
  (*object)["output"].each([&](json::View item) { decode_item(item, candidate.blocks, logprobs); });
  if (!logprobs.empty()) candidate.logprobs = "[" + logprobs + "]";
  llm::settle_finish(candidate);
  answer.candidates.push_back(std::move(candidate));
  return answer;
}

}  // namespace aigw::adapters::openai_responses
