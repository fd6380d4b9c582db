#include "adapters/openai_responses/parts.hpp"
#include "llm/seal.hpp"

namespace aigw::adapters::openai_responses {

std::string carrier(const llm::Seal& seal, std::string_view owner) {
  std::string out = llm::wrap(seal);
  if (!owner.empty()) out.append("#").append(owner);
  return out;
}

Carried carried(std::string_view encrypted_content) {
  Carried out;
  if (encrypted_content.starts_with(llm::kSealPrefix)) {
    const auto mark = encrypted_content.find('#');
    if (auto seal = llm::unwrap(encrypted_content.substr(0, mark))) {
      out.seal = *std::move(seal);
      if (mark != std::string_view::npos) out.owner = encrypted_content.substr(mark + 1);
      return out;
    }
  }
  out.seal = {.dialect = llm::Dialect::openai_responses, .provider = {}, .bytes = std::string(encrypted_content)};
  return out;
}

}  // namespace aigw::adapters::openai_responses
