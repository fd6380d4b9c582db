#pragma once
// `aigw serve`: wires store, snapshot, data plane and control socket together, and ends them in order.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "config/config.hpp"
#include "config/paths.hpp"
#include "llm/codec.hpp"
#include "llm/provider.hpp"

#include <functional>
#include <string>
#include <vector>

namespace aigw::server {

enum class Demo : std::uint8_t { no, yes };

/// A provider's key that is to be stored under the provider's default name.
struct NewCredential {
  std::string provider;
  Secret secret;
};

/// What is known of keys when the gateway starts.
struct KeysAtStart {
  std::vector<std::string> providers_with_key;
  bool any_callable = false;  ///< some provider can be asked as things are
};

struct DaemonOptions {
  config::Config config;             ///< what `loader` loaded
  config::Loader* loader = nullptr;  ///< for reloads; none: it keeps what it began with
  config::Paths paths;               ///< with Demo::yes a throw-away folder takes their place
  Demo demo = Demo::no;              ///< with a built-in provider and a key of its own
  const llm::Registry* registry = nullptr;
  const llm::Codecs* codecs = nullptr;
  std::string_view version;
  std::string program = "aigw";  ///< what a user types to run this program
  /// Asked once before it listens, not by a demo: keys to store. Signals are blocked meanwhile.
  std::function<std::vector<NewCredential>(const KeysAtStart&)> new_credentials;
  std::function<void(const config::ListenAddress&)> listening = [](const auto&) {};  ///< when all of it is ready
};

/// Runs until SIGINT or SIGTERM, then drains. Returns the exit code.
/// @errors what kept it from starting
Result<int> run_daemon(const DaemonOptions& options);

}  // namespace aigw::server
