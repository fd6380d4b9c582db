#include "adapters/gemini_generate/codec.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::gemini_generate {
namespace {

struct StatusRow {
  int http;
  std::string_view word;
};
// google.rpc.Code as the API's HTTP mapping has it, 2026-11-23.
constexpr std::array kStatuses = {
    StatusRow{400, "INVALID_ARGUMENT"},  StatusRow{401, "UNAUTHENTICATED"},    StatusRow{402, "RESOURCE_EXHAUSTED"},
    StatusRow{403, "PERMISSION_DENIED"}, StatusRow{404, "NOT_FOUND"},          StatusRow{408, "DEADLINE_EXCEEDED"},
    StatusRow{409, "ABORTED"},           StatusRow{429, "RESOURCE_EXHAUSTED"}, StatusRow{499, "CANCELLED"},
    StatusRow{501, "UNIMPLEMENTED"},     StatusRow{503, "UNAVAILABLE"},        StatusRow{504, "DEADLINE_EXCEEDED"},
};

json::Writer& begin_detail(json::Writer& out, std::string_view type) {
  return out.begin_object().member("@type", "type.googleapis.com/google.rpc." + std::string(type));
}

/// "2s", "1.500s": google.protobuf.Duration.
std::string duration(std::int64_t ms) {
  std::string out = std::to_string(ms / 1000);
  if (ms % 1000 != 0) out.append(".").append(std::to_string(1000 + ms % 1000).substr(1));
  return out + "s";
}

void write_details(json::Writer& out, const RpcError& error) {
  out.key("details").begin_array();
  if (!error.reason.empty())
    begin_detail(out, "ErrorInfo").member("reason", error.reason).member("domain", "aigw").end_object();
  if (!error.field.empty()) {
    begin_detail(out, "BadRequest").key("fieldViolations").begin_array().begin_object();
    out.member("field", error.field).member("description", error.message).end_object().end_array().end_object();
  }
  if (error.is_daily_quota) {
    begin_detail(out, "QuotaFailure").key("violations").begin_array().begin_object();
    out.member("quotaId", "RequestsPerDay").end_object().end_array().end_object();
  }
  if (error.retry_after_ms > 0)
    begin_detail(out, "RetryInfo").member("retryDelay", duration(error.retry_after_ms)).end_object();
  out.end_array();
}

}  // namespace

std::string_view rpc_status_of(int http_status) {
  const auto row = std::ranges::find(kStatuses, http_status, &StatusRow::http);
  if (row != kStatuses.end()) return row->word;
  return http_status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
}

std::string encode_rpc_error(const RpcError& error) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("error").begin_object();
  out.member("code", error.http_status);
  out.member("message", error.message);
  out.member("status", rpc_status_of(error.http_status));
  write_details(out, error);
  out.end_object().end_object();
  escape_line_ends(text);
  return text;
}

void escape_line_ends(std::string& json) {
  struct Sign {
    std::string_view bytes;
    std::string_view escape;
  };
  constexpr std::array kSigns = {Sign{"\xE2\x80\xA8", "\\u2028"}, Sign{"\xE2\x80\xA9", "\\u2029"},
                                 Sign{"\xC2\x85", "\\u0085"}};
  for (const Sign& sign : kSigns)
    for (auto at = json.find(sign.bytes); at != std::string::npos; at = json.find(sign.bytes, at + sign.escape.size()))
      json.replace(at, sign.bytes.size(), sign.escape);
}

}  // namespace aigw::adapters::gemini_generate
