#pragma once
// Which route a path names. The result decides access and dispatch alike. Pure.

#include "gateway/gateway.hpp"
#include "http/target.hpp"
#include "policy/snapshot.hpp"

#include <string_view>

namespace aigw::gateway {

struct Route {
  enum class Kind : std::uint8_t { none, wrong_method, root, health, ready, metrics, options, surface };
  Kind kind = Kind::none;
  const llm::Surface* surface = nullptr;
  const policy::Provider* provider = nullptr;  ///< named by `/{provider}/...`
  std::string_view tail;                       ///< what a trailing "/*" took
  std::string_view allow;                      ///< wrong_method: the methods that would do
};

Route match(const Gateway& gateway, const policy::Snapshot& snapshot, http::Method method, std::string_view path);

/// The dialect in which to speak to a client whose request went no further than its path.
llm::Dialect dialect_for(const llm::Codecs& codecs, std::string_view path, const http::Headers& headers);

}  // namespace aigw::gateway
