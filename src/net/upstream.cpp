#include "net/upstream.hpp"

#include "http/uri.hpp"
#include "net/send_now.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <array>

namespace aigw::net {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

Error broken(const error_code& code, bool reused_and_silent) {
  const bool clean_end = code == asio::error::eof || code == asio::ssl::error::stream_truncated;
  Error error = make_error(ErrorKind::upstream_broken,
                           clean_end ? "the provider closed the connection before its answer was complete"
                                     : "the connection to the provider broke: " + code.message());
  if (reused_and_silent) error.retry = Retry::reused_only;
  return error;
}

Error unreachable(std::string_view host, std::string_view why) {
  return make_error(ErrorKind::upstream_unreachable, "cannot reach " + std::string(host) + ": " + std::string(why),
                    "Check its base URL with `aigw providers list` and try `aigw probe`");
}

}  // namespace

std::size_t UpstreamConnection::write_now(std::string_view head, std::string_view body, error_code& error) {
  if (tls_) return 0;
  const std::array<std::string_view, 2> pieces = {head, body};
  return send_now(socket_, pieces, error);
}

Awaitable<error_code> UpstreamConnection::write_rest(std::string_view head, std::string_view body, std::size_t done) {
  if (tls_) {
    // One TLS record for head and a small body: the engine does not gather.
    std::string joined;
    joined.reserve(head.size() + body.size());
    joined.append(head).append(body);
    const auto [error, bytes] = co_await asio::async_write(*tls_, asio::buffer(joined), kAwait);
    co_return error;
  }
  if (done < head.size()) {
    const auto [error, bytes] = co_await asio::async_write(socket_, asio::buffer(head.substr(done)), kAwait);
    if (error) co_return error;
    done = head.size();
  }
  const auto [error, bytes] =
      co_await asio::async_write(socket_, asio::buffer(body.substr(done - head.size())), kAwait);
  co_return error;
}

void UpstreamConnection::expect_answer(bool has_no_body) {
  expected_ = has_no_body ? http::AnswerReader::Body::none : http::AnswerReader::Body::as_framed;
  informational_ = 0;
  body_given_ = false;
  head_.clear();
  reader_.emplace(head_, expected_);
}

asio::mutable_buffer UpstreamConnection::room() {
  const auto [data, size] = input_.prepare(kReadBytes / 2);
  return {data, size};
}

Awaitable<std::tuple<error_code, std::size_t>> UpstreamConnection::read_tls(asio::mutable_buffer room) {
  return tls_->async_read_some(room, kAwait);
}

void UpstreamConnection::came(std::size_t bytes) {
  input_.commit(bytes);
  if (bytes > 0) answer_started_ = true;
}

std::optional<Error> UpstreamConnection::parse() {
  auto taken = reader_->put(input_.view());
  if (!taken) return std::move(taken).error();
  input_.consume(*taken);
  return std::nullopt;
}

bool UpstreamConnection::take_head(const error_code& failed, std::optional<Error>& error) {
  if (failed) {
    error = broken(failed, reused() && !answer_started_);
    return false;
  }
  while (!input_.empty()) {
    error = parse();
    if (error || !reader_->head_done()) return false;
    if (head_.status >= 200) return true;
    if (head_.status == 101 || ++informational_ > http::limits::kInformationalMax) {
      error =
          make_error(ErrorKind::upstream_invalid, "the provider switched protocols or sent too many interim answers");
      return false;
    }
    head_.clear();
    reader_.emplace(head_, expected_);
  }
  return false;
}

std::optional<UpstreamConnection::Body> UpstreamConnection::body_now() {
  if (body_given_) reader_->clear_body();
  body_given_ = false;
  if (reader_->body().empty() && !reader_->done() && !input_.empty())
    if (auto error = parse()) return Body{{}, false, std::move(error), false};
  if (reader_->body().empty() && !reader_->done()) return std::nullopt;
  body_given_ = true;
  return Body{reader_->body(), reader_->done(), std::nullopt, false};
}

std::optional<UpstreamConnection::Body> UpstreamConnection::body_after(const error_code& failed) {
  if (failed == asio::error::operation_aborted) return Body{{}, false, std::nullopt, true};
  // A truncated TLS stream may have lost its tail: only a clean end closes a body without a length.
  if (failed == asio::error::eof) reader_->put_end();
  if (failed && !reader_->done()) return Body{{}, false, broken(failed, false), false};
  return body_now();
}

void UpstreamConnection::cancel() {
  error_code ignored;
  lowest().cancel(ignored);
}

void UpstreamConnection::close() {
  error_code ignored;
  lowest().close(ignored);
}

void write_origin(std::string& out, const policy::BaseUrl& url, gateway::UpstreamCall::Reach reach) {
  out = url.tls ? "s" : "p";
  out += reach == gateway::UpstreamCall::Reach::private_too ? '+' : '-';
  out += url.authority;
}

