#include "server/prober.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "http/sigv4.hpp"
#include "json/view.hpp"
#include "llm/provider_error.hpp"
#include "net/blocking_client.hpp"
#include "ops/service_account.hpp"
#include "server/token_mint.hpp"

#include <array>

namespace aigw::server {
namespace {

constexpr std::size_t kModelsMax = 10'000;
constexpr std::size_t kDetailBytesMax = 200;

/// Anthropic's and Google's base URLs stop before the version, OpenAI's behind it.
std::string_view models_path(llm::Dialect dialect) {
  switch (dialect) {
    case llm::Dialect::anthropic_messages:
      return "/v1/models";
    case llm::Dialect::gemini_generate:
      return "/v1beta/models";
    default:
      return "/models";
  }
}

void add_model(ops::ProbeResult& result, std::optional<std::string> id) {
  if (id && result.models.size() < kModelsMax) result.models.push_back(*std::move(id));
}

/// An access key signs the request, any other key goes as it is.
void add_aws_credential(net::BlockingRequest& request, const ops::ProbeTarget& target) {
  const std::string_view key = target.key.reveal();
  if (!http::sigv4::is_credential(key)) return request.headers.add("authorization", "Bearer " + std::string(key));
  const std::string path = target.url.path + request.path;
  const std::array host = {http::Field{"host", target.url.authority}};
  std::string fields;
  http::sigv4::append_fields(
      fields, {request.method, path, host, request.body}, http::sigv4::Credential::parse(key),
      {.region = http::sigv4::region_of(target.url.host), .service = "bedrock", .at = wall_now()});
  for (const std::string_view line : text::split(fields, '\n'))
    if (const std::size_t colon = line.find(": "); colon != std::string_view::npos)
      request.headers.add(line.substr(0, colon), text::trim(line.substr(colon + 1)));
}

void add_credential(net::BlockingRequest& request, const ops::ProbeTarget& target, std::string_view key) {
  http::Headers& headers = request.headers;
  switch (target.auth) {
    case llm::Auth::aws_bedrock:
      return add_aws_credential(request, target);
    case llm::Auth::none:
      break;
    case llm::Auth::bearer:
    case llm::Auth::service_account:
      headers.add("authorization", "Bearer " + std::string(key));
      break;
    case llm::Auth::x_api_key:
      headers.add("x-api-key", key);
      break;
    case llm::Auth::x_goog_api_key:
      headers.add("x-goog-api-key", key);
      break;
    case llm::Auth::api_key:
      headers.add("api-key", key);
      break;
  }
}

/// What goes as the key: itself, or what it is traded for.
Result<Secret> credential_of(const ops::ProbeTarget& target) {
  if (target.auth != llm::Auth::service_account || !ops::is_service_account(target.key)) return target.key;
  AIGW_TRY_ASSIGN(ops::ServiceAccount account, ops::read_service_account(target.key));
  AIGW_TRY_ASSIGN(ops::AccessToken token, trade_for_token({std::move(account), target.allow_private}));
  return std::move(token.text);
}

Result<ops::ProbeResult> probe(const ops::ProbeTarget& target) {
  AIGW_TRY_ASSIGN(const Secret key, credential_of(target));
  net::BlockingRequest request;
  request.base_url = (target.url.tls ? "https://" : "http://") + target.url.authority + target.url.path;
  request.reach = target.allow_private ? net::Reach::private_too : net::Reach::public_only;
  request.path = target.path.empty() ? models_path(target.dialect) : target.path;
  request.connect_timeout = target.timeout;
  request.read_timeout = target.timeout;
  if (!key.empty()) add_credential(request, target, key.reveal());
  if (target.dialect == llm::Dialect::anthropic_messages) request.headers.add("anthropic-version", "2023-06-01");

  const Instant began = steady_now();
  AIGW_TRY_ASSIGN(const net::BlockingResponse response, net::send_and_wait(request));
  ops::ProbeResult result;
  result.status = response.status;
  result.latency_us = micros_between(began, steady_now());
  const json::View body = json::View::of(response.body);
  if (response.status == 200) {
    body["data"].each([&](json::View model) { add_model(result, model["id"].string()); });
    body["models"].each([&](json::View model) {
      if (const auto name = model["name"].string(); name && name->starts_with("models/"))
        add_model(result, name->substr(std::string_view("models/").size()));
    });
  } else {
    const json::View message = body["error"]["message"] ? body["error"]["message"] : body["message"];
    result.detail = message.string().value_or("").substr(0, kDetailBytesMax);
    const std::string_view exception = response.headers.get("x-amzn-errortype").value_or("");
    result.key_taken = llm::classify(0, exception, {}, result.detail) == llm::ProviderError::Kind::permission;
  }
  return result;
}

}  // namespace

ops::Prober network_prober() { return probe; }

}  // namespace aigw::server
