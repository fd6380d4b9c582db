#include "base/redact.hpp"

#include <doctest/doctest.h>

using namespace aigw;

TEST_CASE("a key loses its secret part and keeps its kind") {
  CHECK(redact("key sk-proj-abcdEFGH1234, sorry") == "key sk-[redacted], sorry");
  CHECK(redact("sk-ant-api03-AAAA_bbbb-CC") == "sk-ant-[redacted]");
  CHECK(redact("\"AIzaSyA1234567890abcdefgh\"") == "\"AIza[redacted]\"");
  CHECK(redact("(aigw_0123456789abcdef)") == "(aigw_[redacted])");
  CHECK(redact("authorization: bearer abc.def-ghi") == "authorization: bearer [redacted]");
  CHECK(redact("Basic dXNlcjpwYXNz==") == "Basic [redacted]");
  CHECK(redact("/v1beta/models?key=abc123&alt=sse") == "/v1beta/models?key=[redacted]&alt=sse");
  CHECK(redact("?a=1&key=x") == "?a=1&key=[redacted]");
  CHECK(redact("sk-11112222,sk-33334444") == "sk-[redacted],sk-[redacted]");
}

TEST_CASE("words that only resemble keys stay") {
  for (const char* text : {"", "task-forcefully", "ask-something", "sk-", "sk-short", "aigw_home", "AIzaShort",
                           "the bearer", "?monkey=1", "disk-cache-directory"}) {
    CAPTURE(text);
    CHECK(redact(text) == text);
  }
}

TEST_CASE("an argument that is a key is recognised, a provider's name is not") {
  CHECK(looks_like_key("sk-proj-abcdefgh"));
  CHECK(looks_like_key("sk-ant-api03-xyz"));
  CHECK(looks_like_key("AIzaSyA1234567890abcdefgh"));
  CHECK(looks_like_key("0123456789abcdef0123456789abcdef"));
  CHECK_FALSE(looks_like_key("openai"));
  CHECK_FALSE(looks_like_key("my-own-provider"));
  CHECK_FALSE(looks_like_key("laptop of anna"));
  CHECK_FALSE(looks_like_key("anthropic/second"));
}

TEST_CASE("names of our variables are no keys") {
  CHECK(redact("Check AIGW_MASTER_KEY_FILE") == "Check AIGW_MASTER_KEY_FILE");
  CHECK(redact("aigw_master_key_file") == "aigw_[redacted]");
}
