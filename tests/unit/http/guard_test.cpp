#include "http/guard.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace aigw;
using namespace aigw::http;

namespace {

bool origin_passes(Method method, const std::vector<std::pair<std::string, std::string>>& fields,
                   std::string_view authority = "localhost:2449") {
  RequestHead head;
  head.method = method;
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  const Status status = check_origin(head, authority);
  if (!status) CHECK(status.error().kind == ErrorKind::origin_not_allowed);
  return status.ok();
}

}  // namespace

TEST_CASE("only allowed hosts are answered, on any port") {
  const HostAllowList allowed{.names = {"gateway.example", "[fd00::1]"}};
  for (const char* host :
       {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]", "[::1]:2449", "Gateway.Example:443", "[fd00::1]:80"}) {
    CAPTURE(host);
    CHECK(check_host(host, allowed).ok());
  }
  for (const char* host : {"", "localhost.evil.example", "evil.example", "127.0.0.1.evil.example", "127.0.0.2",
                           "localhost.", "[::2]", "gateway.example.evil", "localhost:80:80"}) {
    CAPTURE(host);
    const Status status = check_host(host, allowed);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().http_status() == 421);
  }
  CHECK(check_host("anything.example", {.any = true}).ok());
}

TEST_CASE("programs pass, pages of other origins do not") {
  CHECK(origin_passes(Method::post, {}));
  CHECK(origin_passes(Method::post, {{"Origin", "http://localhost:2449"}}));
  CHECK(origin_passes(Method::post, {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://localhost:2449"}}));
  CHECK(origin_passes(Method::post, {{"Sec-Fetch-Site", "none"}}));
  CHECK(origin_passes(Method::get, {{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}}));

  CHECK_FALSE(origin_passes(Method::post, {{"Origin", "https://evil.example"}}));
  CHECK_FALSE(origin_passes(Method::post, {{"Origin", "http://localhost.evil.example"}}));
  CHECK_FALSE(origin_passes(Method::post, {{"Origin", "http://localhost:3000"}}));
  CHECK_FALSE(origin_passes(Method::post, {{"Origin", "null"}}));
  CHECK_FALSE(origin_passes(Method::delete_, {{"Sec-Fetch-Site", "cross-site"}}));
  CHECK_FALSE(origin_passes(Method::other, {{"Sec-Fetch-Site", "same-site"}, {"Origin", "http://localhost:2449"}}));
  CHECK_FALSE(origin_passes(Method::post, {{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}}));
}
