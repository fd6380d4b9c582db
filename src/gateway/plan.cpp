#include "gateway/plan.hpp"

#include "base/text.hpp"
#include "http/name_set.hpp"
#include "http/sigv4.hpp"
#include "llm/seal.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aigw::gateway {
namespace {

// Never go upstream: hop-by-hop, the client's credentials, framing and coding that we set ourselves, and what tells of
// the client's browser or network.
constexpr auto kStaysHere = http::name_set(  //
    "accept-encoding", "api-key", "authorization", "connection", "content-encoding", "content-length", "cookie",
    "expect", "forwarded", "host", "keep-alive", "origin", "proxy-authorization", "proxy-connection", "referer",
    "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "te", "trailer", "transfer-encoding",
    "upgrade", "via", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-api-key", "x-forwarded-for",
    "x-forwarded-host", "x-forwarded-proto", "x-goog-api-key", "x-real-ip");

/// What a signature is over, beside the head.
struct Signing {
  std::string_view body;
  UnixMillis at;
};

bool stays_here(std::string_view name, std::string_view connection_list) {
  if (kStaysHere.contains(name)) return true;
  return !connection_list.empty() && http::has_token(connection_list, name);
}

/// The query without `key=`, which was for us.
void append_query(std::string& out, std::string_view query) {
  if (query.empty()) return;
  char separator = '?';
  for (const std::string_view part : text::split(query, '&')) {
    if (part.empty() || part == "key" || part.starts_with("key=")) continue;
    out += separator;
    out.append(part);
    separator = '&';
  }
}

/// Signs the request whose line stands at the front of `head`.
void append_signature(std::string& head, const policy::Target& target, const Signing& with) {
  const std::string line = head.substr(0, head.find('\r'));
  const auto words = text::split(line, ' ');
  const policy::BaseUrl& url = target.endpoint->url;
  const std::array host = {http::Field{"host", url.authority}};
  http::sigv4::append_fields(head, {words[0], words[1], host, with.body},
                             http::sigv4::Credential::parse(target.provider->key.reveal()),
                             {.region = http::sigv4::region_of(url.host), .service = "bedrock", .at = with.at});
}

/// @pre the request line stands in `out`
void append_credential(std::string& out, const policy::Target& target, const Signing& with) {
  switch (target.endpoint->auth) {
    case llm::Auth::none:
      break;
    case llm::Auth::aws_bedrock:
      if (http::sigv4::is_credential(target.provider->key.reveal())) return append_signature(out, target, with);
      [[fallthrough]];
    case llm::Auth::bearer:
    case llm::Auth::service_account:
      out.append("authorization: Bearer ").append(target.credential().reveal()).append("\r\n");
      break;
    case llm::Auth::x_api_key:
      out.append("x-api-key: ").append(target.credential().reveal()).append("\r\n");
      break;
    case llm::Auth::x_goog_api_key:
      out.append("x-goog-api-key: ").append(target.credential().reveal()).append("\r\n");
      break;
    case llm::Auth::api_key:
      out.append("api-key: ").append(target.credential().reveal()).append("\r\n");
      break;
  }
}

void append_length(std::string& head, std::size_t body_bytes) {
  char digits[20];
  head.append("content-length: ")
      .append(digits, std::to_chars(digits, digits + sizeof digits, body_bytes).ptr)
      .append("\r\n");
}

constexpr std::string_view kBeta = "anthropic-beta";
constexpr std::string_view kPlainInModel = "-._~@";
constexpr std::string_view kPlainInGeminiModel = "-._~@/";  // "tunedModels/x"

/// A model's name within a path.
std::string escaped_model(std::string_view model, std::string_view plain_marks) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : model) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       plain_marks.find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      text::append(out, "%", kHexDigits.substr(byte >> 4U, 1), kHexDigits.substr(byte & 15U, 1));
  }
  return out;
}

void append_path(std::string& head, const Route& route, std::string_view model) {
  const std::string_view path = route.surface->provider_path;
  const std::size_t star = path.find('*');
  if (star == std::string_view::npos) {
    head.append(path).append(route.tail);
    return;
  }
  text::append(head, path.substr(0, star), escaped_model(model, kPlainInGeminiModel), path.substr(star + 1));
}

void append_hosted_path(std::string& head, std::string_view path, std::string_view model) {
  const std::size_t star = path.find('*');
  if (star == std::string_view::npos)
    head.append(path);
  else
    text::append(head, path.substr(0, star), escaped_model(model, kPlainInModel), path.substr(star + 1));
}

bool names_model(std::string_view hosted_path) { return hosted_path.find('*') != std::string_view::npos; }

/// What of the field `anthropic-beta` a cloud takes, as a JSON array; empty where that is nothing.
std::string known_betas(const llm::Hosting& hosting, std::string_view field) {
  std::string out;
  for (const std::string_view part : text::split(field, ','))
    if (std::ranges::find(hosting.betas, text::trim(part)) != hosting.betas.end())
      text::append(out, ",", json::quote(text::trim(part)));
  if (out.empty()) return out;
  out.front() = '[';
  return out += ']';
}

