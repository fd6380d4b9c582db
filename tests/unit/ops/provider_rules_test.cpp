#include "ops/provider_rules.hpp"

#include "ops/names.hpp"

#include <doctest/doctest.h>

#include <array>

namespace {

using namespace aigw;
using llm::Auth;
using llm::Dialect;

constexpr std::array kAcmeEndpoints = {llm::Endpoint{Dialect::openai_chat, "https://api.acme.test/v1", Auth::bearer}};
constexpr std::array kSpecs = {llm::ProviderSpec{"acme", "ACME_API_KEY", kAcmeEndpoints}};
const llm::Registry kRegistry{kSpecs, {}, {}, {}};

config::Provider said(std::string base_url) {
  config::Provider provider;
  provider.name = "mine";
  provider.dialect = "openai-chat";
  provider.base_url = std::move(base_url);
  return provider;
}

}  // namespace

TEST_CASE("a custom provider is unpriced until somebody says how it is priced") {
  auto provider = said("https://llm.example.com/v1/");
  CHECK(ops::checked_provider(provider, kRegistry)->pricing.kind == policy::Pricing::Kind::unpriced);
  provider.prices_as = "acme";
  CHECK(ops::checked_provider(provider, kRegistry)->pricing.listed_as == "acme");
  provider.prices_as = "acne";
  const auto misspelt = ops::checked_provider(provider, kRegistry);
  REQUIRE_FALSE(misspelt.ok());
  CHECK(misspelt.error().param == "prices_as");
  CHECK(misspelt.error().next.find("Did you mean \"acme\"?") != std::string::npos);
  provider.prices_as = "acme";
  provider.free = true;
  CHECK_FALSE(ops::checked_provider(provider, kRegistry).ok());
}

TEST_CASE("base URLs lead to the open internet unless private addresses are allowed, and never to metadata") {
  for (const char* url :
       {"http://127.0.0.1:9000/v1", "http://localhost:9000/v1", "http://10.1.2.3/v1", "http://[::1]/v1"}) {
    CAPTURE(url);
    const auto refused = ops::checked_base_url(url, false);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().next.find("--allow-private") != std::string::npos);
    CHECK(ops::checked_base_url(url, true).ok());
  }
  for (const char* url :
       {"http://169.254.169.254/latest", "http://metadata.google.internal/", "http://0.0.0.0/v1", "http://[fe80::1]/v1",
        "ftp://example.com/", "https://user:pw@example.com/", "example.com", ""}) {
    CAPTURE(url);
    CHECK_FALSE(ops::checked_base_url(url, true).ok());
  }
}

TEST_CASE("a provider may speak further dialects, each at one URL") {
  auto provider = said("https://llm.example.com/v1");
  provider.speaks = {{"anthropic-messages", "https://llm.example.com/anthropic"}};
  const auto both = ops::checked_provider(provider, kRegistry);
  REQUIRE(both.ok());
  REQUIRE(both->speaks(Dialect::anthropic_messages));
  CHECK(both->speaks(Dialect::anthropic_messages)->auth == Auth::x_api_key);
  CHECK(both->speaks(Dialect::openai_chat)->auth == Auth::bearer);
  CHECK(both->speaks(Dialect::openai_chat)->url.path == "/v1");

  provider.speaks = {{"openai-chat", "https://other.example.com/v1"}};
  CHECK_FALSE(ops::checked_provider(provider, kRegistry).ok());
  provider.speaks = {{"openai-chats", "https://other.example.com/v1"}};
  CHECK(ops::checked_provider(provider, kRegistry).error().next.find("openai-chat") != std::string::npos);
}

TEST_CASE("a well-known name without URL takes the registry's row") {
  config::Provider entry;
  entry.name = "acme";
  const auto provider = ops::checked_provider(entry, kRegistry);
  REQUIRE(provider.ok());
  CHECK(provider->well_known);
  CHECK(provider->pricing.listed_as == "acme");
  REQUIRE(provider->endpoints.size() == 1);
  CHECK(ops::url_text(provider->endpoints[0].url) == "https://api.acme.test/v1");
}

TEST_CASE("a provider's name never hides a path of ours, a key's name never looks like an id") {
  for (const char* name : {"v1", "api", "metrics", "", "Big", "a/b", "..", ".x", "with space"}) {
    CAPTURE(name);
    CHECK_FALSE(ops::check_provider_name(name).ok());
  }
  CHECK(ops::check_provider_name("local-llm_2.0").ok());
  CHECK_FALSE(ops::check_label("key", "key_12").ok());
  CHECK_FALSE(ops::check_label("key", "a/b").ok());
  CHECK_FALSE(ops::check_label("key", "line\nbreak").ok());
  CHECK(ops::check_label("key", "Anna's laptop").ok());
  CHECK(ops::check_label("key", "key_ring").ok());
}
