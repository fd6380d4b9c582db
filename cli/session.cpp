#include "cli/session.hpp"

#include "cli/dom_read.hpp"

namespace aigw::cli {
namespace {

constexpr std::size_t kReplyBytesMax = std::size_t{256} << 20;  // a page of requests, or the whole catalogue

/// problem+json back to the error it was made from. The kind matters for the exit code alone.
Error error_of(const ApiReplyText& reply) {
  const auto dom = json::parse_dom(reply.body, {.bytes_max = kReplyBytesMax});
  if (!dom || !dom->is_object())
    return make_error(ErrorKind::internal, "the gateway answered with status " + std::to_string(reply.status),
                      "Look at its log.");
  const ErrorKind kind = reply.status == 400   ? ErrorKind::bad_request
                         : reply.status == 404 ? ErrorKind::not_found
                                               : ErrorKind::internal;
  return make_error(kind, text_of(*dom, "detail"), text_of(*dom, "next"));
}

}  // namespace

Result<const config::Config*> Session::config() {
  if (!config_) {
    AIGW_TRY_ASSIGN(const config::Paths found, paths());
    AIGW_TRY_ASSIGN(config_, config::load(found, {}));
  }
  return &*config_;
}

Result<std::string> Session::ask(std::string_view method, std::string_view target, std::string_view body) {
  if (!api_) {
    AIGW_TRY_ASSIGN(config::Paths found, paths());
    api_.emplace(std::move(found), config_);
  }
  AIGW_TRY_ASSIGN(ApiReplyText reply, api_->call(method, target, body));
  if (reply.status < 200 || reply.status > 299) return error_of(reply);
  return std::move(reply.body);
}

Result<json::Dom> Session::ask_json(std::string_view method, std::string_view target, std::string_view body) {
  AIGW_TRY_ASSIGN(const std::string text, ask(method, target, body));
  if (text.empty()) return json::Dom::object();
  return json::parse_dom(text, {.bytes_max = kReplyBytesMax});
}

bool Session::rest() { return api_ && api_->rest(); }

}  // namespace aigw::cli
