#pragma once
// An RSA key made for the run, and a service account that has it.

#include "base/secret.hpp"
#include "ops/service_account.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>

namespace aigw::test {

class RsaKey {
 public:
  RsaKey() : key_(EVP_RSA_gen(2048), &EVP_PKEY_free) {}

  std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  /// By OpenSSL's one-shot interface, with the public half.
  bool verifies(std::string_view text, std::string_view signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

/// One a process: making one takes a while.
inline const RsaKey& rsa_key() {
  static const RsaKey key;
  return key;
}

inline Secret service_account_json() {
  return ops::text_of({.email = "robot@project.iam.gserviceaccount.com",
                       .key_id = "k1",
                       .private_key = Secret(rsa_key().pem()),
                       .token_uri = "https://oauth2.googleapis.com/token"});
}

}  // namespace aigw::test
