#include "net/blocking_client.hpp"

#include "net/simple_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace aigw;
using namespace aigw::net;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<SimpleServer> serve(SimpleHandler handler) {
  auto server = SimpleServer::listen_tcp("127.0.0.1", 0, std::move(handler));
  REQUIRE(server.ok());
  return *std::move(server);
}

std::string url_of(const SimpleServer& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

}  // namespace

TEST_CASE("a redirect is an answer, not an instruction") {
  int calls = 0;
  const auto server = serve([&calls](const SimpleRequest&) {
    ++calls;
    SimpleResponse response;
    response.status = 302;
    response.headers.add("location", "/elsewhere");
    return response;
  });
  const auto response = send_and_wait({.base_url = url_of(*server)});
  REQUIRE(response.ok());
  CHECK(response->status == 302);
  CHECK(response->headers.get("location") == "/elsewhere");
  CHECK(calls == 1);
}

TEST_CASE("an answer past the limit is refused, one at the limit is not") {
  const auto server = serve([](const SimpleRequest&) {
    SimpleResponse response;
    response.body = std::string(1000, 'x');
    return response;
  });
  CHECK(send_and_wait({.base_url = url_of(*server), .body_bytes_max = 1000}).ok());
  CHECK(send_and_wait({.base_url = url_of(*server), .body_bytes_max = 999}).error().kind ==
        ErrorKind::upstream_invalid);
}

TEST_CASE("failures say who did not answer and how") {
  CHECK(send_and_wait({.base_url = "ftp://a"}).error().kind == ErrorKind::config);
  const auto nobody = send_and_wait({.base_url = "http://127.0.0.1:1"});
  REQUIRE_FALSE(nobody.ok());
  CHECK(nobody.error().kind == ErrorKind::upstream_unreachable);
  CHECK(nobody.error().message.find("127.0.0.1:1") != std::string::npos);
  CHECK(send_and_wait({.base_url = "", .unix_socket = "/nonexistent/socket"}).error().kind ==
        ErrorKind::upstream_unreachable);
  const auto slow = serve([](const SimpleRequest&) {
    std::this_thread::sleep_for(400ms);
    return SimpleResponse{};
  });
  CHECK(send_and_wait({.base_url = url_of(*slow), .read_timeout = 100ms}).error().kind == ErrorKind::upstream_timeout);
}

TEST_CASE("plain text where TLS is expected fails as a handshake") {
  const auto server = serve([](const SimpleRequest&) { return SimpleResponse{}; });
  const auto failed =
      send_and_wait({.base_url = "https://127.0.0.1:" + std::to_string(server->port()), .read_timeout = 1s});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().kind == ErrorKind::upstream_unreachable);
}

TEST_CASE("a request goes to no address beyond its reach, by number or by name") {
  int calls = 0;
  const auto server = serve([&calls](const SimpleRequest&) {
    ++calls;
    return SimpleResponse{};
  });
  const std::string by_name = "http://localhost:" + std::to_string(server->port());
  for (const std::string& url : {url_of(*server), by_name}) {
    const auto refused = send_and_wait({.base_url = url, .reach = Reach::public_only});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::upstream_unreachable);
    CHECK(refused.error().text().find("--allow-private") != std::string::npos);
  }
  CHECK(calls == 0);
  CHECK(send_and_wait({.base_url = url_of(*server), .reach = Reach::private_too}).ok());
  CHECK(calls == 1);
  const auto metadata = send_and_wait({.base_url = "http://169.254.169.254", .reach = Reach::private_too});
  REQUIRE_FALSE(metadata.ok());
  CHECK(metadata.error().text().find("forbidden") != std::string::npos);
}