/// The body's edits for a path that names the model; without, the body is the dialect's.
void host_body(const llm::Hosting& hosting, std::string_view path, const json::Object& body, std::string_view betas,
               std::vector<json::Edit>& edits) {
  if (!names_model(path)) return;
  json::remove_members(body, hosting.said_by_path, edits);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!body.find(name)) edits.push_back(json::add_member(body, name, value));
  };
  if (!hosting.anthropic_version.empty()) add("anthropic_version", json::quote(hosting.anthropic_version));
  if (const std::string known = known_betas(hosting, betas); !known.empty()) add("anthropic_beta", known);
}

}  // namespace

Plan make_plan(const RequestView& request, const Route& route, const policy::Target& target, const llm::Codec& codec) {
  Plan plan;
  const llm::Hosting* const hosting = target.endpoint->hosting;
  const std::string_view hosted_path =
      hosting ? hosting->path(route.surface->operation, request.facts->stream) : std::string_view{};
  const bool betas_in_body = hosting && !hosting->betas.empty();
  const bool is_model_in_body = route.surface->model_at == llm::Surface::ModelAt::body;
  if (request.json && request.facts) {
    std::vector<json::Edit> edits;
    if (hosting) host_body(*hosting, hosted_path, *request.json, request.head->headers.get(kBeta).value_or(""), edits);
    if (target.model != request.facts->model && is_model_in_body && !names_model(hosted_path))
      edits.push_back(json::replace_value(*request.json->find("model"), json::quote(target.model)));
    if (text::contains(request.body, llm::kSealPrefix)) codec.strip_foreign_seals(*request.json, edits);
    codec.ask_for_usage(route.surface->operation, *request.json, *request.facts, edits);
    if (!edits.empty()) {
      std::ranges::sort(edits, {}, &json::Edit::offset);
      plan.edited_body = json::apply(request.body, edits);
    }
  } else if (request.form_model && target.model != request.facts->model) {
    const json::Edit edit{request.form_model->offset, request.form_model->value.size(), target.model};
    plan.edited_body = json::apply(request.body, {&edit, 1});
  }

  const policy::BaseUrl& url = target.endpoint->url;
  std::string& head = plan.head;
  head.reserve(1024);
  head.append(request.head->method_text).append(" ").append(url.path);
  if (hosting) {
    append_hosted_path(head, hosted_path, target.model);
  } else {
    if (route.surface->method == http::Method::get && target.endpoint->dialect != route.surface->dialect)
      head.append("/v1");  // a model list asked of a provider whose base URL stops before the version
    append_path(head, route, target.model);
  }
  // "?beta=true" belongs to the path that a cloud has not; "?alt=sse" is Gemini's wherever it is served.
  if (!hosting || !is_model_in_body) append_query(head, request.query);
  text::append(head, " HTTP/1.1\r\nhost: ", url.authority, "\r\n");
  const std::string_view body = plan.edited_body ? std::string_view(*plan.edited_body) : request.body;
  append_credential(head, target, {body, request.at});
  const std::string_view connection = request.head->headers.get("connection").value_or("");
  for (const http::Field field : request.head->headers)
    if (!stays_here(field.name, connection) && !(betas_in_body && text::equal_ignore_case(field.name, kBeta)))
      text::append(head, field.name, ": ", field.value, "\r\n");
  head.append("accept-encoding: identity\r\n");
  if (request.head->method == http::Method::post) append_length(head, body.size());
  head.append("\r\n");
  return plan;
}

Plan make_translated_plan(const llm::EncodedRequest& request, llm::Operation operation, const llm::RequestFacts& facts,
                          const policy::Target& target, UnixMillis at) {
  const policy::BaseUrl& url = target.endpoint->url;
  constexpr std::size_t kHeadBytes = 512;
  Plan plan;
  plan.head.reserve(kHeadBytes);
  text::append(plan.head, "POST ", url.path);
  if (const llm::Hosting* const hosting = target.endpoint->hosting) {
    const std::string_view path = hosting->path(operation, facts.stream);
    append_hosted_path(plan.head, path, target.model);
    if (const auto query = request.path.find('?'); query != std::string::npos) plan.head.append(request.path, query);
    if (const auto encoded = json::scan_object(request.body); encoded && !hosting->said_by_path.empty()) {
      std::vector<json::Edit> edits;
      host_body(*hosting, path, *encoded, {}, edits);
      std::ranges::sort(edits, {}, &json::Edit::offset);
      plan.edited_body = json::apply(request.body, edits);
    }
  } else {
    plan.head.append(request.path);
  }
  text::append(plan.head, " HTTP/1.1\r\nhost: ", url.authority, "\r\n");
  const std::string_view body = plan.edited_body ? std::string_view(*plan.edited_body) : request.body;
  append_credential(plan.head, target, {body, at});
  text::append(plan.head, request.headers, "content-type: application/json\r\naccept-encoding: identity\r\n");
  append_length(plan.head, body.size());
  plan.head.append("\r\n");
  return plan;
}

}  // namespace aigw::gateway
