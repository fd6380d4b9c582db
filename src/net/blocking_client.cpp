#include "net/blocking_client.hpp"

#include <memory>
#include <utility>

#include <httplib.h>

#include "http/uri.hpp"

namespace aigw::net {
namespace {

using Client = httplib::ClientImpl;

std::unique_ptr<Client> make_client(const BlockingRequest& request, const http::Url& url) {
  if (!request.unix_socket.empty()) {
    auto client = std::make_unique<Client>(request.unix_socket.string(), 80);
    client->set_address_family(AF_UNIX);
    return client;
  }
  if (!url.tls) return std::make_unique<Client>(url.host, url.port);
  auto client = std::make_unique<httplib::SSLClient>(url.host, url.port);
  client->enable_server_certificate_verification(true);
  if (!request.ca_file.empty()) client->set_ca_cert_path(request.ca_file.string());
  return client;
}

httplib::Request to_httplib(const BlockingRequest& request, const http::Url& url) {
  httplib::Request out;
  out.method = request.method;
  out.path = url.path + request.path;
  for (const http::Field field : request.headers) out.headers.emplace(field.name, field.value);
  if (!request.headers.has("host"))
    out.headers.emplace("Host", request.unix_socket.empty() ? url.authority() : "localhost");
  if (!request.headers.has("user-agent")) out.headers.emplace("User-Agent", "aigw");
  out.body = request.body;
  return out;
}

Error failure(httplib::Error error, const std::string& where) {
  const auto with = [&where](ErrorKind kind, std::string_view what, std::string next = {}) {
    return make_error(kind, where + " " + std::string(what), std::move(next));
  };
  switch (error) {
    case httplib::Error::ConnectionTimeout:
      return with(ErrorKind::upstream_timeout, "did not accept a connection in time");
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
      return with(ErrorKind::upstream_unreachable, "cannot be reached",
                  "Check the address and that something listens there");
    case httplib::Error::SSLConnection:
      return with(ErrorKind::upstream_unreachable, "does not complete a TLS handshake");
    case httplib::Error::SSLLoadingCerts:
      return with(ErrorKind::config, "cannot be verified: the CA file cannot be read");
    case httplib::Error::SSLServerVerification:
      return with(ErrorKind::upstream_unreachable, "shows a certificate that is not trusted",
                  "Check the host name, or give its CA file");
    case httplib::Error::Read: return with(ErrorKind::upstream_timeout, "did not answer, or broke off its answer");
    case httplib::Error::Write: return with(ErrorKind::upstream_unreachable, "does not take the request");
    default: return with(ErrorKind::upstream_invalid, "did not answer in valid HTTP");
  }
}

}  // namespace

Result<BlockingResponse> send_and_wait(const BlockingRequest& request) {
  http::Url url;
  if (request.unix_socket.empty()) {
    AIGW_TRY_ASSIGN(url, http::parse_url(request.base_url));
  }
  const std::string where = request.unix_socket.empty() ? url.authority() : request.unix_socket.string();
  try {
    const auto client = make_client(request, url);
    client->set_follow_location(false);
    client->set_url_encode(false);
    client->set_connection_timeout(request.connect_timeout);
    client->set_read_timeout(request.read_timeout);
    client->set_write_timeout(request.read_timeout);
    BlockingResponse response;
    bool too_large = false;
    httplib::Request message = to_httplib(request, url);
    message.content_receiver = [&](const char* data, std::size_t bytes, std::uint64_t, std::uint64_t) {
      too_large = response.body.size() + bytes > request.body_bytes_max;
      if (!too_large) response.body.append(data, bytes);
      return !too_large;
    };
    httplib::Response answer;
    httplib::Error error = httplib::Error::Success;
    const bool sent = client->send(message, answer, error);
    if (too_large)
      return make_error(ErrorKind::upstream_invalid,
                        where + " answered with more than " + std::to_string(request.body_bytes_max) + " bytes");
    if (!sent) return failure(error, where);
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) response.headers.add(name, value);
    return response;
  } catch (const std::exception&) {  // 0.11.4 lets std::stoi and friends throw on broken answers
    return make_error(ErrorKind::upstream_invalid, where + " did not answer in valid HTTP");
  }
}

}  // namespace aigw::net
