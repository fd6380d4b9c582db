#include "http/strict.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace aigw;
using namespace aigw::http;

namespace {

std::string get(std::string_view fields) {
  return "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

/// The kind of a refusal; none when it was accepted.
std::optional<ErrorKind> verdict(const Status& status) {
  if (status.ok()) return std::nullopt;
  return status.error().kind;
}

RequestHead request(Method method, std::string target, std::vector<std::pair<std::string, std::string>> fields,
                    int minor = 1) {
  RequestHead head;
  head.method = method;
  head.target = std::move(target);
  head.version_minor = minor;
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  return head;
}

Status parse(std::string_view text) {
  RequestHead head;
  return parse_request_head(text, head);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("honest heads pass") {
  for (const std::string& head :
       {get(""), get("X-Empty:\r\n"), get("X:\t a \t\r\n"), get("X: caf\xC3\xA9 \"q\"\r\n"),
        std::string("OPTIONS * HTTP/1.0\r\n\r\n"), std::string("M-SEARCH http://h/%41?a=b&c HTTP/1.1\r\n\r\n")}) {
    CAPTURE(head);
    CHECK(parse(head).ok());
  }
}

TEST_CASE("a head is read as it stands, blanks around values left out") {
  RequestHead head;
  REQUIRE(
      parse_request_head("POST /v1/x?a=%20b HTTP/1.0\r\nHost: h:1\r\nX-Empty:\r\nX-Two: \t a  b \r\n\r\n", head).ok());
  CHECK(head.method == Method::post);
  CHECK(head.method_text == "POST");
  CHECK(head.target == "/v1/x?a=%20b");
  CHECK(head.version_minor == 0);
  REQUIRE(head.headers.size() == 3);
  CHECK(head.headers.get("host") == "h:1");
  CHECK(head.headers.get("x-empty") == "");
  CHECK(head.headers[2].name == "X-Two");
  CHECK(head.headers[2].value == "a  b");
}

TEST_CASE("a value ends at any control character but a tab, wherever in a word it stands") {
  for (std::size_t before = 0; before < 20; ++before) {
    CAPTURE(before);
    const std::string value = std::string(before, 'v') + "\t" + std::string(before, 'w') + "\xC3\xA9";
    RequestHead head;
    REQUIRE(parse_request_head("GET / HTTP/1.1\r\nHost: h\r\nX: " + value + "\r\n\r\n", head).ok());
    CHECK(head.headers[1].value == (before == 0 ? "\xC3\xA9" : value));
    for (const char bad : {'\x01', '\x7f', '\0', '\x1f', '\n', '\r'}) {
      const std::string broken = std::string(before, 'v') + bad + std::string(20 - before, 'w');
      CHECK(verdict(parse("GET / HTTP/1.1\r\nHost: h\r\nX: " + broken + "\r\n\r\n")) == ErrorKind::bad_http);
    }
  }
}

TEST_CASE("request lines that parsers read differently are refused") {
  const std::vector<std::string> lines = {"GET  /healthz HTTP/1.1",
                                          "GET\t/healthz\tHTTP/1.1",
                                          "GET /healthz HTTP/1.1 ",
                                          "GET HTTP/1.1",
                                          "GET /healthz http/1.1",
                                          "GET /healthz HTTP/1",
                                          "GET /healthz HTTP/01.1",
                                          "GET /healthz HTTP/1.1x",
                                          "GET /healthz HTTP/ 1.1",
                                          "GET /healthz HTTP/1,1",
                                          "GET /healthz HTTPS/1.1",
                                          "GET /healthz HTTP/1.2",
                                          "GET /healthz HTTP/11.1",
                                          std::string("GET /heal\0thz HTTP/1.1", 22),
                                          "GET /heal\vthz HTTP/1.1",
                                          "GET /heal\x7fthz HTTP/1.1",
                                          "GET /heal\rthz HTTP/1.1",
                                          "GET /h\xC3\xA9 HTTP/1.1",
                                          "GE(T / HTTP/1.1",
                                          " GET / HTTP/1.1",
                                          "",
                                          "\x80\x81\x82",
                                          "GET / x HTTP/1.1",
                                          "GET /"};
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(verdict(parse(line + "\r\nHost: localhost\r\n\r\n")) == ErrorKind::bad_http);
  }
  CHECK(verdict(parse("GET / HTTP/2.0\r\n\r\n")) == ErrorKind::version_not_supported);
  CHECK(verdict(parse("GET / HTTP/9.9\r\n\r\n")) == ErrorKind::version_not_supported);
}

TEST_CASE("header lines that parsers read differently are refused") {
  const std::vector<std::string> fields = {"X : 1\r\n",
                                           "X\t: 1\r\n",
                                           " X: 1\r\n",
                                           "X: 1\r\n folded\r\n",
                                           "X: 1\r\n\tfolded\r\n",
                                           "no colon\r\n",
                                           ": empty\r\n",
                                           "X(: 1\r\n",
                                           "X: a\rb\r\n",
                                           "X: a\nb\r\n",
                                           "X: 1\n",
                                           std::string("X: a\0b\r\n", 8),
                                           "X: a\x7f\r\n",
                                           "X: a\x01\r\n",
                                           "\xC3\xA9: 1\r\n",
                                           "X: 1\r\r\n",
                                           "\"X\": 1\r\n"};
  for (const std::string& field : fields) {
    CAPTURE(field);
    CHECK(verdict(parse(get(field))) == ErrorKind::bad_http);
  }
  CHECK(verdict(parse("GET / HTTP/1.1\nHost: a\n\n")) == ErrorKind::bad_http);
  CHECK(verdict(parse(get("") + "x")) == ErrorKind::bad_http);
  CHECK(verdict(parse("GET / HTTP/1.1\r\nHost: a\r\n")) == ErrorKind::bad_http);
}

TEST_CASE("heads are bounded, and each bound has its own error") {
  const auto line_of = [](std::size_t bytes) { return "GET /" + std::string(bytes - 16, 'a') + " HTTP/1.1\r\n"; };
  CHECK(parse(line_of(limits::kRequestLineBytes) + "\r\n").ok());
  CHECK(verdict(parse(line_of(limits::kRequestLineBytes + 1) + "\r\n")) == ErrorKind::uri_too_long);
  CHECK(parse(get("X: " + std::string(limits::kFieldBytes - 5, 'a') + "\r\n")).ok());
  CHECK(verdict(parse(get("X: " + std::string(limits::kFieldBytes - 4, 'a') + "\r\n"))) ==
        ErrorKind::headers_too_large);
  std::string many;
  for (std::size_t i = 1; i < limits::kFieldCount; ++i) many += "X: 1\r\n";
  CHECK(parse(get(many)).ok());
  CHECK(verdict(parse(get(many + "X: 1\r\n"))) == ErrorKind::headers_too_large);
  std::string big;
  for (int i = 0; i < 5; ++i) big += "X: " + std::string(15'000, 'a') + "\r\n";
  CHECK(verdict(parse(get(big))) == ErrorKind::headers_too_large);
}

TEST_CASE("a head that can only be refused is refused before it is complete") {
  const std::string good = get("X: 1\r\n");
  for (std::size_t cut = 0; cut <= good.size(); ++cut) CHECK(check_partial_head(good.substr(0, cut)).ok());
  CHECK(verdict(check_partial_head("GET /" + std::string(9000, 'a'))) == ErrorKind::uri_too_long);
  CHECK(verdict(check_partial_head("GET / HTTP/1.1\r\nX: " + std::string(17'000, 'a'))) ==
        ErrorKind::headers_too_large);
  CHECK(verdict(check_partial_head("GET / HTTP/1.1\rHost: localhost\r\r")) == ErrorKind::bad_http);
  CHECK(verdict(check_partial_head("GET / HTTP/1.1\r\nX : 1\r\n")) == ErrorKind::bad_http);
}

TEST_CASE("a body's end is certain or the request is refused") {
  const auto framing = [](Fields fields, int minor = 1) {
    return request_framing(request(Method::post, "/", std::move(fields), minor));
  };
  SUBCASE("accepted") {
    CHECK(framing({})->kind == Framing::Kind::none);
    CHECK(framing({{"Content-Length", "0"}})->kind == Framing::Kind::none);
    CHECK(framing({{"Content-Length", "60"}})->length == 60);
    CHECK(framing({{"Content-Length", "60"}, {"content-length", "60"}})->length == 60);
    CHECK(framing({{"Content-Length", "33554432"}})->length == 33554432);
    CHECK(framing({{"Transfer-Encoding", "cHuNkEd"}})->kind == Framing::Kind::chunked);
    CHECK(framing({{"Content-Length", "6"}, {"Expect", "100-Continue"}})->expects_continue);
    CHECK_FALSE(framing({{"Content-Length", "6"}, {"Expect", "100-continue"}}, 0)->expects_continue);
    CHECK_FALSE(framing({{"Expect", "100-continue"}})->expects_continue);
  }
  SUBCASE("refused") {
    struct Case {
      Fields fields;
      ErrorKind kind;
      int minor = 1;
    };
    const std::vector<Case> cases = {
        {{{"Content-Length", "0"}, {"Content-Length", "43"}}, ErrorKind::bad_http},
        {{{"Content-Length", "60, 60"}}, ErrorKind::bad_http},
        {{{"Content-Length", "-1"}}, ErrorKind::bad_http},
        {{{"Content-Length", "+1"}}, ErrorKind::bad_http},
        {{{"Content-Length", ""}}, ErrorKind::bad_http},
        {{{"Content-Length", "0x3c"}}, ErrorKind::bad_http},
        {{{"Content-Length", "60abc"}}, ErrorKind::bad_http},
        {{{"Content-Length", "6e1"}}, ErrorKind::bad_http},
        {{{"Content-Length", "33554433"}}, ErrorKind::body_too_large},
        {{{"Content-Length", "4294967356"}}, ErrorKind::body_too_large},
        {{{"Content-Length", "9223372036854775808"}}, ErrorKind::body_too_large},
        {{{"Content-Length", "18446744073709551676"}}, ErrorKind::body_too_large},
        {{{"Content-Length", "71"}, {"Transfer-Encoding", "chunked"}}, ErrorKind::bad_http},
        {{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, ErrorKind::bad_http},
        {{{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}}, ErrorKind::bad_http},
        {{{"Transfer-Encoding", "chunked"}}, ErrorKind::bad_http, 0},
        {{{"Transfer-Encoding", "gzip, chunked"}}, ErrorKind::not_implemented},
        {{{"Transfer-Encoding", "chunked;x=y"}}, ErrorKind::not_implemented},
        {{{"Transfer-Encoding", "chunked,"}}, ErrorKind::not_implemented},
        {{{"Transfer-Encoding", ""}}, ErrorKind::not_implemented},
        {{{"Transfer-Encoding", "chunked\xA0"}}, ErrorKind::not_implemented},
        {{{"Expect", "200-ok"}}, ErrorKind::expectation_failed},
    };
    for (const Case& c : cases) {
      CAPTURE(c.fields.front().second);
      const auto refused = framing(c.fields, c.minor);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().kind == c.kind);
    }
  }
}

TEST_CASE("targets in their three forms") {
  const Fields local = {{"Host", "LocalHost:2449"}};
  const auto plain = request(Method::get, "/v1/models?limit=2&x=", local);
  const auto target = parse_target(plain);
  REQUIRE(target.ok());
  CHECK(target->path == "/v1/models");
  CHECK(target->query == "limit=2&x=");
  CHECK(target->authority == "LocalHost:2449");
  CHECK(query_value(target->query, "limit") == "2");
  CHECK(query_value(target->query, "lim").empty());

  const auto absolute = request(Method::get, "HTTP://Evil.example:80?q", local);
  CHECK(parse_target(absolute)->authority == "Evil.example:80");
  CHECK(parse_target(absolute)->path == "/");
  CHECK(parse_target(absolute)->query == "q");
  CHECK(parse_target(request(Method::options, "*", local)).ok());
  CHECK(parse_target(request(Method::get, "/", {}, 0))->authority.empty());
}

TEST_CASE("hosts and targets that servers read differently are refused") {
  struct Case {
    Method method;
    std::string target;
    Fields fields;
    ErrorKind kind;
  };
  const Fields local = {{"Host", "localhost"}};
  const std::vector<Case> cases = {
      {Method::get, "/", {}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "localhost"}, {"Host", "localhost"}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", ""}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "localhost/healthz?"}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "local host"}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "localhost:8o80"}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "localhost:"}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "[::1"}}, ErrorKind::bad_http},
      {Method::get, "/", {{"Host", "a,b"}}, ErrorKind::bad_http},
      {Method::get, "*", local, ErrorKind::bad_http},
      {Method::get, "healthz", local, ErrorKind::bad_http},
      {Method::get, "ftp://localhost/", local, ErrorKind::bad_http},
      {Method::get, "http://localhost@evil.example/healthz", local, ErrorKind::bad_http},
      {Method::get, "http:///healthz", local, ErrorKind::bad_http},
      {Method::get, "/healthz#x", local, ErrorKind::bad_http},
      {Method::connect, "example.com:443", local, ErrorKind::method_not_allowed},
      {Method::get, "/../../etc/passwd", local, ErrorKind::bad_http},
      {Method::get, "/%2e%2e/etc", local, ErrorKind::bad_http},
      {Method::get, "/a/.%2E", local, ErrorKind::bad_http},
      {Method::get, "/./a", local, ErrorKind::bad_http},
      {Method::get, "/a/..;/b", local, ErrorKind::bad_http},
      {Method::get, "/assets/..\\..\\etc/passwd", local, ErrorKind::bad_http},
      {Method::get, "/assets/%5c..", local, ErrorKind::bad_http},
      {Method::get, "/assets/%c0%ae%c0%ae/etc", local, ErrorKind::bad_http},
      {Method::get, "/api/keys%00.css", local, ErrorKind::bad_http},
      {Method::get, "/a%2", local, ErrorKind::bad_http},
      {Method::get, "/a%zz", local, ErrorKind::bad_http},
      {Method::get, "/v1/files/..%2f..%2fadmin", local, ErrorKind::bad_http},
      {Method::get, "//api/keys", local, ErrorKind::not_found},
      {Method::post, "/v1//chat/completions", local, ErrorKind::not_found},
  };
  for (const Case& c : cases) {
    CAPTURE(c.target);
    const auto head = request(c.method, c.target, c.fields);
    const auto target = parse_target(head);
    REQUIRE_FALSE(target.ok());
    CHECK(target.error().kind == c.kind);
  }
}

TEST_CASE("an encoded slash stays inside its segment, so that models named with a slash can be asked for") {
  const auto head = request(Method::get, "/v1/models/meta%2Fllama-3.1", {{"Host", "[::1]:80"}});
  const auto target = parse_target(head);
  REQUIRE(target.ok());
  CHECK(target->path == "/v1/models/meta%2Fllama-3.1");
  CHECK(*percent_decode("meta%2Fllama-3.1") == "meta/llama-3.1");
  CHECK(host_of(target->authority) == "[::1]");
}
