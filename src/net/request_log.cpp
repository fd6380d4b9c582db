#include "net/request_log.hpp"

#include "base/log.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace aigw::net {
namespace {

void add_row(std::vector<log::Field>& fields, const ledger::Settled& row) {
  fields.insert(fields.end(), {{"outcome", ledger::name_of(row.outcome)}, {"key", row.key.value}});
  if (!row.provider.empty()) fields.emplace_back("provider", row.provider);
  if (!row.model_requested.empty()) fields.emplace_back("model", row.model_requested);
  if (row.attempts.size() > 1) fields.emplace_back("attempts", row.attempts.size());
  if (row.tokens)
    fields.insert(fields.end(), {{"input", row.tokens->input},
                                 {"cache_read", row.tokens->cache_read},
                                 {"cache_write", row.tokens->cache_write},
                                 {"output", row.tokens->output}});
  if (row.cost) fields.emplace_back("cost_nano_usd", row.cost->value);
  if (row.ttft_us) fields.emplace_back("ttft_us", *row.ttft_us);
  fields.insert(fields.end(), {{"time_us", row.latency_us}, {"bytes_in", row.bytes_in}, {"bytes_out", row.bytes_out}});
}

}  // namespace

void log_request(const http::RequestHead& head, const Socket& client, std::string_view id,
                 const gateway::Exchange::Ending& ending) {
  error_code gone;
  const std::string from = client.remote_endpoint(gone).address().to_string();
  const std::string_view path = std::string_view(head.target).substr(0, head.target.find('?'));
  std::vector<log::Field> fields = {{"request", id}, {"client", from}, {"method", head.method_text}, {"path", path}};
  fields.emplace_back("status", ending.status);
  if (ending.row) add_row(fields, *ending.row);
  if (ending.error) fields.emplace_back("error", code_of(*ending.error));
  log::write_each(log::Level::info, "request", fields);
}

}  // namespace aigw::net
