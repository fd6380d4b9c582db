#include "base/base64.hpp"

#include <doctest/doctest.h>

using namespace aigw;

SCENARIO("base64 has the vectors of RFC 4648") {
  constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}};
  for (const auto& [bytes, text] : kVectors) {
    CHECK(base64::encode(bytes) == text);
    CHECK(base64::decode(text) == std::string(bytes));
    CHECK(base64::decode(base64::encode_url(bytes)) == std::string(bytes));
  }
  CHECK(base64::encode_url("\xfb\xff\xfe") == "-__-");
  CHECK(base64::encode("\xfb\xff\xfe") == "+//+");
}

SCENARIO("every byte survives both alphabets") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  CHECK(base64::decode(base64::encode(bytes)) == bytes);
  CHECK(base64::decode(base64::encode_url(bytes)) == bytes);
}

SCENARIO("what is no base64 gives nothing") {
  for (const char* text : {"A", "AAAAA", "Z g=", "Zm9v!", "Zg==Zg=="}) CHECK_FALSE(base64::decode(text));
}
