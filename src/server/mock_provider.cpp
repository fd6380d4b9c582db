#include "server/mock_provider.hpp"

#include "http/target.hpp"
#include "json/dom.hpp"
#include "server/mock_answer.hpp"
#include "server/mock_dialects.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aigw::server {
namespace {

using json::Dom;
using net::SimpleRequest;
using net::SimpleResponse;

constexpr std::array<std::string_view, 2> kModels = {"mock-large", "mock-small"};  // listed; every name is served
constexpr std::int64_t kModelsCreated = 1'704'067'200;
constexpr std::string_view kModelsPath = "/v1/models";

struct Route {
  std::string_view path;
  SimpleResponse (*answer)(const SimpleRequest&);
};
constexpr std::array kRoutes = {
    Route{"/v1/chat/completions", mock::chat_completions},
    Route{"/v1/completions", mock::text_completions},
    Route{"/v1/embeddings", mock::embeddings},
    Route{"/v1/messages", mock::messages},
    Route{"/v1/messages/count_tokens", mock::count_tokens},
    Route{"/v1/moderations", mock::moderations},
    Route{"/v1/responses", mock::responses},
};

/// Both dialects list models at one path; clients of anthropic-messages always send this header.
bool speaks_messages(const SimpleRequest& request, std::string_view path) {
  return path.starts_with("/v1/messages") || request.headers.has("anthropic-version");
}

Dom model_object(std::string_view id, bool messages) {
  if (messages) return {{"type", "model"}, {"id", id}, {"display_name", id}, {"created_at", "2024-01-01T00:00:00Z"}};
  return {{"id", id}, {"object", "model"}, {"created", kModelsCreated}, {"owned_by", "aigw"}};
}

SimpleResponse list_models(bool messages) {
  Dom data = Dom::array();
  for (const std::string_view id : kModels) data.push_back(model_object(id, messages));
  if (!messages) return mock::json_response(200, {{"object", "list"}, {"data", std::move(data)}});
  return mock::json_response(
      200,
      {{"data", std::move(data)}, {"has_more", false}, {"first_id", kModels.front()}, {"last_id", kModels.back()}});
}

SimpleResponse refuse(const Error& error, bool messages) {
  return messages ? mock::anthropic_error(error) : mock::openai_error(error);
}

SimpleResponse get_model(std::string_view encoded_id, bool messages) {
  const auto id = http::percent_decode(encoded_id);
  if (!id || std::find(kModels.begin(), kModels.end(), *id) == kModels.end())
    return refuse(make_error(ErrorKind::model_not_found, "there is no such model here", "Use mock-small or mock-large"),
                  messages);
  return mock::json_response(200, model_object(*id, messages));
}

SimpleResponse route(const SimpleRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (path.starts_with("/v1beta/")) return mock::gemini(request, path);
  const bool messages = speaks_messages(request, path);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const auto wrong_method = [&] {
    return refuse(make_error(ErrorKind::method_not_allowed, "this path does not take " + request.method), messages);
  };
  if (path == kModelsPath) return reads ? list_models(messages) : wrong_method();
  if (path.starts_with("/v1/models/"))
    return reads ? get_model(path.substr(kModelsPath.size() + 1), messages) : wrong_method();
  if (path == "/") return reads ? SimpleResponse{} : wrong_method();
  const auto found = std::find_if(kRoutes.begin(), kRoutes.end(), [path](const Route& r) { return r.path == path; });
  if (found == kRoutes.end())
    return refuse(make_error(ErrorKind::not_found, "the built-in provider has no such path"), messages);
  return request.method == "POST" ? found->answer(request) : wrong_method();
}

SimpleResponse answer(const SimpleRequest& request) {
  SimpleResponse response = route(request);
  const bool messages = speaks_messages(request, request.target);
  response.headers.add(messages ? "request-id" : "x-request-id",
                       mock::stable_id("req_", request.target + request.body));
  return response;
}

}  // namespace

net::SimpleHandler mock_provider() { return answer; }

}  // namespace aigw::server
