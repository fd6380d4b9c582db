#include "ops/service_account.hpp"

#include "base/base64.hpp"
#include "json/view.hpp"
#include "tests/support/rsa_key.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace aigw;

namespace {

ops::ServiceAccount account() {
  auto read = ops::read_service_account(test::service_account_json());
  REQUIRE(read.ok());
  return *std::move(read);
}

std::vector<std::string> parts_of(std::string_view assertion) {
  std::vector<std::string> parts(1);
  for (const char c : assertion)
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

std::string_view code_of(const Result<ops::AccessToken>& answer) { return answer ? "" : answer.error().code(); }

}  // namespace

TEST_CASE("an assertion says who asks whom for what and until when, signed by the account's key") {
  const auto form = ops::token_request(account(), UnixMillis{1'795'000'000'999});
  REQUIRE(form.ok());
  constexpr std::string_view kBegin = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  REQUIRE(form->reveal().starts_with(kBegin));
  const std::string assertion(form->reveal().substr(kBegin.size()));
  const auto parts = parts_of(assertion);
  REQUIRE(parts.size() == 3);
  CHECK(base64::decode(parts[0]) == R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  CHECK(base64::decode(parts[1]) ==
        R"({"iss":"robot@project.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/cloud-platform",)"
        R"("aud":"https://oauth2.googleapis.com/token","iat":1795000000,"exp":1795003600})");
  const auto signature = base64::decode(parts[2]);
  REQUIRE(signature);
  CHECK(test::rsa_key().verifies(parts[0] + "." + parts[1], *signature));
  CHECK_FALSE(test::rsa_key().verifies(parts[0] + "." + parts[0], *signature));
}

TEST_CASE("a key file as Google makes it is read, and kept without what is not needed") {
  std::string file(test::service_account_json().reveal());
  file.insert(1, "\n  \"project_id\": \"p\",\n ");
  const auto read = ops::read_service_account(Secret(file));
  REQUIRE(read.ok());
  CHECK(ops::text_of(*read).reveal() == test::service_account_json().reveal());
}

TEST_CASE("what is no service account is refused by the field that is wrong") {
  const auto why = [](std::string_view json) {
    const auto read = ops::read_service_account(Secret(std::string(json)));
    return read ? "" : read.error().message;
  };
  CHECK(why("{") == "the key begins like a JSON file and is none");
  CHECK(why(R"({"type":"authorized_user"})").find("\"authorized_user\"") != std::string::npos);
  CHECK(why(R"({"type":"service_account"})") == "the service account has no client_email");
  CHECK(why(R"({"type":"service_account","client_email":"a@b"})") == "the service account has no private_key");
  CHECK(why(R"({"type":"service_account","client_email":"a@b","private_key":"MII"})") ==
        "the service account's private_key is no RSA key");
}

TEST_CASE("the proof goes over https, or to this machine where that is allowed") {
  const auto allowed = [](std::string uri, bool allow_private) {
    ops::ServiceAccount one = account();
    one.token_uri = std::move(uri);
    return ops::check_token_uri(one, allow_private).ok();
  };
  CHECK(allowed("https://oauth2.googleapis.com/token", false));
  CHECK_FALSE(allowed("http://oauth2.googleapis.com/token", true));
  CHECK_FALSE(allowed("http://127.0.0.1:80/token", false));
  CHECK(allowed("http://127.0.0.1:80/token", true));
  CHECK_FALSE(allowed("http://169.254.169.254/token", true));
}

TEST_CASE("an answer gives a token and its life, or says whose fault it is") {
  const auto token =
      ops::read_token_answer(200, R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})");
  REQUIRE(token.ok());
  CHECK(token->text.reveal() == "ya29.x");
  CHECK(token->lifetime == std::chrono::seconds(3599));
  CHECK(ops::read_token_answer(200, R"({"access_token":"x","expires_in":-5})")->lifetime == std::chrono::seconds(1));

  const auto refused =
      ops::read_token_answer(400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})");
  CHECK(code_of(refused) == "upstream_auth");
  CHECK(refused.error().message.ends_with("(invalid_grant: Invalid JWT Signature.)"));
  CHECK(code_of(ops::read_token_answer(503, "<html>")) == "upstream_error");
  for (const char* body : {"", "[]", "{}", R"({"access_token":""})", R"({"access_token":"a b"})",
                           R"({"access_token":"a\r\nx: y"})", R"({"access_token":1})"}) {
    CAPTURE(body);
    CHECK(code_of(ops::read_token_answer(200, body)) == "upstream_invalid");
  }
}

TEST_CASE("a refusal that quotes the assertion does not give it away") {
  const auto refused = ops::read_token_answer(400, R"({"error":"invalid","error_description":"bad eyJhbGciOi"})");
  CHECK(refused.error().message.ends_with("(invalid)"));
}
