#include "ops/service_account.hpp"

#include "base/base64.hpp"
#include "base/crypto.hpp"
#include "base/redact.hpp"
#include "json/scan.hpp"
#include "json/writer.hpp"
#include "ops/provider_rules.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace aigw::ops {
namespace {

using std::chrono::seconds;

constexpr std::string_view kType = "service_account";
constexpr std::string_view kDefaultTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::string_view kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view kGrant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
constexpr std::int64_t kAssertionSeconds = 3'600;  // no longer one is taken
constexpr seconds kLifetimeUnsaid{300};
constexpr seconds kLifetimeMax{24 * 3'600};
constexpr std::size_t kTokenBytesMax = 16 * 1024;
constexpr std::size_t kDetailBytesMax = 200;

Error refused(std::string message, std::string next = "Give the JSON file of a service account's key as it was made.") {
  Error error = make_error(ErrorKind::bad_request, std::move(message), std::move(next));
  error.param = "secret";
  return error;
}

/// It becomes a header's value.
bool is_one_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

/// What the other side says of a refusal, without what may have been quoted from ours.
std::string detail_of(const json::Object& answer) {
  const std::string code = answer["error"].string().value_or("");
  const std::string words = answer["error_description"].string().value_or("");
  std::string detail = code + (code.empty() || words.empty() ? "" : ": ") + words;
  if (detail.find("eyJ") != std::string::npos) detail = code;  // a part of an assertion
  std::ranges::replace_if(
      detail, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  detail = redact(detail.substr(0, kDetailBytesMax));
  return detail.empty() ? "" : " (" + detail + ")";
}

}  // namespace

bool is_service_account(const Secret& key) { return key.reveal().starts_with('{'); }

Result<ServiceAccount> read_service_account(const Secret& json) {
  const auto object = json::scan_object(json.reveal());
  if (!object) return refused("the key begins like a JSON file and is none");
  const std::string type = (*object)["type"].string().value_or("");
  if (type != kType)
    return refused(
        "the JSON file is " +
            (type.empty() ? "no credential" : "a credential of the type \"" + redact(type.substr(0, 40)) + "\"") +
            ", not a service account's",
        "Make a key for a service account, or pipe in an OAuth access token.");
  ServiceAccount account;
  account.token_uri = (*object)["token_uri"].string().value_or(std::string(kDefaultTokenUri));
  account.key_id = (*object)["private_key_id"].string().value_or("");
  account.email = (*object)["client_email"].string().value_or("");
  account.private_key = Secret((*object)["private_key"].string().value_or(""));
  if (account.email.empty()) return refused("the service account has no client_email");
  if (account.private_key.empty()) return refused("the service account has no private_key");
  if (!crypto::sign_rs256(account.private_key, {})) return refused("the service account's private_key is no RSA key");
  return account;
}

Secret text_of(const ServiceAccount& account) {
  std::string text;
  text.reserve(account.private_key.reveal().size() * 2 + 1024);  // no copies left behind by growing
  json::Writer out(text);
  out.begin_object().member("type", kType).member("client_email", account.email);
  out.member("private_key_id", account.key_id).member("private_key", account.private_key.reveal());
  out.member("token_uri", account.token_uri).end_object();
  return Secret(std::move(text));
}

Status check_token_uri(const ServiceAccount& account, bool allow_private) {
  auto url = checked_base_url(account.token_uri, allow_private);
  if (!url) return refused("its token_uri: " + url.error().message, url.error().next);
  const bool is_public = checked_base_url(account.token_uri, false).ok();
  if (!url->tls && is_public) return refused("its token_uri is not https", "The proof of a private key goes there.");
  return {};
}

Result<Secret> token_request(const ServiceAccount& account, UnixMillis now) {
  const std::int64_t now_s = now.value / 1'000;
  std::string head, claims;
  json::Writer head_out(head);
  head_out.begin_object().member("alg", "RS256").member("typ", "JWT");
  if (!account.key_id.empty()) head_out.member("kid", account.key_id);
  head_out.end_object();
  json::Writer out(claims);
  out.begin_object().member("iss", account.email).member("scope", kScope).member("aud", account.token_uri);
  out.member("iat", now_s).member("exp", now_s + kAssertionSeconds).end_object();
  std::string assertion = base64::encode_url(head) + "." + base64::encode_url(claims);
  AIGW_TRY_ASSIGN(const std::string signature, crypto::sign_rs256(account.private_key, assertion));
  assertion.append(".").append(base64::encode_url(signature));
  return Secret(std::string(kGrant) + assertion);
}

Result<AccessToken> read_token_answer(int status, std::string_view body) {
  const auto answer = json::scan_answer(body);
  if (status == 400 || status == 401 || status == 403)
    return make_error(ErrorKind::upstream_auth,
                      "the token end-point refuses the service account" + (answer ? detail_of(*answer) : std::string()),
                      "Check that it and its key are not deleted or disabled, and this machine's clock");
  if (status != 200)
    return make_error(
        ErrorKind::upstream_error,
        "the token end-point answers HTTP " + std::to_string(status) + (answer ? detail_of(*answer) : std::string()),
        "Try again later");
  std::optional<std::string> token = answer ? (*answer)["access_token"].string() : std::nullopt;
  if (!token || token->size() > kTokenBytesMax || !is_one_word(*token))
    return make_error(ErrorKind::upstream_invalid, "the token end-point answers without a token",
                      "Check the token_uri of the service account");
  const std::int64_t said = (*answer)["expires_in"].integer().value_or(kLifetimeUnsaid.count());
  return AccessToken{Secret(*std::move(token)), std::clamp(seconds(said), seconds(1), kLifetimeMax)};
}

}  // namespace aigw::ops
