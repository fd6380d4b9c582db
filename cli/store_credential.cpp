#include "cli/store_credential.hpp"

#include "json/writer.hpp"

#include <string.h>

namespace aigw::cli {

Result<json::Dom> store_credential(Session& session, std::string_view provider, std::string_view name,
                                   const Secret& secret) {
  std::string body;
  json::Writer out(body);
  out.begin_object().member("provider", provider);
  if (!name.empty()) out.member("name", name);
  out.member("secret", secret.reveal()).end_object();
  auto row = session.ask_json("POST", "/api/v1/credentials", body);
  ::explicit_bzero(body.data(), body.size());
  return row;
}

}  // namespace aigw::cli
