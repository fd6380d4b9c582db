// The built-in provider's embeddings and moderations: numbers that are made of the text's hash, so the same text gives
// the same numbers.

#include "json/dom.hpp"
#include "server/mock_answer.hpp"
#include "server/mock_dialects.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace aigw::server::mock {
namespace {

constexpr std::int64_t kDimensions = 256;
constexpr std::int64_t kDimensionsMax = 4096;

/// The texts of `input`: a string, a list of strings, a list of token ids, or a list of such lists.
Result<std::vector<std::string>> read_inputs(const Dom& body) {
  constexpr std::size_t kInputsMax = 2048;
  const Dom* input = member(body, "input");
  if (input == nullptr || (!input->is_string() && !input->is_array()) || input->empty())
    return bad_field("input", "'input' is missing, empty or of a wrong type");
  std::vector<std::string> texts;
  if (input->is_string() || input->front().is_number()) {
    texts.push_back(input->is_string() ? input->get<std::string>() : json::dump(*input));
    return texts;
  }
  if (input->size() > kInputsMax)
    return bad_field("input", "'input' has more than " + std::to_string(kInputsMax) + " texts");
  for (const Dom& text : *input) {
    if (!text.is_string() && !text.is_array() && !text.is_object())
      return bad_field("input", "an element of 'input' is neither a text nor tokens");
    texts.push_back(text.is_string()   ? text.get<std::string>()
                    : text.is_object() ? string_member(text, "text")
                                       : json::dump(text));
  }
  return texts;
}

/// A unit vector.
std::vector<float> vector_of(std::string_view text, std::int64_t dimensions) {
  std::vector<float> values;
  std::uint64_t state = hash_of(text);
  double square_sum = 0;
  for (std::int64_t i = 0; i < dimensions; ++i) {
    state += 0x9E3779B97F4A7C15ULL;  // splitmix64
    std::uint64_t mixed = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    values.push_back(static_cast<float>(static_cast<std::int32_t>((mixed ^ (mixed >> 31U)) >> 32U)) / 2147483648.0F);
    square_sum += static_cast<double>(values.back()) * static_cast<double>(values.back());
  }
  for (float& value : values) value = static_cast<float>(static_cast<double>(value) / std::sqrt(square_sum));
  return values;
}

std::string little_endian(const std::vector<float>& values) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Result<net::SimpleResponse> embed(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(const Dom body, parse_body(request));
  AIGW_TRY_ASSIGN(const std::vector<std::string> texts, read_inputs(body));
  const std::int64_t dimensions = integer_member(body, "dimensions").value_or(kDimensions);
  if (dimensions < 1 || dimensions > kDimensionsMax)
    return bad_field("dimensions", "'dimensions' is not between 1 and " + std::to_string(kDimensionsMax));
  const bool as_base64 = string_member(body, "encoding_format") == "base64";
  Dom data = Dom::array();
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::vector<float> values = vector_of(texts[i], dimensions);
    data.push_back({{"object", "embedding"},
                    {"index", i},
                    {"embedding", as_base64 ? Dom(base64(little_endian(values))) : Dom(values)}});
    tokens += tokens_of(texts[i]);
  }
  return json_response(200, {{"object", "list"},
                             {"data", std::move(data)},
                             {"model", string_member(body, "model")},
                             {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

Result<net::SimpleResponse> moderate(const net::SimpleRequest& request) {
  AIGW_TRY_ASSIGN(Dom body, json::parse_dom(request.body));
  AIGW_TRY_ASSIGN(const std::vector<std::string> texts, read_inputs(body));
  const std::string model = string_member(body, "model");  // optional here
  Dom results = Dom::array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Dom categories = Dom::object();
    Dom scores = Dom::object();
    for (const char* category :
         {"harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
          "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic"}) {
      categories[category] = false;
      scores[category] = 0.0001;
    }
    results.push_back(
        {{"flagged", false}, {"categories", std::move(categories)}, {"category_scores", std::move(scores)}});
  }
  return json_response(200, {{"id", stable_id("modr-", request.body)},
                             {"model", model.empty() ? "mock-small" : model},
                             {"results", std::move(results)}});
}

net::SimpleResponse or_error(Result<net::SimpleResponse> outcome) {
  return outcome ? *std::move(outcome) : openai_error(outcome.error());
}

}  // namespace

net::SimpleResponse embeddings(const net::SimpleRequest& request) { return or_error(embed(request)); }
net::SimpleResponse moderations(const net::SimpleRequest& request) { return or_error(moderate(request)); }

}  // namespace aigw::server::mock
