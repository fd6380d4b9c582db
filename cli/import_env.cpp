#include "cli/import_env.hpp"

#include "base/text.hpp"
#include "config/environment.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace aigw::cli {
namespace {

using Found = std::vector<const llm::ProviderSpec*>;

Found find_keys(const llm::Registry& registry, const server::KeysAtStart& keys) {
  Found found;
  for (const llm::ProviderSpec& spec : registry.providers) {
    const bool has_key = std::ranges::find(keys.providers_with_key, spec.name) != keys.providers_with_key.end();
    if (has_key || spec.place != llm::ProviderSpec::Place::cloud || spec.key_env.empty()) continue;
    if (config::environment(std::string(spec.key_env).c_str())) found.push_back(&spec);
  }
  return found;
}

/// The gateway blocks signals before its threads start; a person at a prompt may still leave by Ctrl-C.
class SignalsLetThrough {
 public:
  SignalsLetThrough() {
    sigset_t both;
    ::sigemptyset(&both);
    ::sigaddset(&both, SIGINT);
    ::sigaddset(&both, SIGTERM);
    ::pthread_sigmask(SIG_UNBLOCK, &both, &before_);
  }
  ~SignalsLetThrough() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsLetThrough(const SignalsLetThrough&) = delete;
  SignalsLetThrough& operator=(const SignalsLetThrough&) = delete;

 private:
  sigset_t before_{};
};

std::string ask(const std::string& question) {
  const SignalsLetThrough let_through;
  std::fputs(question.c_str(), stderr);
  char line[512];
  return std::fgets(line, sizeof line, stdin) ? std::string(text::trim(line)) : std::string();
}

Found choose(const Found& found) {
  std::string question = "Keys of providers stand in the environment:\n";
  for (const llm::ProviderSpec* spec : found)
    question.append("  ").append(spec->name).append("  from ").append(spec->key_env).append("\n");
  question += "Store which of them, sealed, in aigw's database? (\"all\", or names, as in \"" +
              std::string(found.front()->name) + "\"; Enter for none) ";
  std::string answer = ask(question);
  if (answer == "all") return found;
  std::ranges::replace(answer, ',', ' ');
  Found chosen;
  for (const std::string_view word : text::split(answer, ' ')) {
    if (word.empty()) continue;
    const auto at = std::ranges::find_if(
        found, [&](const llm::ProviderSpec* spec) { return spec->name == word || spec->key_env == word; });
    if (at == found.end())
      std::fprintf(stderr, "aigw: \"%.*s\" is none of them, and left out\n", static_cast<int>(word.size()),
                   word.data());
    else if (std::ranges::find(chosen, *at) == chosen.end())
      chosen.push_back(*at);
  }
  return chosen;
}

}  // namespace

std::vector<server::NewCredential> keys_of_environment(const llm::Registry& registry, const server::KeysAtStart& keys,
                                                       ImportEnv import) {
  const bool may_ask = !keys.any_callable && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  if (import == ImportEnv::ask && !may_ask) return {};
  Found found = find_keys(registry, keys);
  if (import == ImportEnv::ask && !found.empty()) found = choose(found);
  std::vector<server::NewCredential> added;
  for (const llm::ProviderSpec* spec : found)
    if (auto secret = config::take_environment_secret(std::string(spec->key_env).c_str()))
      added.push_back({std::string(spec->name), Secret(std::string(text::trim(secret->reveal())))});
  return added;
}

}  // namespace aigw::cli
