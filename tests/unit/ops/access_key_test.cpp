#include "ops/access_key.hpp"

#include <doctest/doctest.h>

using namespace aigw;

namespace {

std::string stored(std::string said) {
  const auto key = ops::as_access_key(Secret(std::move(said)));
  return key ? std::string(key->reveal()) : "refused: " + key.error().message;
}

}  // namespace

TEST_CASE("an access key is stored as one word, whatever it came in") {
  CHECK(stored("AKIDEXAMPLE:se/cr+et\n") == "AKIDEXAMPLE:se/cr+et");
  CHECK(stored("AKIDEXAMPLE:secret:token==") == "AKIDEXAMPLE:secret:token==");
  CHECK(stored(R"({
    "Version": 1,
    "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "se\/cret",
    "SessionToken": "token", "Expiration": "2026-11-26T12:00:00Z"
  })") == "AKIDEXAMPLE:se/cret:token");
  CHECK(stored(R"({"Credentials":{"AccessKeyId":"ID","SecretAccessKey":"s"}})") == "ID:s");
  CHECK(stored("ABSKQmVkcm9ja0FQSUtleQ==") == "ABSKQmVkcm9ja0FQSUtleQ==");
}

TEST_CASE("half an access key is refused, and not repeated") {
  CHECK(stored("AKIAIOSFODNN7EXAMPLE") == "refused: this is an access key's id alone, without its secret");
  CHECK(stored("AKIDEXAMPLE:") == "refused: an access key has two or three parts, apart by colons");
  CHECK(stored(":secret") == "refused: an access key has two or three parts, apart by colons");
  CHECK(stored("a:b:c:d") == "refused: an access key has two or three parts, apart by colons");
  CHECK(stored(R"({"AccessKeyId":"ID"})") == "refused: the JSON has no \"SecretAccessKey\"");
  CHECK(stored("{") == "refused: the JSON has no \"AccessKeyId\"");
}
