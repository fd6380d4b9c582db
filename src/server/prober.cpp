#include "server/prober.hpp"

#include "json/view.hpp"
#include "net/blocking_client.hpp"

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

Result<ops::ProbeResult> probe(const ops::ProbeTarget& target) {
  net::BlockingRequest request;
  request.base_url = (target.url.tls ? "https://" : "http://") + target.url.authority + target.url.path;
  request.reach = target.allow_private ? net::Reach::private_too : net::Reach::public_only;
  request.path = target.path.empty() ? models_path(target.dialect) : target.path;
  request.connect_timeout = target.timeout;
  request.read_timeout = target.timeout;
  if (!target.key.empty() && target.auth == llm::Auth::bearer)
    request.headers.add("authorization", "Bearer " + std::string(target.key.reveal()));
  if (!target.key.empty() && target.auth == llm::Auth::x_api_key) request.headers.add("x-api-key", target.key.reveal());
  if (!target.key.empty() && target.auth == llm::Auth::x_goog_api_key)
    request.headers.add("x-goog-api-key", target.key.reveal());
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
    result.detail = body["error"]["message"].string().value_or("").substr(0, kDetailBytesMax);
  }
  return result;
}

}  // namespace

ops::Prober network_prober() { return probe; }

}  // namespace aigw::server
