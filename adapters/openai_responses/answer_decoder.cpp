#include "adapters/openai_responses/codec.hpp"
#include "adapters/openai_responses/parts.hpp"

namespace aigw::adapters::openai_responses {
namespace {

using llm::Block;
using llm::Dialect;

void decode_message(json::View item, std::vector<Block>& blocks, std::string& logprobs) {
  item["content"].each([&](json::View part) {
    const std::string type = part["type"].string().value_or("");
    if (type == "refusal") {
      blocks.push_back({.value = llm::Refusal{part["refusal"].string().value_or("")}});
      return;
    }
    if (type != "output_text") return;
    llm::Text text{.text = part["text"].string().value_or("")};
    part["annotations"].each([&](json::View annotation) {
      if (annotation["type"].string() == "url_citation") text.citations.push_back(decode_annotation(annotation));
    });
    part["logprobs"].each([&](json::View one) { logprobs.append(logprobs.empty() ? "" : ",").append(one.raw()); });
    blocks.push_back({.value = std::move(text)});
  });
}

void decode_reasoning(json::View item, std::vector<Block>& blocks) {
  llm::Thinking thinking;
  // Some hosts give the raw text in `content`; where there is a summary, that is what is shown.
  for (const std::string_view list : {"summary", "content"}) {
    if (!thinking.text.empty()) break;
    item[list].each([&](json::View part) {
      thinking.text.append(thinking.text.empty() ? "" : "\n\n").append(part["text"].string().value_or(""));
    });
  }
  if (auto sealed = item["encrypted_content"].string(); sealed && !sealed->empty())
    thinking.seal = llm::Seal{Dialect::openai_responses, {}, *std::move(sealed)};
  thinking.redacted = thinking.text.empty();
  if (!thinking.redacted || thinking.seal) blocks.push_back({.value = std::move(thinking)});
}

}  // namespace

llm::Citation decode_annotation(json::View annotation) {
  return {.start = annotation["start_index"].integer().value_or(0),
          .end = annotation["end_index"].integer().value_or(0),
          .url = annotation["url"].string().value_or(""),
          .title = annotation["title"].string().value_or("")};
}

llm::Finish decode_finish(json::View response) {
  using Reason = llm::Finish::Reason;
  const std::string status = response["status"].string().value_or("");
  if (status == "completed" || status == "complete") return {};
  std::string why = response["incomplete_details"]["reason"].string().value_or(status);
  const Reason reason = why == "max_output_tokens" ? Reason::length
                        : why == "content_filter"  ? Reason::filter
                                                   : Reason::other;
  return {.reason = reason, .detail = std::move(why)};
}

void decode_item(json::View item, std::vector<Block>& blocks, std::string& logprobs) {
  const std::string type = item["type"].string().value_or("");
  if (type == "message") return decode_message(item, blocks, logprobs);
  if (type == "reasoning") return decode_reasoning(item, blocks);
  if (type == "function_call" || type == "custom_tool_call") {
    const bool custom = type == "custom_tool_call";
    blocks.push_back({.value = llm::ToolCall{.id = item["call_id"].string().value_or(""),
                                             .name = item["name"].string().value_or(""),
                                             .arguments = item[custom ? "input" : "arguments"].string().value_or(""),
                                             .custom = custom}});
    return;
  }
  if (!type.empty()) blocks.push_back({.value = llm::Opaque{Dialect::openai_responses, type, std::string(item.raw())}});
}

Result<llm::Answer> decode_answer(std::string_view body) {
  const auto object = json::scan_answer(body);
  if (!object || (*object)["output"].type() != json::Type::array)
    return make_error(ErrorKind::upstream_invalid, "the provider's answer is no response");
  const json::View whole = json::View::of(body);
  if (const std::string status = whole["status"].string().value_or(""); status == "failed" || status == "cancelled")
    return make_error(ErrorKind::upstream_invalid,
                      whole["error"]["message"].string().value_or("the provider's response has " + status));
  llm::Answer answer{.id = whole["id"].string().value_or(""),
                     .model = whole["model"].string().value_or(""),
                     .created_s = static_cast<std::int64_t>(whole["created_at"].number().value_or(0)),
                     .usage = read_usage(whole["usage"])};
  llm::Candidate candidate{.finish = decode_finish(whole)};
  std::string logprobs;
  whole["output"].each([&](json::View item) { decode_item(item, candidate.blocks, logprobs); });
  if (!logprobs.empty()) candidate.logprobs = "[" + logprobs + "]";
  llm::settle_finish(candidate);
  answer.candidates.push_back(std::move(candidate));
  return answer;
}

}  // namespace aigw::adapters::openai_responses
