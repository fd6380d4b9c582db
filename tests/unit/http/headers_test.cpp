#include "http/headers.hpp"

#include "http/message.hpp"
#include "http/name_set.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aigw::http;

TEST_CASE("fields keep their order and spelling, and are found without case") {
  Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("X-Tag", "one");
  headers.add("x-tag", "");
  CHECK(headers.get("content-TYPE") == "application/json");
  CHECK(headers.get("X-TAG") == "one");
  CHECK(headers.count("x-Tag") == 2);
  CHECK_FALSE(headers.get("x-ta").has_value());
  std::string all;
  for (const Field field : headers) all += std::string(field.name) + "=" + std::string(field.value) + ";";
  CHECK(all == "Content-Type=application/json;X-Tag=one;x-tag=;");
  headers.clear();
  CHECK(headers.empty());
  CHECK_FALSE(headers.has("x-tag"));
}

TEST_CASE("fields of an adopted head are cut out of its copy") {
  std::string head = "Host: h\r\nX-One:  1 \r\n";
  Headers headers;
  headers.add("old", "field");
  headers.clear();
  headers.adopt(head);
  const std::string_view text = head;
  headers.add_adopted({text.substr(0, 4), text.substr(6, 1)});
  headers.add_adopted({text.substr(9, 5), text.substr(17, 1)});
  head.assign(head.size(), '?');
  CHECK(headers.get("HOST") == "h");
  CHECK(headers.get("x-one") == "1");
  CHECK_FALSE(headers.has("old"));
  headers.add("X-Two", "2");
  CHECK(headers.get("x-two") == "2");
  CHECK(headers[1].name == "X-One");
}

TEST_CASE("a set of names knows its own, without case, and no others") {
  static constexpr auto kNames = name_set("te", "host", "date", "x-forwarded-for");
  for (const std::string_view name : {"te", "TE", "Host", "date", "X-Forwarded-For"}) CHECK(kNames.contains(name));
  for (const std::string_view name : {"", "t", "tea", "hosts", "cost", "x-forwarded-foo"})
    CHECK_FALSE(kNames.contains(name));
  CHECK_FALSE(kNames.contains(std::string(100, 'a')));
}

TEST_CASE("tokens are found in comma lists only as a whole") {
  CHECK(has_token("keep-alive, Close", "close"));
  CHECK(has_token("close", "close"));
  CHECK(has_token(" ,\tclose ,", "close"));
  CHECK_FALSE(has_token("closed, not-close", "close"));
  CHECK_FALSE(has_token("", "close"));
}

TEST_CASE("a connection's life follows version and Connection fields, also when there are several") {
  Headers none;
  CHECK(keeps_alive(1, none));
  CHECK_FALSE(keeps_alive(0, none));
  Headers two;
  two.add("Connection", "keep-alive");
  CHECK(keeps_alive(0, two));
  two.add("connection", "TE, close");
  CHECK_FALSE(keeps_alive(1, two));
}

TEST_CASE("methods are case-sensitive") {
  CHECK(method_named("DELETE") == Method::delete_);
  CHECK(method_named("get") == Method::other);
  CHECK(method_named("") == Method::other);
  CHECK(name_of(Method::options) == "OPTIONS");
}
