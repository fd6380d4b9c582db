#include "adapters/registry.hpp"
#include "base/files.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/port_holder.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"
#include "ops/checkup.hpp"

#include <algorithm>
#include <memory>

namespace aigw::cli {
namespace {

using ops::Finding;
using ops::Health;

struct Options {
  bool offline = false;
  bool json = false;
};

/// What holds the database, by its lock: "process 4711 (serve 127.0.0.1:2449)". Empty when nothing does.
std::string holder_of(const config::Paths& paths) {
  std::error_code error;
  if (!std::filesystem::exists(paths.lock, error)) return {};
  const auto lock = files::FileLock::acquire(paths.lock, kCommandNote);
  if (lock || lock.error().kind != ErrorKind::conflict) return {};
  const std::string& message = lock.error().message;
  const auto at = message.rfind("process ");
  return at == std::string::npos ? message : message.substr(at);
}

bool is_gateway(const std::string& holder) { return holder.find("(serve ") != std::string::npos; }

/// The gateway that runs: does it answer, and did it take the file over?
Finding check_gateway(Session& session, const std::string& holder) {
  const std::string subject = "gateway";
  if (holder.empty()) return {subject, Health::ok, "none runs", ""};
  if (!is_gateway(holder))
    return {subject, Health::warn, holder + " is at work on the database", "Ask again when it is done."};
  const auto reply = session.ask_json("GET", "/api/v1/config");
  if (!reply) return ops::bad_finding(subject, reply.error());
  if (const std::string problem = text_of(*reply, "problem"); !problem.empty())
    return {subject, Health::bad, holder + " goes on with the configuration before, since: " + problem,
            "Correct the file: it is read again by itself."};
  return {subject, Health::ok, holder, ""};
}

Finding check_port(const config::ListenAddress& address, const std::string& holder) {
  const std::string subject = "port";
  if (is_gateway(holder)) return {subject, Health::ok, "in use by the gateway: " + holder, ""};
  std::string reason;
  switch (try_port(address, reason)) {
    case Port::free:
      return {subject, Health::ok, address.text() + " is free", ""};
    case Port::taken: {
      const std::string by = holder_of_port(address.port);
      return {subject, Health::bad, address.text() + " is taken" + (by.empty() ? "" : " by " + by),
              "Stop that program, or listen elsewhere: --listen, AIGW_LISTEN or [server] listen."};
    }
    case Port::unusable:
      break;
  }
  return {subject, Health::bad, address.text() + " cannot be used: " + reason, "Listen on an address of this machine."};
}

std::vector<Finding> check_providers(Session& session) {
  const std::string subject = "providers";
  const auto reply = session.ask_json("POST", "/api/v1/probe", "{}");
  if (!reply) return {ops::bad_finding(subject, reply.error())};
  std::vector<Finding> out;
  for (const json::Dom& row : list_of(*reply, "providers")) {
    const std::string name = "provider " + text_of(row, "provider");
    if (flag_of(row, "healthy"))
      out.push_back({name, Health::ok, text_of(row, "url") + " answers", ""});
    else
      out.push_back(
          {name, Health::bad, text_of(row, "error"), "aigw probe " + text_of(row, "provider") + " asks again."});
  }
  if (out.empty()) out.push_back({subject, Health::warn, "none is configured", "Store a key: aigw help keys add."});
  return out;
}

bool is_there(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error);
}

Health worst_of(const std::vector<Finding>& findings) {
  Health worst = Health::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.health);
  return worst;
}

/// From what nothing works without to what depends on it.
Result<std::vector<Finding>> examine(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  auto loaded = config::load(paths, {});
  std::vector<Finding> out;
  const auto add = [&out](std::vector<Finding> more) {
    for (Finding& finding : more) out.push_back(std::move(finding));
  };
  if (loaded)
    add(ops::check_configuration(*loaded, adapters::registry()));
  else
    out.push_back(ops::bad_finding("configuration", loaded.error()));
  config::Config config = loaded ? *std::move(loaded) : config::Config{};
  if (config.master_key.file.empty()) config.master_key.file = paths.master_key;

  const std::string holder = holder_of(paths);
  const bool runs = is_gateway(holder);
  add(ops::check_files(config, paths, runs ? ops::Gateway::runs : ops::Gateway::none, wall_now()));
  const bool files_are_right = worst_of(out) != Health::bad;
  out.push_back(check_gateway(session, holder));
  out.push_back(check_port(config.server.listen, holder));
  // With no gateway the providers are asked from here, on the database: not when it is missing or broken.
  if (!options.offline && (runs || (files_are_right && holder.empty() && is_there(paths.db))))
    add(check_providers(session));
  return out;
}

void print_json(Session& session, const std::vector<Finding>& findings) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("status", ops::name_of(worst_of(findings))).key("checks").begin_array();
  for (const Finding& finding : findings)
    writer.begin_object()
        .member("name", finding.subject)
        .member("status", ops::name_of(finding.health))
        .member("detail", finding.said)
        .member("next", finding.next)
        .end_object();
  writer.end_array().end_object();
  session.out().line(text);
}

void print_lines(Session& session, const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.subject.size());
  for (const Finding& finding : findings) {
    std::string line(ops::name_of(finding.health));
    line.resize(6, ' ');
    line += finding.subject;
    line.resize(6 + width + 2, ' ');
    session.out().line(line + printable(finding.said));
    if (!finding.next.empty()) session.out().line(std::string(6 + width + 2, ' ') + printable(finding.next));
  }
}

Result<int> run_doctor(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::vector<Finding> findings, examine(session, options));
  options.json ? print_json(session, findings) : print_lines(session, findings);
  return worst_of(findings) == Health::bad ? kFailed : kOk;
}

}  // namespace

Run define_doctor(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.flag("--offline", options->offline, "ask no provider")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_doctor(session, *options); };
}

}  // namespace aigw::cli
