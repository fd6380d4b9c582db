#include "llm/call_id.hpp"

#include "base/crypto.hpp"

#include <algorithm>

namespace aigw::llm {

bool is_legal_call_id(std::string_view id, std::size_t size_max) {
  return !id.empty() && id.size() <= size_max && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string call_id_for(std::string_view id, std::size_t size_max) {
  if (is_legal_call_id(id, size_max)) return std::string(id);
  const crypto::Sha256 digest = crypto::sha256(id);
  return "call_" + crypto::to_hex({reinterpret_cast<const char*>(digest.data()), 12});
}

std::string made_call_id(std::string_view prefix, std::string_view request_id, std::size_t number) {
  std::string out(prefix);
  std::ranges::copy_if(request_id.substr(request_id.find('_') + 1), std::back_inserter(out), [](char c) {
    return is_legal_call_id({&c, 1}, 1);
  });
  return out.append("_").append(std::to_string(number));
}

}  // namespace aigw::llm
