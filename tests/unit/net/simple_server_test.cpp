#include "net/simple_server.hpp"

#include "net/blocking_client.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

using namespace aigw;
using namespace aigw::net;
using namespace std::chrono_literals;

namespace {

SimpleResponse echo(const SimpleRequest& request) {
  SimpleResponse response;
  response.headers.add("x-method", request.method);
  response.headers.add("x-target", request.target);
  response.headers.add("x-tag", request.headers.get("x-tag").value_or("none"));
  response.body = request.body;
  return response;
}

std::unique_ptr<SimpleServer> serve(SimpleHandler handler, SimpleServerOptions options = {}) {
  auto server = SimpleServer::listen_tcp("127.0.0.1", 0, std::move(handler), std::move(options));
  REQUIRE(server.ok());
  return *std::move(server);
}

std::string url_of(const SimpleServer& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

/// A folder of its own that goes with the test.
struct Folder {
  std::filesystem::path path;
  Folder() {
    char name[] = "/tmp/aigw-test-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a request over TCP reaches the handler and its answer comes back") {
  const auto server = serve(echo);
  BlockingRequest request{
      .base_url = url_of(*server) + "/base/", .method = "POST", .path = "/x?y=a+b", .body = std::string(300'000, 'b')};
  request.headers.add("X-Tag", "t");
  request.headers.add("content-type", "application/json");
  const auto response = send_and_wait(request);
  REQUIRE(response.ok());
  CHECK(response->status == 200);
  CHECK(response->headers.get("x-method") == "POST");
  CHECK(response->headers.get("X-Target") == "/base/x?y=a+b");
  CHECK(response->headers.get("x-tag") == "t");
  CHECK(response->body == request.body);
}

TEST_CASE("paths travel as they are written") {
  const auto server = serve([](const SimpleRequest& request) {
    SimpleResponse response;
    response.body = request.target;
    return response;
  });
  const auto response = send_and_wait({.base_url = url_of(*server), .path = "/v1/models/a%2Fb?x=%20+&y"});
  REQUIRE(response.ok());
  CHECK(response->body == "/v1/models/a%2Fb?x=%20+&y");
}

TEST_CASE("a HEAD answer has a length and no body, and 204 has neither") {
  const auto server = serve([](const SimpleRequest& request) {
    SimpleResponse response;
    response.status = request.target == "/none" ? 204 : 200;
    response.body = "text";
    return response;
  });
  const auto head = send_and_wait({.base_url = url_of(*server), .method = "HEAD"});
  REQUIRE(head.ok());
  CHECK(head->headers.get("content-length") == "4");
  CHECK(head->body.empty());
  const auto none = send_and_wait({.base_url = url_of(*server), .path = "/none"});
  REQUIRE(none.ok());
  CHECK(none->status == 204);
  CHECK_FALSE(none->headers.has("content-length"));
}

TEST_CASE("a streamed answer arrives in its order, with its delays") {
  const auto server = serve([](const SimpleRequest&) {
    SimpleResponse response;
    response.stream = {
        {.bytes = "a", .delay_before = 0ms}, {.bytes = "", .delay_before = 0ms}, {.bytes = "bc", .delay_before = 60ms}};
    return response;
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto response = send_and_wait({.base_url = url_of(*server)});
  REQUIRE(response.ok());
  CHECK(response->body == "abc");
  CHECK(response->headers.get("transfer-encoding") == "chunked");
  CHECK(std::chrono::steady_clock::now() - begin >= 60ms);
}

TEST_CASE("a handler that blocks does not stop another") {
  std::atomic<bool> released{false};
  const auto server = serve([&released](const SimpleRequest& request) {
    if (request.target == "/block")
      while (!released) std::this_thread::sleep_for(1ms);
    return SimpleResponse{};
  });
  std::thread blocked([&] { CHECK(send_and_wait({.base_url = url_of(*server), .path = "/block"}).ok()); });
  CHECK(send_and_wait({.base_url = url_of(*server), .path = "/free", .read_timeout = 5s}).ok());
  released = true;
  blocked.join();
}

TEST_CASE("a handler that throws is a 500, and the server lives on") {
  const auto server = serve([](const SimpleRequest& request) -> SimpleResponse {
    if (request.target == "/throw") throw std::runtime_error("SECRET");
    return {};
  });
  const auto response = send_and_wait({.base_url = url_of(*server), .path = "/throw"});
  REQUIRE(response.ok());
  CHECK(response->status == 500);
  CHECK(response->body.find("SECRET") == std::string::npos);
  CHECK(send_and_wait({.base_url = url_of(*server)})->status == 200);
}

TEST_CASE("strange hosts, foreign origins and large bodies are refused over TCP") {
  const auto server = serve(echo, {.body_bytes_max = 1000});
  BlockingRequest rebound{.base_url = url_of(*server)};
  rebound.headers.add("Host", "evil.example");
  CHECK(send_and_wait(rebound)->status == 421);
  BlockingRequest page{.base_url = url_of(*server), .method = "POST"};
  page.headers.add("Origin", "https://evil.example");
  CHECK(send_and_wait(page)->status == 403);
  CHECK(send_and_wait({.base_url = url_of(*server), .method = "POST", .body = std::string(1001, 'x')})->status == 413);
  CHECK(send_and_wait({.base_url = url_of(*server), .method = "POST", .body = std::string(1000, 'x')})->status == 200);
}

TEST_CASE("a Unix socket is private, replaces a dead one and respects a living one") {
  const Folder folder;
  const auto path = folder.path / "aigw.sock";
  auto first = SimpleServer::listen_unix(path, echo);
  REQUIRE(first.ok());
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);

  const auto response =
      send_and_wait({.base_url = "", .unix_socket = path, .method = "PUT", .path = "/api/v1/keys", .body = "{}"});
  REQUIRE(response.ok());
  CHECK(response->headers.get("x-method") == "PUT");
  CHECK(response->body == "{}");

  CHECK(SimpleServer::listen_unix(path, echo).error().kind == ErrorKind::conflict);
  (*first)->stop();
  CHECK_FALSE(std::filesystem::exists(path));

  SUBCASE("a dead process's socket") {
    const pid_t child = ::fork();
    if (child == 0) {
      auto dying = SimpleServer::listen_unix(path, echo);
      ::_exit(dying.ok() ? 0 : 1);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(std::filesystem::exists(path));
    auto second = SimpleServer::listen_unix(path, echo);
    REQUIRE(second.ok());
    CHECK(send_and_wait({.base_url = "", .unix_socket = path}).ok());
  }
  SUBCASE("a file that is no socket stays") {
    std::ofstream(path) << "precious";
    CHECK(SimpleServer::listen_unix(path, echo).error().kind == ErrorKind::conflict);
    CHECK(std::filesystem::file_size(path) == 8);
  }
  SUBCASE("a path that no socket can have") {
    CHECK(SimpleServer::listen_unix(folder.path / std::string(120, 'x'), echo).error().kind == ErrorKind::config);
  }
}

TEST_CASE("a taken port and a broken address are named") {
  const auto server = serve(echo);
  const auto second = SimpleServer::listen_tcp("127.0.0.1", server->port(), echo);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find(std::to_string(server->port())) != std::string::npos);
  CHECK_FALSE(SimpleServer::listen_tcp("nonsense", 0, echo).ok());
}

TEST_CASE("stop lets a running answer finish and refuses what comes later") {
  std::atomic<bool> entered{false};
  auto server = serve([&entered](const SimpleRequest&) {
    entered = true;
    std::this_thread::sleep_for(100ms);
    SimpleResponse response;
    response.body = "whole";
    return response;
  });
  const std::string url = url_of(*server);
  std::thread client([&] {
    const auto response = send_and_wait({.base_url = url});
    REQUIRE(response.ok());
    CHECK(response->body == "whole");
  });
  while (!entered) std::this_thread::sleep_for(1ms);
  server->stop();
  client.join();
  CHECK(send_and_wait({.base_url = url}).error().kind == ErrorKind::upstream_unreachable);
}
