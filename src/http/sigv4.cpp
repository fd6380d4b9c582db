#include "http/sigv4.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace aigw::http::sigv4 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::size_t kDateBytes = 8;

/// "20261126T093000Z"
std::string compact_time(UnixMillis at) {
  std::string out = to_iso8601(at);
  out.erase(out.find('.'), 4);
  std::erase_if(out, [](char c) { return c == '-' || c == ':'; });
  return out;
}

/// What is encoded already is encoded once more, as every service but S3 wants it.
void append_canonical_path(std::string& out, std::string_view path) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  if (path.empty()) out += '/';
  for (const char c : path) {
    const bool plain = grammar::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      out.append("%").append(1, kHexDigits[byte >> 4U]).append(1, kHexDigits[byte & 15U]);
  }
}

void append_canonical_query(std::string& out, std::string_view query) {
  if (query.empty()) return;
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  for (const std::string_view part : text::split(query, '&')) {
    const std::size_t equals = std::min(part.find('='), part.size());
    parameters.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
  }
  std::ranges::sort(parameters);
  for (const auto& [name, value] : parameters) text::append(out, name, "=", value, "&");
  out.pop_back();
}

/// Blanks around a value go, several within become one.
void append_canonical_value(std::string& out, std::string_view value) {
  const std::string_view bare = grammar::trim_blanks(value);
  for (std::size_t i = 0; i < bare.size(); ++i)
    if (bare[i] != ' ' || bare[i - 1] != ' ') out += bare[i];
}

/// What a signing key is derived from.
struct KeySource {
  std::string_view secret;
  std::string_view date;
  std::string_view region;
  std::string_view service;
};

Secret derive(const KeySource& from) {
  const Secret start("AWS4" + std::string(from.secret));
  crypto::Sha256 key = crypto::hmac_sha256(start.reveal(), from.date);
  for (const std::string_view part : {from.region, from.service, std::string_view("aws4_request")})
    key = crypto::hmac_sha256(crypto::view_of(key), part);
  Secret out{std::string(crypto::view_of(key))};
  crypto::wipe(key.data(), key.size());
  return out;
}

/// Keys are good for a day: deriving one costs four hashes more than a signature does.
class DerivedKeys {
 public:
  std::string_view get(const KeySource& from) {
    const auto same = [&](const Kept& kept) {
      return kept.date == from.date && kept.region == from.region && kept.service == from.service &&
             kept.secret.reveal() == from.secret;
    };
    const auto found = std::ranges::find_if(kept_, same);
    if (found != kept_.end()) return found->key.reveal();
    Kept& oldest = kept_[next_++ % kept_.size()];
    oldest = {Secret(std::string(from.secret)), std::string(from.date), std::string(from.region),
              std::string(from.service), derive(from)};
    return oldest.key.reveal();
  }

 private:
  struct Kept {
    Secret secret = {};
    std::string date = {};
    std::string region = {};
    std::string service = {};
    Secret key = {};
  };
  std::array<Kept, 4> kept_;
  std::size_t next_ = 0;
};

bool looks_like_region(std::string_view label) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return label.size() > 5 && is_letter(label[0]) && is_letter(label[1]) && label[2] == '-' &&
         std::ranges::count(label, '-') >= 2 && grammar::is_digit(label.back());
}

}  // namespace

Credential Credential::parse(std::string_view text) {
  const std::size_t first = std::min(text.find(':'), text.size());
  const std::string_view rest = text.substr(std::min(first + 1, text.size()));
  const std::size_t second = std::min(rest.find(':'), rest.size());
  return {text.substr(0, first), rest.substr(0, second), rest.substr(std::min(second + 1, rest.size()))};
}

void append_fields(std::string& head, const Request& request, const Credential& credential, const Scope& scope) {
  const std::string time = compact_time(scope.at);
  const std::string_view date = std::string_view(time).substr(0, kDateBytes);

  std::vector<Field> fields(request.headers.begin(), request.headers.end());
  fields.push_back({"x-amz-date", time});
  if (!credential.session_token.empty()) fields.push_back({"x-amz-security-token", credential.session_token});
  std::ranges::sort(fields, {}, &Field::name);

  std::string canonical(request.method);
  canonical += '\n';
  const std::size_t path_bytes = std::min(request.target.find('?'), request.target.size());
  append_canonical_path(canonical, request.target.substr(0, path_bytes));
  canonical += '\n';
  append_canonical_query(canonical, request.target.substr(std::min(path_bytes + 1, request.target.size())));
  canonical += '\n';
  std::string names;
  for (const Field& field : fields) {
    text::append(names, field.name, ";");
    text::append(canonical, field.name, ":");
    append_canonical_value(canonical, field.value);
    canonical += '\n';
  }
  names.pop_back();
  text::append(canonical, "\n", names, "\n", crypto::to_hex(crypto::view_of(crypto::sha256(request.body))));

  std::string scope_text(date);
  text::append(scope_text, "/", scope.region, "/", scope.service, "/aws4_request");
  std::string to_sign(kAlgorithm);
  text::append(to_sign, "\n", time, "\n", scope_text, "\n", crypto::to_hex(crypto::view_of(crypto::sha256(canonical))));

  thread_local DerivedKeys keys;
  const std::string_view key = keys.get({credential.secret, date, scope.region, scope.service});
  const crypto::Sha256 signature = crypto::hmac_sha256(key, to_sign);

  text::append(head, "x-amz-date: ", time, "\r\n");
  if (!credential.session_token.empty()) text::append(head, "x-amz-security-token: ", credential.session_token, "\r\n");
  text::append(head, "authorization: ", kAlgorithm, " Credential=", credential.access_key_id, "/", scope_text,
               ", SignedHeaders=", names, ", Signature=", crypto::to_hex(crypto::view_of(signature)), "\r\n");
}

std::string_view region_of(std::string_view host) {
  while (!host.empty()) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    if (looks_like_region(host.substr(0, dot))) return host.substr(0, dot);
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return kDefaultRegion;
}

}  // namespace aigw::http::sigv4
