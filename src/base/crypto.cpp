#include "base/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <memory>

namespace aigw::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kIssuedKeyDigits = 43;  // 62^43 > 2^256

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error broken(std::string_view what) {
  return make_error(ErrorKind::crypto, std::string("the cryptographic library failed to ").append(what));
}

Status check_key(const Secret& key) {
  if (key.reveal().size() == kSealKeyBytes) return {};
  return make_error(ErrorKind::crypto,
                    "a sealing key must have 32 bytes, this one has " + std::to_string(key.reveal().size()));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  // Fetched once: looking the algorithm up costs more than hashing a key.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const DigestContext context(EVP_MD_CTX_new());
  Sha256 out;
  if (EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1)
    std::abort();  // no SHA-256 means no OpenSSL: nothing that we store could be trusted
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 out;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), out.data(), nullptr))
    std::abort();  // as above
  return out;
}

void random_bytes(std::span<unsigned char> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

void wipe(void* data, std::size_t size) noexcept { OPENSSL_cleanse(data, size); }

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

Result<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return make_error(ErrorKind::bad_request, "a hexadecimal text has an even number of digits");
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0)
      return make_error(ErrorKind::bad_request, "a hexadecimal text has only the digits 0-9 and a-f");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

Secret make_issued_key() {
  std::array<unsigned char, 32> number;
  random_bytes(number);
  std::string text = "aigw_";
  text.resize(text.size() + kIssuedKeyDigits);
  // Long division of the 256-bit number by 62, least digit last: every bit counts, no digit is favoured by a modulo.
  for (std::size_t digit = text.size(); digit-- > text.size() - kIssuedKeyDigits;) {
    unsigned rest = 0;
    for (unsigned char& byte : number) {
      const unsigned value = rest * 256 + byte;
      byte = static_cast<unsigned char>(value / 62);
      rest = value % 62;
    }
    text[digit] = kBase62[rest];
  }
  wipe(number.data(), number.size());
  return Secret(std::move(text));
}

Result<std::string> sign_rs256(const Secret& pem, std::string_view text) {
  const std::string_view bytes = pem.reveal();
  const Bio file(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  constexpr auto kNoPassphrase = [](char*, int, int, void*) { return 0; };
  const PrivateKey key(PEM_read_bio_PrivateKey(file.get(), nullptr, kNoPassphrase, nullptr));
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return make_error(ErrorKind::crypto, "the private key is no RSA key in PEM");
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  std::string signature(size, '\0');
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text), text.size()) != 1)
    return broken("sign a text");
  signature.resize(size);
  return signature;
}

Result<Secret> derive_key(const Secret& text, std::string_view purpose) {
  const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  const std::string_view input = text.reveal();
  std::string key(kSealKeyBytes, '\0');
  std::size_t size = key.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), bytes_of(input), static_cast<int>(input.size())) != 1 ||
      EVP_PKEY_CTX_add1_hkdf_info(context.get(), bytes_of(purpose), static_cast<int>(purpose.size())) != 1 ||
      EVP_PKEY_derive(context.get(), bytes_of(key), &size) != 1)
    return broken("derive a key");
  return Secret(std::move(key));
}

Result<std::string> seal(const Secret& key, std::string_view context, std::string_view plain) {
  AIGW_TRY(check_key(key));
  std::string out(kNonceBytes + plain.size() + kTagBytes, '\0');
  unsigned char* const nonce = bytes_of(out);
  unsigned char* const body = nonce + kNonceBytes;
  random_bytes({nonce, kNonceBytes});
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  if (!cipher || EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes_of(key.reveal()), nonce, nullptr) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) != 1 ||
      EVP_EncryptUpdate(cipher.get(), body, &size, bytes_of(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), body + size, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plain.size()) != 1)
    return broken("seal a value");
  return out;
}

Result<Secret> open(const Secret& key, std::string_view context, std::string_view sealed) {
  AIGW_TRY(check_key(key));
  if (sealed.size() < kNonceBytes + kTagBytes)
    return make_error(ErrorKind::crypto, "a sealed value is too short to be one");
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plain(body.size() + 1, '\0');  // one more: an empty value needs an address as well
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  if (!cipher ||
      EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes_of(key.reveal()), bytes_of(nonce), nullptr) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) != 1 ||
      EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &size, bytes_of(body), static_cast<int>(body.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) != 1)
    return broken("open a value");
  const bool genuine = EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + size, &size) == 1;
  plain.resize(body.size());
  Secret opened(std::move(plain));
  if (!genuine)
    return make_error(ErrorKind::crypto, "a sealed value does not open: it, its place or its key was changed");
  return opened;
}

}  // namespace aigw::crypto
