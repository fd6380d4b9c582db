#include "policy/authenticate.hpp"

#include "base/text.hpp"

namespace aigw::policy {
namespace {

constexpr std::size_t kKeyBytesMax = 512;

Error unauthorized(std::string message, std::string next) {
  return make_error(ErrorKind::unauthorized, std::move(message), std::move(next));
}

bool take_scheme(std::string_view& value, std::string_view scheme) {
  if (value.size() <= scheme.size() || !text::equal_ignore_case(value.substr(0, scheme.size()), scheme)) return false;
  value.remove_prefix(scheme.size());
  value = text::trim(value);
  return true;
}

/// The password of `user:password` in base64; clients that know only Basic put the key there (or in the name).
std::string decode_basic(std::string_view encoded) {
  std::string plain;
  unsigned bits = 0;
  int count = 0;
  for (const char c : encoded) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6) | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) plain += static_cast<char>((bits >> (count -= 8)) & 0xff);
  }
  const auto colon = plain.find(':');
  if (colon == std::string::npos) return plain;
  std::string password = plain.substr(colon + 1);
  return password.empty() ? plain.substr(0, colon) : password;
}

}  // namespace

Result<const IssuedKey*> authenticate(const Snapshot& snapshot, const CredentialFields& fields, LastCaller* last) {
  std::string basic;
  std::string_view authorization = fields.authorization;
  if (!authorization.empty() && !take_scheme(authorization, "bearer ")) {
    if (!take_scheme(authorization, "basic "))
      return unauthorized("the Authorization header is neither Bearer nor Basic",
                          "Send \"Authorization: Bearer aigw_...\"");
    basic = decode_basic(authorization);
    authorization = basic;
  }
  std::string_view key;
  for (const std::string_view given :
       {authorization, fields.x_api_key, fields.x_goog_api_key, fields.api_key, fields.query_key}) {
    if (given.empty()) continue;
    if (!key.empty() && key != given)
      return unauthorized("the request carries two different keys", "Send one, in Authorization or x-api-key");
    key = given;
  }
  if (key.empty())
    return unauthorized(
        "no API key",
        "Send one that `aigw keys issue NAME` gave you, as \"Authorization: Bearer aigw_...\" or x-api-key");
  if (last && last->key && last->snapshot_serial == snapshot.serial && last->presented.reveal() == key)
    return last->key;
  if (key.size() <= kKeyBytesMax) {
    if (const auto found = snapshot.keys.find(crypto::sha256(key)); found != snapshot.keys.end()) {
      if (last) *last = {snapshot.serial, Secret(std::string(key)), &found->second};
      return &found->second;
    }
  }
  return unauthorized("this API key is unknown, revoked or expired",
                      key.starts_with("aigw_")
                          ? "See `aigw keys list`, or issue a new one with `aigw keys issue NAME`"
                          : "Keys of this gateway begin with aigw_; issue one with `aigw keys issue NAME`");
}

}  // namespace aigw::policy
