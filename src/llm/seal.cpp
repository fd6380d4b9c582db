#include "llm/seal.hpp"

#include "base/base64.hpp"

namespace aigw::llm {

std::string wrap(const Seal& seal) {
  std::string out(kSealPrefix);
  out.append(name_of(seal.dialect)).append(".");
  out.append(base64::encode_url(seal.provider)).append(".");
  out.append(base64::encode_url(seal.bytes));
  return out;
}

std::optional<Seal> unwrap(std::string_view text) {
  if (!text.starts_with(kSealPrefix)) return std::nullopt;
  text.remove_prefix(kSealPrefix.size());
  const auto first = text.find('.');
  const auto second = text.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto dialect = dialect_named(text.substr(0, first));
  auto provider = base64::decode(text.substr(first + 1, second - first - 1));
  auto bytes = base64::decode(text.substr(second + 1));
  if (!dialect || !provider || !bytes) return std::nullopt;
  return Seal{*dialect, *std::move(provider), *std::move(bytes)};
}

}  // namespace aigw::llm
