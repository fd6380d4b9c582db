#include "gateway/match.hpp"

namespace aigw::gateway {
namespace {

using http::Method;

bool takes(const llm::Surface& surface, std::string_view path, std::string_view& tail) {
  std::string_view pattern = surface.client_path;
  if (!pattern.ends_with("/*")) return pattern == path;
  pattern.remove_suffix(1);
  if (!path.starts_with(pattern) || path.size() == pattern.size()) return false;
  tail = path.substr(pattern.size());
  return true;
}

Route match_surface(const Gateway& gateway, Method method, std::string_view path) {
  Route route;
  for (const llm::Surface& surface : gateway.codecs->surfaces) {
    std::string_view tail;
    if (!takes(surface, path, tail)) continue;
    const bool fits = method == surface.method || (method == Method::head && surface.method == Method::get);
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
  return headers.has("anthropic-version") ? llm::Dialect::anthropic_messages : llm::Dialect::openai_chat;
}

}  // namespace aigw::gateway
