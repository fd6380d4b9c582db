#pragma once
// Randomness, hashes and sealing: the only door to OpenSSL's crypto. Any thread.

#include "base/error.hpp"
#include "base/secret.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace aigw::crypto {

using Sha256 = std::array<unsigned char, 32>;

/// About 250 ns for a key; keeps one digest context a thread.
Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
inline std::string_view view_of(const Sha256& sum) { return {reinterpret_cast<const char*>(sum.data()), sum.size()}; }
void random_bytes(std::span<unsigned char> out);   ///< aborts when the system has no randomness
void wipe(void* data, std::size_t size) noexcept;  ///< zeroes that no optimiser takes away
bool equal_constant_time(std::string_view a, std::string_view b);

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view hex);

/// "aigw_" + 43 base62 characters of 256 random bits.
Secret make_issued_key();

/// RSASSA-PKCS1-v1_5 with SHA-256, JOSE's "RS256". @errors crypto: `pem` is no RSA private key without a passphrase
Result<std::string> sign_rs256(const Secret& pem, std::string_view text);

constexpr std::size_t kSealKeyBytes = 32;

/// HKDF-SHA256 of any text to a key of kSealKeyBytes; `purpose` keeps keys of one text apart.
Result<Secret> derive_key(const Secret& text, std::string_view purpose);

/// AES-256-GCM: 12 bytes of random nonce, ciphertext, 16 bytes of tag. `context` is authenticated, not stored: a
/// sealed value moved to another row does not open.
/// @errors crypto when the key has the wrong length
Result<std::string> seal(const Secret& key, std::string_view context, std::string_view plain);
/// @errors crypto when a bit, the context or the key differs
Result<Secret> open(const Secret& key, std::string_view context, std::string_view sealed);

}  // namespace aigw::crypto
