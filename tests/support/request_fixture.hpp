#pragma once
// A request on its way in or out of the neutral form: what came of it, what was lost, or why it was refused.

#include "adapters/model_traits.hpp"
#include "llm/translator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aigw::test {

struct DecodedRequest {
  std::string text;
  json::Object object;
  llm::Losses losses;
  llm::ChatRequest request;
  std::string refused;

  DecodedRequest(const llm::Translator& translator, std::string body, std::string_view model_in_path = {})
      : text(std::move(body)) {
    auto scanned = json::scan_object(text);
    REQUIRE(scanned.ok());
    object = *scanned;
    auto decoded = translator.decode_request(object, model_in_path, losses);
    if (decoded)
      request = *std::move(decoded);
    else
      refused = decoded.error().message;
  }
};

struct EncodedRequest {
  llm::EncodedRequest whole;
  std::string body;
  llm::Losses losses;
  std::string refused;

  EncodedRequest(const llm::Translator& translator, const llm::ChatRequest& request, std::string_view model,
                 llm::Quirks quirks = llm::Quirks::none) {
    const llm::EncodeTarget target{
        .provider = "p", .model = model, .quirks = quirks, .traits = adapters::model_traits(model)};
    auto encoded = translator.encode_request(request, target, losses);
    if (!encoded) {
      refused = encoded.error().message;
      return;
    }
    whole = *encoded;
    body = whole.body;
    CHECK(json::scan_object(body).ok());
  }
  std::string member(std::string_view name) const { return std::string(json::View::of(body)[name].raw()); }
};

inline llm::Block text(std::string words) { return {.value = llm::Text{std::move(words)}, .path = "t"}; }
inline llm::Block call(std::string id, std::string name, std::string arguments = "{}") {
  return {.value = llm::ToolCall{.id = std::move(id), .name = std::move(name), .arguments = std::move(arguments)},
          .path = "c"};
}
inline llm::Block result(std::string id, std::string words, std::string name = {}) {
  return {.value = llm::ToolResult{.call_id = std::move(id), .name = std::move(name), .text = std::move(words)},
          .path = "r"};
}
inline bool has_loss(const llm::Losses& losses, std::string_view path, std::string_view reason) {
  return std::ranges::find(losses.losses(), llm::Loss{std::string(path), std::string(reason)}) != losses.losses().end();
}

}  // namespace aigw::test
