#pragma once
// A Context over a real database in a temporary folder, a registry of two made-up providers, and a clock that stands.

#include "base/files.hpp"
#include "ops/context.hpp"
#include "store/ingester.hpp"
#include "store/vault.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace aigw::test {

inline constexpr std::array kAcmeEndpoints = {
    llm::Endpoint{llm::Dialect::openai_chat, "https://api.acme.test/v1", llm::Auth::bearer}};
inline constexpr std::array kZenEndpoints = {
    llm::Endpoint{llm::Dialect::anthropic_messages, "https://api.zen.test", llm::Auth::x_api_key}};
inline constexpr std::array kSpecs = {llm::ProviderSpec{"acme", "ACME_API_KEY", kAcmeEndpoints},
                                      llm::ProviderSpec{"zen", "ZEN_API_KEY", kZenEndpoints}};
inline constexpr std::array kFacts = {
    llm::ModelFact{"acme", "rocket-1", 128'000, 16'384, 150'000, 75'000, 150'000, 600'000, "chat tools"},
    llm::ModelFact{"acme", "rocket-2", 200'000, 32'768, 2'500'000, 1'250'000, 2'500'000, 10'000'000,
                   "chat tools vision"},
    llm::ModelFact{"zen", "koan-1", 200'000, 8'192, 3'000'000, 300'000, 3'750'000, 15'000'000, "chat"},
};
inline const llm::Registry kTestRegistry{kSpecs, kFacts, "2026-07-24", "made up"};

struct OpsFixture {
  TempDir folder;
  std::unique_ptr<store::Ingester> ingester;
  std::unique_ptr<store::Vault> vault;
  UnixMillis now{1'795'000'000'000};
  int changes = 0;
  ops::Context context;

  OpsFixture() {
    auto lock = files::FileLock::acquire(folder / "aigw.db.lock", "test");
    REQUIRE(lock.ok());
    store::IngesterOptions options;
    options.db = folder / "aigw.db";
    auto opened = store::Ingester::open(std::move(options), *std::move(lock));
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().text()));
    ingester = *std::move(opened);
    REQUIRE(ingester->recover().ok());
    auto unlocked = ingester->write([](store::Database& db) {
      store::MasterKeySource source;
      source.value = Secret("a master key that is long enough for a test");
      return store::Vault::unlock(db, source);
    });
    REQUIRE_MESSAGE(unlocked.ok(), (unlocked.ok() ? "" : unlocked.error().text()));
    vault = std::make_unique<store::Vault>(*std::move(unlocked));
    context.ingester = ingester.get();
    context.vault = vault.get();
    context.registry = &kTestRegistry;
    context.changed = [this] { ++changes; };
    context.clock = [this] { return now; };
    context.version = "1.2.3";
  }
};

/// What a local provider is told as; each test changes what it is about.
inline config::Provider local_provider(std::string name) {
  config::Provider said;
  said.name = std::move(name);
  said.dialect = "openai-chat";
  said.base_url = "http://127.0.0.1:9000/v1";
  said.allow_private = true;
  return said;
}

/// A configuration file that says these.
inline config::Config config_with(std::vector<config::Provider> providers) {
  config::Config config;
  config.providers = std::move(providers);
  return config;
}

}  // namespace aigw::test
