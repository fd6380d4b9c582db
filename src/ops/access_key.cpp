#include "ops/access_key.hpp"

#include "base/text.hpp"
#include "http/sigv4.hpp"
#include "json/view.hpp"

#include <algorithm>

namespace aigw::ops {
namespace {

Error incomplete(std::string message) {
  Error error = make_error(ErrorKind::bad_request, std::move(message),
                           "Pipe in ACCESS_KEY_ID:SECRET or ACCESS_KEY_ID:SECRET:SESSION_TOKEN, the JSON of `aws "
                           "configure export-credentials`, or a Bedrock API key.");
  error.param = "secret";
  return error;
}

Result<Secret> of_json(std::string_view text) {
  json::View object = json::View::of(text);
  if (const json::View inner = object["Credentials"]) object = inner;
  std::string joined;
  for (const std::string_view name : {"AccessKeyId", "SecretAccessKey", "SessionToken"}) {
    const std::string part = object[name].string().value_or("");
    if (part.empty() && name == "SessionToken") break;
    if (part.empty()) return incomplete("the JSON has no \"" + std::string(name) + "\"");
    text::append(joined, joined.empty() ? std::string_view() : ":", part);
  }
  return Secret(std::move(joined));
}

/// "AKIA..." or "ASIA...", twenty characters: the half of a pair that is no secret.
bool is_bare_id(std::string_view text) {
  return text.size() == 20 && (text.starts_with("AKIA") || text.starts_with("ASIA"));
}

}  // namespace

Result<Secret> as_access_key(const Secret& said) {
  const std::string_view text = text::trim(said.reveal());
  if (text.starts_with('{')) return of_json(text);
  if (is_bare_id(text)) return incomplete("this is an access key's id alone, without its secret");
  if (!http::sigv4::is_credential(text)) return Secret(std::string(text));
  const auto parts = text::split(text, ':');
  if (parts.size() > 3 || std::ranges::any_of(parts, &std::string_view::empty))
    return incomplete("an access key has two or three parts, apart by colons");
  return Secret(std::string(text));
}

}  // namespace aigw::ops
