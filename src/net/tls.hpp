#pragma once
// TLS towards providers: chains and names are verified, sessions are kept for resumption. Made at the first https call,
// since loading the trust anchors takes about 20 ms. One a loop, one thread.

#include "base/error.hpp"
#include "net/asio.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>

namespace aigw::net {

using TlsStream = asio::ssl::stream<Socket>;

class TlsClient {
 public:
  /// @errors config when the trust anchors cannot be read
  static Result<std::unique_ptr<TlsClient>> make(const std::string& ca_file);
  virtual ~TlsClient() = default;

  /// A stream that will ask for `host` by SNI, accept only its certificate, and try to resume its last session.
  virtual std::unique_ptr<TlsStream> stream(Socket socket, const std::string& host, const std::string& origin) = 0;
};

}  // namespace aigw::net
