#pragma once
// What `providers add` and `providers set` say of a provider: the same, in one place.

#include "base/error.hpp"
#include "cli/arguments.hpp"
#include "json/dom.hpp"

#include <string>
#include <vector>

namespace aigw::cli {

struct ProviderOptions {
  std::string name;
  std::string dialect;
  std::string base_url;
  std::vector<std::string> speaks;
  std::string auth;
  std::string prices_as;
  bool free = false;
  bool allow_private = false;
  bool json = false;
};

void describe(Arguments& arguments, ProviderOptions& options);
/// The body for the admin API. @errors config: --speaks without '=', or --free and --prices-as together
Result<json::Dom> body_of(const ProviderOptions& options);

}  // namespace aigw::cli
