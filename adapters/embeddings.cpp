#include "adapters/embeddings.hpp"

#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"
#include "base/base64.hpp"
#include "json/writer.hpp"
#include "llm/token_estimate.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace aigw::adapters {
namespace {

using json::Type;
using json::View;
using llm::Dialect;

constexpr std::size_t kInputsMax = 2048;  // OpenAI's own bound, API reference 2026-11

/// The texts of OpenAI's `input`.
Result<std::vector<std::string>> texts_of_input(View input) {
  std::vector<std::string> texts;
  if (const auto text = input.string()) {
    texts.push_back(*text);
    return texts;
  }
  bool all_text = input.type() == Type::array;
  input.each([&](View element) {
    if (const auto text = element.string(); text && texts.size() < kInputsMax)
      texts.push_back(*text);
    else
      all_text = false;
  });
  if (!all_text || texts.empty())
    return cannot_express("input", "token ids, an empty or a longer list", Dialect::gemini_generate);
  return texts;
}

Result<llm::EncodedRequest> to_gemini(const json::Object& body, std::string_view model, llm::Losses& losses) {
  AIGW_TRY_ASSIGN(const std::vector<std::string> texts, texts_of_input(body["input"]));
  for (const json::Member& member : body.members())
    if (member.key == "user")
      losses.note(member.key, "no twin");
    else if (member.key != "input" && member.key != "model" && member.key != "dimensions" &&
             member.key != "encoding_format")
      losses.add(member.key, "unknown member");
  const std::string name = "models/" + std::string(model);
  llm::EncodedRequest out;
  out.path = "/v1beta/" + name + ":batchEmbedContents";
  json::Writer writer(out.body);
  writer.begin_object().key("requests").begin_array();
  for (const std::string& text : texts) {
    writer.begin_object().member("model", name).key("content").begin_object().key("parts").begin_array();
    writer.begin_object().member("text", text).end_object().end_array().end_object();
    if (const auto dimensions = body["dimensions"].integer()) writer.member("outputDimensionality", *dimensions);
    writer.end_object();
  }
  writer.end_array().end_object();
  return out;
}

View either(View object, std::string_view camel, std::string_view snake) {
  const View found = object[camel];
  return found ? found : object[snake];
}

Result<llm::EncodedRequest> to_openai(const json::Object& body, std::string_view model, llm::Losses& losses) {
  const View whole = View::of(body.text());
  std::vector<View> requests;
  if (const View list = whole["requests"]; list.type() == Type::array)
    list.each([&](View one) { requests.push_back(one); });
  else
    requests.push_back(whole);
  if (requests.empty() || requests.size() > kInputsMax)
    return cannot_express("requests", "an empty or a longer list", Dialect::openai_chat);
  llm::EncodedRequest out;
  out.path = "/embeddings";
  json::Writer writer(out.body);
  writer.begin_object().member("model", model).key("input").begin_array();
  for (const View one : requests) {
    std::string text;
    bool other = false;
    one["content"]["parts"].each([&](View part) {
      if (const auto piece = part["text"].string())
        text += *piece;
      else
        other = true;
    });
    if (other) return cannot_express("content.parts", "a part that is no text", Dialect::openai_chat);
    writer.string(text);
    for (const std::string_view name : {"taskType", "task_type", "title"})
      if (one[name]) losses.add(name, "no twin");
  }
  writer.end_array();
  if (const auto size = either(requests.front(), "outputDimensionality", "output_dimensionality").integer())
    writer.member("dimensions", *size);
  writer.member("encoding_format", "float").end_object();
  return out;
}

/// Little-endian float32, as OpenAI's SDKs ask for it.
std::string packed(View values) {
  std::string bytes;
  values.each([&](View value) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value.number().value_or(0)));
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift);
  });
  return base64::encode(bytes);
}

Error no_embeddings() {
  return make_error(ErrorKind::upstream_invalid, "it answered with a body that holds no embeddings");
}

Result<llm::Embedder::Answer> from_gemini(const json::Object& request, std::string_view model, std::string_view body) {
  const View answer = View::of(body);
  const View list = answer["embeddings"];
  if (list.type() != Type::array) return no_embeddings();
  const bool base64_asked = request["encoding_format"].string() == "base64";
  llm::Embedder::Answer out;
  std::int64_t tokens = 0;
  if (const auto told = answer["usageMetadata"]["promptTokenCount"].integer()) {
    tokens = *told;
    out.facts.usage = TokenUsage{.input = tokens};
  } else if (const auto texts = texts_of_input(request["input"])) {
    for (const std::string& text : *texts) tokens += llm::estimate_tokens(text);
  }
  json::Writer writer(out.body);
  writer.begin_object().member("object", "list").key("data").begin_array();
  std::int64_t index = 0;
  list.each([&](View one) {
    writer.begin_object().member("object", "embedding").member("index", index++).key("embedding");
    base64_asked ? writer.string(packed(one["values"])) : writer.raw(one["values"].raw());
    writer.end_object();
  });
  writer.end_array().member("model", model).key("usage").begin_object();
  writer.member("prompt_tokens", tokens).member("total_tokens", tokens).end_object().end_object();
  out.facts.is_answer = true;
  return out;
}

Result<llm::Embedder::Answer> from_openai(const json::Object& request, std::string_view body) {
  const View answer = View::of(body);
  const View list = answer["data"];
  if (list.type() != Type::array) return no_embeddings();
  llm::Embedder::Answer out;
  out.facts.is_answer = true;
  out.facts.model_served = answer["model"].string().value_or("");
  const auto tokens = answer["usage"]["prompt_tokens"].integer();
  if (tokens) out.facts.usage = TokenUsage{.input = *tokens};
  const bool batch = request.find("requests") != nullptr;
  json::Writer writer(out.body);
  writer.begin_object().key(batch ? "embeddings" : "embedding");
  if (batch) writer.begin_array();
  list.each([&](View one) { writer.begin_object().key("values").raw(one["embedding"].raw()).end_object(); });
  if (batch) writer.end_array();
  if (tokens) writer.key("usageMetadata").begin_object().member("promptTokenCount", *tokens).end_object();
  writer.end_object();
  return out;
}

class Embeddings final : public llm::Embedder {
 public:
  Dialect other(Dialect client) const override {
    if (client == Dialect::openai_chat) return Dialect::gemini_generate;
    return client == Dialect::gemini_generate ? Dialect::openai_chat : Dialect::none;
  }
  Result<llm::EncodedRequest> request(Dialect client, const json::Object& body, std::string_view model,
                                      llm::Losses& losses) const override {
    return client == Dialect::openai_chat ? to_gemini(body, model, losses) : to_openai(body, model, losses);
  }
  Result<Answer> answer(Dialect client, const json::Object& request, std::string_view model,
                        std::string_view body) const override {
    return client == Dialect::openai_chat ? from_gemini(request, model, body) : from_openai(request, body);
  }
};

}  // namespace

const llm::Embedder& embedder() {
  static const Embeddings embeddings;
  return embeddings;
}

}  // namespace aigw::adapters
