#pragma once
// What the gateway knows of a provider, and the view of the table that adapters/registry fills.

#include "llm/dialect.hpp"
#include "llm/quirks.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace aigw::llm {

enum class Auth : std::uint8_t {
  none,
  bearer,          ///< Authorization: Bearer KEY
  x_api_key,       ///< x-api-key: KEY
  x_goog_api_key,  ///< x-goog-api-key: KEY
  api_key,         ///< api-key: KEY
  aws_bedrock,     ///< an access key, "ID:SECRET", signs each request (http/sigv4); any other KEY goes as bearer
  /// Authorization: Bearer TOKEN, for which KEY, a service account, is traded; a KEY that is such a token goes itself.
  service_account,
};

/// How a cloud serves a dialect that others speak: under paths of its own, which name the model, and with bodies that
/// leave out what the path says. All else is the dialect's. Static storage.
struct Hosting {
  std::string_view whole;       ///< chat, behind the base URL; the model stands for the "*"
  std::string_view streamed;    ///< chat as a stream
  std::string_view count = {};  ///< tokens of a prompt; empty: has no such thing, and counts are estimates
  std::string_view probe = {};  ///< a GET that any valid credential may do
  std::span<const std::string_view> said_by_path = {};  ///< members that go where the model stands in the path
  std::string_view anthropic_version = {};              ///< a member that comes, empty: none
  /// The values of the field `anthropic-beta` that it takes, as the member `anthropic_beta`, and refuses a request for
  /// any other; empty: the field goes along as it is.
  std::span<const std::string_view> betas = {};

  /// Empty where the cloud has nothing for the operation.
  std::string_view path(Operation operation, bool stream) const;
};

/// One dialect that a provider speaks, and where. The URL is what stands before the dialect's own path:
/// ".../v1" for openai-chat (then "/chat/completions"), the bare host for anthropic-messages (then "/v1/messages") and
/// gemini-generate (then "/v1beta/models/...").
struct Endpoint {
  Dialect dialect = Dialect::none;
  std::string_view base_url;
  Auth auth = Auth::none;
  Quirks quirks = Quirks::none;
  const Hosting* hosting = nullptr;  ///< null: the dialect's own paths and bodies
  /// It alone serves the models that have this word in their names; empty: it serves the others.
  std::string_view family = {};
};

/// A well-known provider: one row of adapters/registry. Static storage.
struct ProviderSpec {
  std::string_view name;                ///< "openai"
  std::string_view key_env;             ///< the variable its SDK reads, "OPENAI_API_KEY"
  std::span<const Endpoint> endpoints;  ///< requests in a dialect that it does not speak go to the first
  enum class Place : std::uint8_t {
    cloud,         ///< usable as soon as a key is stored
    local,         ///< a server on this machine: usable once it is added
    own_resource,  ///< each customer has an address of their own, which comes with adding it
  };
  Place place = Place::cloud;
  std::string_view url_example = {};  ///< own_resource: the shape of that address
};

/// A model and its list price. Facts with their date; static storage.
struct ModelFact {
  std::string_view provider;  ///< whose list price this is, "openai"
  std::string_view id;        ///< "gpt-4o-mini"
  std::int64_t context_tokens_max = 0;
  std::int64_t output_tokens_max = 0;
  std::int64_t input_pico_usd = 0;  ///< per token; see base/money
  std::int64_t cache_read_pico_usd = 0;
  std::int64_t cache_write_pico_usd = 0;
  std::int64_t output_pico_usd = 0;
  std::string_view capabilities;  ///< "tools vision reasoning", space separated
};

/// The knowledge that adapters hand to the rest, which itself knows no provider's name.
struct Registry {
  std::span<const ProviderSpec> providers;  ///< sorted by name
  std::span<const ModelFact> models;        ///< sorted by (provider, id)
  std::string_view models_date;             ///< "2026-07-24": when the prices were true
  std::string_view models_source;

  const ProviderSpec* provider(std::string_view name) const;
  const ModelFact* model(std::string_view provider, std::string_view id) const;
  /// The auth that a dialect's providers use when nothing else is said.
  static Auth default_auth(Dialect dialect);
};

}  // namespace aigw::llm
