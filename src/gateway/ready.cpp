#include "gateway/ready.hpp"

#include "json/writer.hpp"

#include <array>

namespace aigw::gateway {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"ok", "draining", "ledger unavailable"};

}  // namespace

std::string ready_body(const Gateway& gateway, ServerState state, std::string_view query) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("status", kStates[static_cast<std::size_t>(state)]);
  if (query == "verbose" || query.starts_with("verbose=") || query.starts_with("verbose&")) {
    const auto check = [&](std::string_view name, std::string_view problem) {
      writer.begin_object().member("name", name).member("status", problem.empty() ? "ok" : "bad");
      if (!problem.empty()) writer.member("detail", problem);
      writer.end_object();
    };
    writer.key("checks").begin_array();
    check("listener", state == ServerState::draining ? "no new requests are taken: the gateway is stopping" : "");
    check("ledger", state == ServerState::ledger_full ? "no row can be written: aigw doctor and the log say why" : "");
    check("configuration", gateway.config_problem);
    check("providers", gateway.snapshot->providers.empty() ? "none is configured: aigw keys add PROVIDER" : "");
    writer.end_array();
  }
  writer.end_object();
  return out;
}

}  // namespace aigw::gateway