UpstreamPtr UpstreamPool::take(const std::string& origin) {
  const auto found = idle_.find(origin);
  if (found == idle_.end() || found->second.empty()) return nullptr;
  UpstreamPtr connection = std::move(found->second.back());
  found->second.pop_back();
  return connection;
}

void UpstreamPool::give(UpstreamPtr connection, Instant now) {
  auto& kept = idle_[connection->origin()];
  if (kept.size() >= idle_max_) return;
  connection->kept_since = now;
  kept.push_back(std::move(connection));
}

std::size_t UpstreamPool::size() const {
  std::size_t out = 0;
  for (const auto& [origin, kept] : idle_) out += kept.size();
  return out;
}

void UpstreamPool::sweep(Instant now) {
  static constexpr std::chrono::seconds kIdleMax{50};  // below the 60 s after which common load balancers close
  static constexpr std::chrono::seconds kRestAfter{1};
  for (auto& [origin, kept] : idle_)
    std::erase_if(kept, [now](const UpstreamPtr& connection) {
      char byte;
      const bool closed =
          ::recv(connection->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;  // an end, or bytes nobody asked for
      if (now - connection->kept_since >= kRestAfter) connection->rest();
      return closed || now - connection->kept_since > kIdleMax;
    });
}

Awaitable<Connector::Opened> Connector::open(const policy::BaseUrl& url, gateway::UpstreamCall::Reach reach,
                                             std::string origin, std::unique_ptr<TlsClient>& tls,
                                             const std::string& ca_file) {
  cancelled_ = false;
  std::vector<tcp::endpoint> endpoints;
  error_code error;
  if (const auto address = asio::ip::make_address(url.host, error); !error) {
    endpoints.emplace_back(address, url.port);
  } else {
    asio::ip::basic_resolver<tcp, Executor> resolver(executor_);
    resolving_ = &resolver;
    auto [resolve_error, found] = co_await resolver.async_resolve(url.host, std::to_string(url.port), kAwait);
    resolving_ = nullptr;
    if (cancelled_)
      co_return Opened{nullptr, make_error(ErrorKind::upstream_timeout, "looking up " + url.host + " took too long")};
    if (resolve_error)
      co_return Opened{nullptr, unreachable(url.host, "its name has no address (" + resolve_error.message() + ")")};
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }

  std::optional<Error> last;
  for (const tcp::endpoint& endpoint : endpoints) {
    const auto scope = http::scope_of_address(endpoint.address().to_string());
    const bool allowed = scope == http::AddressScope::global ||
                         (scope != http::AddressScope::forbidden && reach == gateway::UpstreamCall::Reach::private_too);
    if (!allowed) {
      last = unreachable(url.host, "it leads to the " +
                                       std::string(scope == http::AddressScope::forbidden ? "forbidden" : "private") +
                                       " address " + endpoint.address().to_string());
      if (scope != http::AddressScope::forbidden)
        last->next = "Allow it for this provider with --allow-private if it is meant";
      continue;
    }
    Socket socket(executor_);
    connecting_ = &socket;
    const auto [connect_error] = co_await socket.async_connect(endpoint, kAwait);
    connecting_ = nullptr;
    if (cancelled_)
      co_return Opened{nullptr,
                       make_error(ErrorKind::upstream_timeout, "connecting to " + url.host + " took too long")};
    if (connect_error) {
      last = unreachable(url.host, connect_error.message());
      continue;
    }
    socket.set_option(tcp::no_delay(true), error);
    socket.non_blocking(true, error);
    if (!url.tls)
      co_return Opened{std::make_unique<UpstreamConnection>(std::move(socket), std::move(origin)), std::nullopt};

    if (!tls) {
      auto made = TlsClient::make(ca_file);
      if (!made) co_return Opened{nullptr, std::move(made).error()};
      tls = *std::move(made);
    }
    auto stream = tls->stream(std::move(socket), url.host, origin);
    connecting_ = &stream->next_layer();
    const auto [tls_error] = co_await stream->async_handshake(asio::ssl::stream_base::client, kAwait);
    connecting_ = nullptr;
    if (cancelled_)
      co_return Opened{
          nullptr, make_error(ErrorKind::upstream_timeout, "the TLS handshake with " + url.host + " took too long")};
    if (!tls_error)
      co_return Opened{std::make_unique<UpstreamConnection>(std::move(stream), std::move(origin)), std::nullopt};
    last = unreachable(url.host, "TLS failed (" + tls_error.message() + ")");
  }
  if (!last) last = unreachable(url.host, "its name has no address");
  co_return Opened{nullptr, std::move(last)};
}

void Connector::cancel() {
  cancelled_ = true;
  error_code ignored;
  if (connecting_) connecting_->cancel(ignored);
  if (resolving_) resolving_->cancel();
}

}  // namespace aigw::net
