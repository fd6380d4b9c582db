#include "ops/provider_rules.hpp"

#include "base/text.hpp"
#include "http/uri.hpp"
#include "ops/names.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace aigw::ops {
namespace {

using llm::Auth;
using llm::Dialect;

constexpr std::array<std::pair<std::string_view, Auth>, 7> kAuthNames = {{{"api-key", Auth::api_key},
                                                                          {"aws-bedrock", Auth::aws_bedrock},
                                                                          {"bearer", Auth::bearer},
                                                                          {"none", Auth::none},
                                                                          {"service-account", Auth::service_account},
                                                                          {"x-api-key", Auth::x_api_key},
                                                                          {"x-goog-api-key", Auth::x_goog_api_key}}};

Error bad_field(std::string param, std::string message, std::string next = {}) {
  Error error = make_error(ErrorKind::bad_request, std::move(message), std::move(next));
  error.param = std::move(param);
  return error;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const auto word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::string choices(std::string_view word, const std::vector<std::string_view>& words) {
  const std::string_view near = text::nearest(word, words);
  return (near.empty() ? "" : "Did you mean \"" + std::string(near) + "\"? ") + "Known are " + joined(words) + ".";
}

Result<Dialect> dialect_of(std::string_view name, std::string param) {
  if (const auto dialect = llm::dialect_named(name)) return *dialect;
  std::vector<std::string_view> known;
  for (const Dialect dialect : llm::kDialects) known.push_back(llm::name_of(dialect));
  return bad_field(std::move(param),
                   name.empty() ? "a provider needs a dialect" : "there is no dialect \"" + std::string(name) + "\"",
                   choices(name, known));
}

Result<Auth> auth_of(std::string_view name, Dialect dialect) {
  if (name.empty()) return llm::Registry::default_auth(dialect);
  for (const auto& [known, auth] : kAuthNames)
    if (known == name) return auth;
  return bad_field(
      "auth", "there is no auth \"" + std::string(name) + "\"",
      choices(name, {"api-key", "aws-bedrock", "bearer", "none", "service-account", "x-api-key", "x-goog-api-key"}));
}

Result<policy::Pricing> pricing_of(const config::Provider& said, const llm::Registry& registry) {
  using enum policy::Pricing::Kind;
  if (said.free && !said.prices_as.empty())
    return bad_field("free", "a provider is either free or priced as another one", "Leave out free or prices_as.");
  if (said.free) return policy::Pricing{free, {}};
  if (said.prices_as.empty()) return policy::Pricing{unpriced, {}};
  if (registry.provider(said.prices_as)) return policy::Pricing{as_listed, said.prices_as};
  std::vector<std::string_view> known;
  for (const auto& spec : registry.providers) known.push_back(spec.name);
  return bad_field("prices_as", "no list prices are known of \"" + said.prices_as + "\"",
                   choices(said.prices_as, known));
}

/// The registry's row with what was said over it.
policy::Provider over_well_known(const llm::ProviderSpec& spec, const config::Provider& said) {
  policy::Provider provider = well_known_provider(spec);
  provider.allow_private = provider.allow_private || said.allow_private;
  return provider;
}

/// A provider whose customers each have an address of their own.
Result<policy::Provider> at_own_resource(const llm::ProviderSpec& spec, const config::Provider& said) {
  if (said.base_url.empty())
    return bad_field("base_url", "\"" + said.name + "\" is at an address of your own",
                     "Give it: --base-url " + std::string(spec.url_example) + ".");
  policy::Provider provider = over_well_known(spec, said);
  for (const auto& endpoint : spec.endpoints) {
    AIGW_TRY_ASSIGN(policy::BaseUrl url, checked_base_url(said.base_url, said.allow_private));
    provider.endpoints.push_back(
        {endpoint.dialect, endpoint.auth, std::move(url), endpoint.quirks, endpoint.hosting, endpoint.family});
  }
  return provider;
}

Status add_endpoint(policy::Provider& provider, const config::Provider& said, std::string_view dialect_name,
                    std::string_view base_url, const std::string& field) {
  AIGW_TRY_ASSIGN(const Dialect dialect, dialect_of(dialect_name, field == "base_url" ? "dialect" : field));
  if (provider.speaks(dialect))
    return bad_field(field, "the dialect " + std::string(dialect_name) + " is given twice",
                     "Give each dialect one URL.");
  AIGW_TRY_ASSIGN(const Auth auth, auth_of(said.auth, dialect));
  auto url = checked_base_url(base_url, said.allow_private);
  if (!url) {
    url.error().param = field;
    return std::move(url).error();
  }
  provider.endpoints.push_back({dialect, auth, *std::move(url), llm::Quirks::none});
  return {};
}

bool is_local_name(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

// Clouds answer on these names with the machine's own credentials.
bool is_metadata_name(std::string_view host) {
  return host == "metadata" || host == "metadata.google.internal" || host == "instance-data" ||
         host == "instance-data.ec2.internal";
}

http::AddressScope scope_of_host(std::string_view host) {
  using enum http::AddressScope;
  if (is_local_name(host)) return loopback;
  if (is_metadata_name(host)) return forbidden;
  const bool numeric = host.find(':') != std::string_view::npos ||
                       std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  // A name's addresses are known when it is called; the network layer judges them then, by the same rule.
  return numeric ? http::scope_of_address(host) : global;
}

}  // namespace

Result<policy::BaseUrl> checked_base_url(std::string_view text, bool allow_private) {
  if (text.empty())
    return bad_field("base_url", "a provider needs a base URL", "For example https://api.example.com/v1.");
  auto url = http::parse_url(text);
  if (!url) return bad_field("base_url", url.error().message, url.error().next);
  switch (scope_of_host(url->host)) {
    case http::AddressScope::global:
      break;
    case http::AddressScope::loopback:
    case http::AddressScope::private_use:
      if (!allow_private)
        return bad_field("base_url", url->host + " is an address of this machine or a private network",
                         "Say allow_private (--allow-private) when the provider really is there.");
      break;
    case http::AddressScope::forbidden:
      return bad_field("base_url",
                       url->host + " is a link-local, metadata or reserved address, where no provider can be",
                       "Give the provider's own address.");
  }
  return policy::BaseUrl{url->tls, url->host, url->port, url->path, url->authority()};
}

policy::Provider well_known_provider(const llm::ProviderSpec& spec) {
  policy::Provider provider;
  provider.name = std::string(spec.name);
  provider.well_known = true;
  provider.allow_private = spec.place == llm::ProviderSpec::Place::local;
  if (provider.allow_private)
    provider.pricing = {policy::Pricing::Kind::free, {}};
  else
    provider.pricing = {policy::Pricing::Kind::as_listed, provider.name};
  for (const auto& endpoint : spec.endpoints)
    if (auto url = checked_base_url(endpoint.base_url, provider.allow_private))
      provider.endpoints.push_back(
          {endpoint.dialect, endpoint.auth, *std::move(url), endpoint.quirks, endpoint.hosting, endpoint.family});
  return provider;
}

Result<policy::Provider> checked_provider(const config::Provider& said, const llm::Registry& registry) {
  AIGW_TRY(check_provider_name(said.name));
  AIGW_TRY_ASSIGN(policy::Pricing pricing, pricing_of(said, registry));
  const llm::ProviderSpec* spec = registry.provider(said.name);
  const bool own_resource = spec && spec->place == llm::ProviderSpec::Place::own_resource && said.dialect.empty();
  const bool as_registered = own_resource || (spec && said.base_url.empty() && said.dialect.empty());
  policy::Provider provider;
  if (own_resource) {
    AIGW_TRY_ASSIGN(provider, at_own_resource(*spec, said));
  } else if (as_registered) {
    provider = over_well_known(*spec, said);
  } else {
    provider.name = said.name;
    provider.allow_private = said.allow_private;
    AIGW_TRY(add_endpoint(provider, said, said.dialect, said.base_url, "base_url"));
  }
  for (const auto& [dialect, base_url] : said.speaks)
    AIGW_TRY(add_endpoint(provider, said, dialect, base_url, "speaks"));
  if (!as_registered || said.free || !said.prices_as.empty()) provider.pricing = std::move(pricing);
  for (const auto& own : said.prices)
    provider.prices[own.model] = {own.input, own.cache_read, own.cache_write, own.output};
  return provider;
}

std::string_view name_of(Auth auth) {
  for (const auto& [name, known] : kAuthNames)
    if (known == auth) return name;
  return "none";
}

std::string url_text(const policy::BaseUrl& url) {
  return (url.tls ? "https://" : "http://") + url.authority + url.path;
}

}  // namespace aigw::ops
