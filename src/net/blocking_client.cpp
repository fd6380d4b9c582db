#include "net/blocking_client.hpp"

#include "http/uri.hpp"

#include <httplib.h>

#include <netdb.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

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

bool is_within(Reach reach, std::string_view address) {
  const http::AddressScope scope = http::scope_of_address(address);
  return scope == http::AddressScope::global || (scope != http::AddressScope::forbidden && reach == Reach::private_too);
}

/// The host's addresses that are within reach, at least one. Connections go to these and nothing is looked up again, so
/// that a name cannot lead elsewhere the second time.
Result<std::vector<std::string>> addresses_within(Reach reach, const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0)
    return make_error(ErrorKind::upstream_unreachable, "the name " + host + " has no address");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<std::string> within;
  std::string last;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    last = text.data();
    if (is_within(reach, last)) within.push_back(last);
  }
  if (!within.empty()) return within;
  const bool forbidden = http::scope_of_address(last) == http::AddressScope::forbidden;
  return make_error(ErrorKind::upstream_unreachable,
                    host + " leads to the " + (forbidden ? "forbidden" : "private") + " address " + last,
                    forbidden ? "" : "Allow it for this provider with --allow-private if it is meant");
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
    case httplib::Error::Read:
      return with(ErrorKind::upstream_timeout, "did not answer, or broke off its answer");
    case httplib::Error::Write:
      return with(ErrorKind::upstream_unreachable, "does not take the request");
    default:
      return with(ErrorKind::upstream_invalid, "did not answer in valid HTTP");
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
    std::vector<std::string> addresses;
    if (request.reach != Reach::any) {
      AIGW_TRY_ASSIGN(addresses, addresses_within(request.reach, url.host));
    }
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
    bool sent = false;
    std::size_t next = 0;
    do {
      if (!addresses.empty()) client->set_hostname_addr_map({{url.host, addresses[next++]}});
      sent = client->send(message, answer, error);
    } while (!sent && error == httplib::Error::Connection && next < addresses.size());
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
