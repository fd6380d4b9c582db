#include "base/crypto.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace aigw;

namespace {

std::string hex_of(const crypto::Sha256& sum) { return crypto::to_hex(crypto::view_of(sum)); }

Secret key_of(char byte) { return Secret(std::string(crypto::kSealKeyBytes, byte)); }

}  // namespace

TEST_CASE("SHA-256 gives the sums of its standard, again and again") {
  for (int i = 0; i < 3; ++i) {
    CHECK(hex_of(crypto::sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex_of(crypto::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}

TEST_CASE("HMAC-SHA-256 gives the sums of RFC 4231, with keys shorter and longer than a block") {
  CHECK(hex_of(crypto::hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(
      hex_of(crypto::hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("hexadecimal texts go both ways, and what is none is refused") {
  const std::string bytes("\x00\x7f\xff", 3);
  CHECK(crypto::to_hex(bytes) == "007fff");
  CHECK(*crypto::from_hex("007FfF") == bytes);
  CHECK_FALSE(crypto::from_hex("abc").ok());
  CHECK_FALSE(crypto::from_hex("zz").ok());
}

TEST_CASE("an issued key has its prefix, 43 base62 characters, and no twin") {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const Secret key = crypto::make_issued_key();
    const std::string text(key.reveal());
    REQUIRE(text.size() == 48);
    REQUIRE(text.starts_with("aigw_"));
    REQUIRE(text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 5) ==
            std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() == 200);
}

TEST_CASE("a sealed value opens with its key and its context only") {
  const Secret key = key_of('k');
  const auto sealed = crypto::seal(key, "row 1", "sk-secret");
  REQUIRE(sealed.ok());
  CHECK(sealed->find("sk-secret") == std::string::npos);
  CHECK(crypto::open(key, "row 1", *sealed)->reveal() == "sk-secret");
  CHECK_FALSE(crypto::open(key, "row 2", *sealed).ok());
  CHECK(crypto::open(key_of('j'), "row 1", *sealed).error().kind == ErrorKind::crypto);
  CHECK(*crypto::seal(key, "row 1", "sk-secret") != *sealed);
  CHECK(crypto::open(key, "", *crypto::seal(key, "", ""))->reveal().empty());
}

TEST_CASE("no flipped bit and no cut of a sealed value goes unseen") {
  const Secret key = key_of('k');
  const std::string sealed = *crypto::seal(key, "row", "sk-secret");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE_FALSE(crypto::open(key, "row", changed).ok());
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    REQUIRE_FALSE(crypto::open(key, "row", sealed.substr(0, size)).ok());
}

TEST_CASE("a key of the wrong length seals nothing") {
  CHECK(crypto::seal(Secret("short"), "", "x").error().kind == ErrorKind::crypto);
}

TEST_CASE("derived keys have 32 bytes, follow their text, and differ by purpose") {
  const Secret text("correct horse");
  const auto one = crypto::derive_key(text, "a");
  REQUIRE(one.ok());
  CHECK(one->reveal().size() == crypto::kSealKeyBytes);
  CHECK(one->reveal() == crypto::derive_key(text, "a")->reveal());
  CHECK(one->reveal() != crypto::derive_key(text, "b")->reveal());
  CHECK(one->reveal() != crypto::derive_key(Secret("correct horsf"), "a")->reveal());
}

TEST_CASE("texts are compared as wholes") {
  CHECK(crypto::equal_constant_time("abc", "abc"));
  CHECK_FALSE(crypto::equal_constant_time("abc", "abd"));
  CHECK_FALSE(crypto::equal_constant_time("abc", "ab"));
  CHECK(crypto::equal_constant_time("", ""));
}

TEST_CASE("a secret that moved away leaves nothing behind") {
  Secret from("sk-short");
  const Secret to = std::move(from);
  CHECK(from.empty());
  CHECK(to.reveal() == "sk-short");
}
