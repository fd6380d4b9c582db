#include "server/publisher.hpp"

#include "base/log.hpp"
#include "config/settings.hpp"
#include "ops/config_rules.hpp"
#include "ops/snapshot.hpp"

#include <memory>
#include <utility>

namespace aigw::server {
namespace {

gateway::Settings settings_of(const config::Config& config) {
  const auto size = [](std::int64_t bytes) { return static_cast<std::size_t>(bytes); };
  gateway::Settings settings;
  settings.gate = config.timeouts.gate;
  settings.heartbeat = config.timeouts.heartbeat;
  settings.total = config.timeouts.total;
  settings.connect = config.timeouts.connect;
  settings.first_byte = config.timeouts.first_byte;
  settings.idle = config.timeouts.idle;
  settings.client_head = config.timeouts.client_head;
  settings.client_body = config.timeouts.client_body;
  settings.client_write = config.timeouts.client_write;
  settings.keep_alive = config.timeouts.keep_alive;
  settings.body_bytes_max = size(config.limits.body_bytes);
  settings.head_bytes_max = size(config.limits.header_bytes);
  settings.connections_max = size(config.limits.connections);
  settings.upstream_idle_max = size(config.limits.upstream_idle);
  settings.metrics = config.server.metrics == config::MetricsAccess::open ? gateway::MetricsAccess::open
                                                                          : gateway::MetricsAccess::with_key;
  settings.strict = config.server.strict;
  settings.log_requests = config.log.requests;
  settings.hosts.names = config.server.allowed_hosts;
  if (!config.server.listen.is_loopback()) settings.hosts.names.push_back(config.server.listen.host);
  return settings;
}

/// What differs; of settings that count at the next start, `fresh` takes back the value in force.
Changes take_over(const config::Config& in_force, config::Config& fresh) {
  Changes changes;
  fresh.master_key = in_force.master_key;
  for (const config::Setting& setting : config::settings()) {
    const std::string before = config::value_text(in_force, setting);
    if (config::value_text(fresh, setting) == before) continue;
    const bool live = setting.applies == config::Applies::live;
    std::string& list = live ? changes.live : changes.at_restart;
    list.append(list.empty() ? "" : " ").append(setting.key);
    if (live) continue;
    static_cast<void>(config::set_text(fresh, setting, before));  // it was taken before
    fresh.sources[setting.key] = in_force.source_of(setting.key);
  }
  return changes;
}

}  // namespace

Result<gateway::GatewayPtr> Publisher::first() {
  const std::lock_guard lock(mutex_);
  AIGW_TRY_ASSIGN(snapshot_, ops::load_snapshot(context_));
  return made(snapshot_);
}

void Publisher::publish_to(net::Server& server, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  server_ = &server;
  then_ = std::move(then);
}

void Publisher::refresh() {
  const std::lock_guard lock(mutex_);
  if (auto fresh = ops::load_snapshot(context_))
    publish(*std::move(fresh));
  else
    log::error("snapshot_kept", {{"error", fresh.error().text()}});
}

Result<Changes> Publisher::reload(config::Config fresh) {
  const std::lock_guard lock(mutex_);
  AIGW_TRY(ops::check_config(fresh, *base_.registry));
  ops::Context trial = context_;
  trial.config = std::make_shared<config::Held>(fresh);
  AIGW_TRY_ASSIGN(policy::SnapshotPtr snapshot, ops::load_snapshot(trial));
  Changes changes = take_over(*context_.config->get(), fresh);
  log::configure({.levels = fresh.log.levels, .format = fresh.log.format});
  context_.config->replace(std::move(fresh));
  publish(std::move(snapshot));
  return changes;
}

void Publisher::keep(const Error& problem) {
  const std::lock_guard lock(mutex_);
  context_.config->keep(problem.text());
  publish(snapshot_);
}

void Publisher::publish(policy::SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  if (!server_) return;
  server_->publish(made(snapshot_));
  then_();
}

gateway::GatewayPtr Publisher::made(policy::SnapshotPtr snapshot) const {
  auto gateway = std::make_shared<gateway::Gateway>(base_);
  gateway->settings = settings_of(*context_.config->get());
  if (context_.config->get()->server.metrics == config::MetricsAccess::off) gateway->metrics = nullptr;
  gateway->snapshot = std::move(snapshot);
  gateway->config_problem = context_.config->problem();
  return gateway;
}

}  // namespace aigw::server
