#include "http/sigv4.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;
namespace sigv4 = http::sigv4;

// The cases get-*, post-* are those of AWS' published test suite, the others were signed by botocore 1.44.8; botocore
// gave the same signatures for all of them.

namespace {

constexpr std::string_view kKey = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr UnixMillis kSuiteTime{1'440'938'160'000};  // 2015-08-30T12:36:00Z

struct Case {
  std::string name;
  std::string method = "GET";
  std::string target = "/";
  std::vector<http::Field> more_headers = {};
  std::string body = {};
  std::string session_token = {};
  std::string signed_headers = "host;x-amz-date";
  std::string signature = {};
};

std::string fields_of(const Case& c) {
  std::vector<http::Field> headers = c.more_headers;
  headers.push_back({"host", "example.amazonaws.com"});
  const std::string key = std::string(kKey) + (c.session_token.empty() ? "" : ":") + c.session_token;
  std::string head;
  sigv4::append_fields(head, {c.method, c.target, headers, c.body}, sigv4::Credential::parse(key),
                       {"us-east-1", "service", kSuiteTime});
  return head;
}

}  // namespace

TEST_CASE("requests are signed as AWS' own test suite has them") {
  const std::string alphabet = "-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string token =
      "AQoDYXdzEPT//////////"
      "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwth"
      "Ax7mSEI/qkPpKPi/"
      "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAk"
      "iY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  const std::vector<Case> cases = {
      {.name = "get-vanilla", .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {.name = "post-vanilla",
       .method = "POST",
       .signature = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {.name = "get-vanilla-query-order-key-case",
       .target = "/?Param2=value2&Param1=value1",
       .signature = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {.name = "get-vanilla-query-order-value",
       .target = "/?Param1=value2&Param1=value1",
       .signature = "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
      {.name = "get-vanilla-query-order-key",
       .target = "/?Param1=value2&Param1=Value1",
       .signature = "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
      {.name = "unreserved characters in path and query",
       .target = "/" + alphabet + "?" + alphabet + "=" + alphabet,
       .signature = "eb802bf58e4e4b72d43000e35b432e59d42ad19d36ade3ba215827f5b22e500b"},
      {.name = "an encoded path is encoded once more",
       .target = "/%E1%88%B4",
       .signature = "697b34846207a3f72246f99d74ae1ee4fe54f44bb06730c58a0d339eb079596d"},
      {.name = "post-x-www-form-urlencoded",
       .method = "POST",
       .more_headers = {{"content-type", "application/x-www-form-urlencoded"}},
       .body = "Param1=value1",
       .signed_headers = "content-type;host;x-amz-date",
       .signature = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {.name = "get-header-value-trim",
       .more_headers = {{"my-header2", " \"a   b   c\"  "}, {"my-header1", "value1"}},
       .signed_headers = "host;my-header1;my-header2;x-amz-date",
       .signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {.name = "post-sts-header-before",
       .method = "POST",
       .session_token = token,
       .signed_headers = "host;x-amz-date;x-amz-security-token",
       .signature = "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::string expected = "x-amz-date: 20150830T123600Z\r\n";
    if (!c.session_token.empty()) expected += "x-amz-security-token: " + c.session_token + "\r\n";
    expected +=
        "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=" +
        c.signed_headers + ", Signature=" + c.signature + "\r\n";
    CHECK(fields_of(c) == expected);
    CHECK(fields_of(c) == expected);  // with the key derived before
  }
}

TEST_CASE("the same request is signed otherwise for another day, region, service or secret, and again as before") {
  const http::Field host{"host", "bedrock-runtime.eu-central-1.amazonaws.com"};
  const http::Field type{"content-type", "application/json"};
  const std::vector<http::Field> headers = {host, type};
  const auto signed_with = [&](std::string_view key, std::string_view region, std::int64_t day) {
    std::string head;
    sigv4::append_fields(
        head, {"POST", "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke", headers, R"({"max_tokens":1})"},
        sigv4::Credential::parse(key), {region, "bedrock", {1'795'690'800'000 + day * 86'400'000}});
    return head.substr(head.find("Signature=") + 10, 64);
  };
  const std::string expected = "f2810535b575582a4beda8cf4508c598dab32cd625ce305b36cda726492052fd";
  CHECK(signed_with(kKey, "eu-central-1", 0) == expected);
  for (int i = 0; i < 6; ++i) CHECK(signed_with(kKey, "eu-central-1", i + 1) != expected);
  CHECK(signed_with(kKey, "eu-west-1", 0) != expected);
  CHECK(signed_with("AKIDEXAMPLE:another", "eu-central-1", 0) != expected);
  CHECK(signed_with(kKey, "eu-central-1", 0) == expected);
}

TEST_CASE("a credential is two words or three") {
  const auto both = sigv4::Credential::parse("AKID:SE/CR+ET");
  CHECK(both.access_key_id == "AKID");
  CHECK(both.secret == "SE/CR+ET");
  CHECK(both.session_token.empty());
  CHECK(sigv4::Credential::parse("AKID:SECRET:TOKEN==").session_token == "TOKEN==");
  CHECK(sigv4::Credential::parse("alone").secret.empty());
}

TEST_CASE("a host names its region") {
  CHECK(sigv4::region_of("bedrock-runtime.eu-central-1.amazonaws.com") == "eu-central-1");
  CHECK(sigv4::region_of("bedrock-runtime-fips.us-gov-west-1.amazonaws.com") == "us-gov-west-1");
  CHECK(sigv4::region_of("bedrock-runtime.cn-north-1.amazonaws.com.cn") == "cn-north-1");
  CHECK(sigv4::region_of("vpce-0a1b-2c3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com") == "ap-southeast-2");
  CHECK(sigv4::region_of("127.0.0.1") == "us-east-1");
  CHECK(sigv4::region_of("") == "us-east-1");
}
