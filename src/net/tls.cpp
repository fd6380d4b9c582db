#include "net/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <openssl/ssl.h>

#include <unordered_map>

namespace aigw::net {
namespace {

// Asio keeps its own pointers in OpenSSL's app_data; ours need slots of their own.
int context_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}
int origin_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

class TlsClientImpl final : public TlsClient {
 public:
  TlsClientImpl() : context_(asio::ssl::context::tls_client) {}

  Status load(const std::string& ca_file) {
    error_code error;
    context_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                             asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1,
                         error);
    if (ca_file.empty())
      context_.set_default_verify_paths(error);
    else
      context_.load_verify_file(ca_file, error);
    if (error)
      return make_error(ErrorKind::config, "cannot read the trust anchors: " + error.message(),
                        "Install ca-certificates, or set SSL_CERT_FILE");
    context_.set_verify_mode(asio::ssl::verify_peer, error);
    SSL_CTX* raw = context_.native_handle();
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(raw, context_slot(), this);
    SSL_CTX_sess_set_new_cb(raw, [](SSL* ssl, SSL_SESSION* session) {
      auto* self = static_cast<TlsClientImpl*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot()));
      const auto kept = self->sessions_.find(*static_cast<const std::string*>(SSL_get_ex_data(ssl, origin_slot())));
      if (kept == self->sessions_.end()) return 0;
      kept->second.reset(session);
      return 1;
    });
    return {};
  }

  std::unique_ptr<TlsStream> stream(Socket socket, const std::string& host, const std::string& origin) override {
    auto stream = std::make_unique<TlsStream>(std::move(socket), context_);
    SSL* ssl = stream->native_handle();
    error_code error;
    asio::ip::make_address(host, error);
    if (error) SSL_set_tlsext_host_name(ssl, host.c_str());
    stream->set_verify_callback(asio::ssl::host_name_verification(host), error);
    const auto kept = sessions_.try_emplace(origin).first;
    SSL_set_ex_data(ssl, origin_slot(), const_cast<std::string*>(&kept->first));
    if (kept->second) SSL_set_session(ssl, kept->second.get());
    return stream;
  }

 private:
  struct FreeSession {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  asio::ssl::context context_;
  /// By origin; one entry a provider that was called. Streams point at the keys, so none is ever removed.
  std::unordered_map<std::string, std::unique_ptr<SSL_SESSION, FreeSession>> sessions_;
};

}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::make(const std::string& ca_file) {
  auto client = std::make_unique<TlsClientImpl>();
  AIGW_TRY(client->load(ca_file));
  return std::unique_ptr<TlsClient>(std::move(client));
}

}  // namespace aigw::net
