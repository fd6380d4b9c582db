#pragma once
// Identifiers that do not mix: a key's id is no provider's id.

#include <compare>
#include <cstdint>
#include <functional>

namespace aigw {

/// A 63-bit row id. 0 means none.
template <class Tag>
struct StrongId {
  std::int64_t value = 0;
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const StrongId&) const = default;
};

using KeyId = StrongId<struct KeyIdTag>;                ///< a key that we issued to a client
using CredentialId = StrongId<struct CredentialIdTag>;  ///< a provider's secret
using ProviderId = StrongId<struct ProviderIdTag>;
using TextId = StrongId<struct TextIdTag>;  ///< an interned name in the store

}  // namespace aigw

template <class Tag>
struct std::hash<aigw::StrongId<Tag>> {
  std::size_t operator()(aigw::StrongId<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
