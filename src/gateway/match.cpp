#include "gateway/match.hpp"

namespace aigw::gateway {
namespace {

using http::Method;

/// Takes ":verb" from the end of a path, its colon plain or encoded.
bool take_verb(std::string_view& path, std::string_view verb) {
  if (!path.ends_with(verb.substr(1))) return false;
  path.remove_suffix(verb.size() - 1);
  for (const std::string_view colon : {":", "%3A", "%3a"})
    if (path.ends_with(colon)) {
      path.remove_suffix(colon.size());
      return true;
    }
  return false;
}

bool takes(const llm::Surface& surface, std::string_view path, std::string_view& tail) {
  const std::string_view pattern = surface.client_path;
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  if (!path.starts_with(pattern.substr(0, star))) return false;
  path.remove_prefix(star);
  if (const std::string_view verb = pattern.substr(star + 1); !verb.empty() && !take_verb(path, verb)) return false;
  tail = path;
  return !tail.empty();
}

Route match_surface(const Gateway& gateway, Method method, std::string_view path) {
  Route route;
  for (const llm::Surface& surface : gateway.codecs->surfaces) {
    std::string_view tail;
    if (!takes(surface, path, tail) || !(*gateway.codecs)[surface.dialect]) continue;
    const bool fits = method == surface.method || (method == Method::head && surface.method == Method::get);
    // A POST to a model of Gemini's without a verb that is known names nothing; it is no GET gone wrong.
    if (!fits && surface.dialect == llm::Dialect::gemini_generate && !tail.empty()) continue;
    if (!fits) {
      route.kind = Route::Kind::wrong_method;
      route.allow = surface.method == Method::get ? "GET, HEAD" : "POST";
      continue;
    }
    route.kind = Route::Kind::surface;
    route.surface = &surface;
    route.tail = tail;
    break;
  }
  return route;
}

Route own(Method method, Route::Kind kind) {
  Route route;
  route.kind = method == Method::get || method == Method::head ? kind : Route::Kind::wrong_method;
  route.allow = "GET, HEAD";
  return route;
}

}  // namespace

Route match(const Gateway& gateway, const policy::Snapshot& snapshot, Method method, std::string_view path) {
  if (path == "*") {
    Route route;
    route.kind = Route::Kind::options;
    return route;
  }
  if (path == "/healthz") return own(method, Route::Kind::health);
  if (path == "/readyz") return own(method, Route::Kind::ready);
  if (path == "/metrics" && gateway.metrics) return own(method, Route::Kind::metrics);
  if (path == "/") return own(method, Route::Kind::root);
  Route route = match_surface(gateway, method, path);
  if (route.kind != Route::Kind::none || path.size() < 2) return route;
  const auto slash = path.find('/', 1);
  if (slash == std::string_view::npos) return route;
  if (const policy::Provider* provider = snapshot.provider(path.substr(1, slash - 1))) {
    route = match_surface(gateway, method, path.substr(slash));
    route.provider = provider;
  }
  return route;
}

llm::Dialect dialect_for(const llm::Codecs& codecs, std::string_view path, const http::Headers& headers) {
  for (const llm::Surface& surface : codecs.surfaces)
    if (surface.method == Method::post && path.ends_with(surface.client_path)) return surface.dialect;
  if (codecs[llm::Dialect::gemini_generate] && (path.find("/v1beta/") != std::string_view::npos ||
                                                path.ends_with("/v1beta/models") || headers.has("x-goog-api-key")))
    return llm::Dialect::gemini_generate;
  return headers.has("anthropic-version") ? llm::Dialect::anthropic_messages : llm::Dialect::openai_chat;
}

}  // namespace aigw::gateway
