#include "server/daemon.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "gateway/gateway.hpp"
#include "net/server.hpp"
#include "net/simple_server.hpp"
#include "ops/config_rules.hpp"
#include "ops/credentials.hpp"
#include "ops/keys.hpp"
#include "ops/providers.hpp"
#include "server/admin_api.hpp"
#include "server/backend.hpp"
#include "server/learner.hpp"
#include "server/metrics.hpp"
#include "server/mock_provider.hpp"
#include "server/publisher.hpp"
#include "server/reloader.hpp"
#include "server/retention_job.hpp"
#include "server/token_mint.hpp"
#include "store/price_repository.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace aigw::server {
namespace {

using std::chrono::milliseconds;

/// SIGINT, SIGTERM and SIGHUP are taken by `run_until_end` alone: blocked before any thread begins, they reach no
/// other.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// SIGHUP reads the configuration again, also when a terminal that closes sent it.
void run_until_end(const sigset_t& signals, Reloader* reloader) {
  constexpr timespec kLookEvery{1, 0};
  for (bool started = false;; started = true) {
    const int signal = ::sigtimedwait(&signals, nullptr, &kLookEvery);
    if (!started) process::forget_start();  // not at once: who waited for the start is being answered
    if (signal == SIGINT || signal == SIGTERM) {
      log::info("stopping", {{"signal", signal}});
      return;
    }
    if (!reloader) continue;
    signal == SIGHUP ? reloader->reload("SIGHUP") : reloader->look();
  }
}

/// The server is only there once it was given the gateway that asks for this.
using RunningServer = std::atomic<const net::Server*>;

std::function<std::string()> metrics_of(const RunningServer& server, MetricsSources sources) {
  return [&server, sources]() -> std::string {
    const net::Server* const running = server.load();
    return running ? metrics_text(*running, sources) : std::string();
  };
}

Result<net::ServerOptions> make_server_options(const config::Config& config, Backend& backend) {
  net::ServerOptions options;
  options.host = config.server.listen.host;
  options.port = config.server.listen.port;
  options.id_floor = backend.recovery().max_request_id;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned loops = std::min(config.server.loops > 0 ? config.server.loops : cores, 64U);
  for (unsigned i = 0; i < loops; ++i) {
    AIGW_TRY_ASSIGN(auto writer, backend.ingester().open_writer(i));
    options.writers.push_back(std::move(writer));
  }
  return options;
}

/// Who may use the socket may read the metrics, whatever stands in the configuration.
net::SimpleHandler control_handler(const AdminApi& api, std::function<std::string()> metrics) {
  return [&api, metrics = std::move(metrics)](const net::SimpleRequest& request) {
    if (request.method == "GET" && request.target == "/metrics") {
      net::SimpleResponse response;
      response.headers.add("content-type", std::string(kMetricsType));
      response.body = metrics();
      return response;
    }
    ApiReply reply = api.handle(request.method, request.target, request.body);
    net::SimpleResponse response;
    response.status = reply.status;
    response.headers.add("content-type", reply.content_type);
    response.body = std::move(reply.body);
    return response;
  };
}

/// A folder that nobody else can read, gone when the demo ends.
class ThrowAwayFolder {
 public:
  static Result<ThrowAwayFolder> make() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aigw-demo-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) return files::system_error("cannot make a folder like", pattern, errno);
    return ThrowAwayFolder(pattern);
  }
  ThrowAwayFolder(ThrowAwayFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ThrowAwayFolder& operator=(ThrowAwayFolder&&) = delete;
  ~ThrowAwayFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ThrowAwayFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// The built-in provider, really listening, and a key to try it with.
struct DemoParts {
  std::unique_ptr<net::SimpleServer> provider;
  Secret key;
};

/// Made up, so that a newcomer sees what a cost looks like: the built-in provider asks for nothing.
Status set_example_prices(store::Database& db, const std::string& provider) {
  const auto since = wall_now();
  const auto price = [&](std::string model, std::int64_t input, std::int64_t output) {
    return store::PriceRow{provider, std::move(model), {input}, {input / 10}, {input}, {output}, since};
  };
  AIGW_TRY(store::PriceRepository(db).set(price("mock-small", 1'000'000, 4'000'000)));
  return store::PriceRepository(db).set(price("mock-large", 10'000'000, 40'000'000));
}

Result<DemoParts> make_demo(const ops::Context& context) {
  DemoParts parts;
  AIGW_TRY_ASSIGN(parts.provider, net::SimpleServer::listen_tcp("127.0.0.1", 0, mock_provider()));
  const std::string url = "http://127.0.0.1:" + std::to_string(parts.provider->port());
  config::Provider demo;
  demo.name = "demo";
  demo.dialect = llm::name_of(llm::Dialect::openai_chat);
  demo.base_url = url + "/v1";
  demo.auth = "none";
  demo.speaks.push_back({std::string(llm::name_of(llm::Dialect::openai_responses)), demo.base_url});
  demo.speaks.push_back({std::string(llm::name_of(llm::Dialect::anthropic_messages)), url});
  demo.speaks.push_back({std::string(llm::name_of(llm::Dialect::gemini_generate)), url});
  demo.allow_private = true;
  AIGW_TRY(ops::add_provider(context, demo));
  AIGW_TRY(context.ingester->write([&](store::Database& db) { return set_example_prices(db, demo.name); }));
  AIGW_TRY_ASSIGN(ops::IssuedKey issued, ops::issue_key(context, "demo"));
  parts.key = std::move(issued.secret);
  return parts;
}

/// What a second shell types before a command's name to look into the demo.
std::string demo_command(const DaemonOptions& options, const std::filesystem::path& home) {
  return "AIGW_HOME=" + home.string() + " " + options.program;
}

void print_demo_banner(const std::string& url, const Secret& key, const std::string& command) {
  const std::string secret(key.reveal());
  std::printf(
      "\n"
      "  aigw is running with a built-in provider. Nothing leaves this machine.\n\n"
      "  URL   %s\n"
      "  key   %s\n\n"
      "  Try it:\n\n"
      "    curl %s/v1/chat/completions -H 'content-type: application/json' -H 'authorization: Bearer %s' "
      "-d '{\"model\":\"mock-small\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'\n\n"
      "  See its tokens and cost (the prices are made up, as an example), in a second shell:\n\n"
      "    %s tail -f\n"
      "    %s stats\n"
      "    %s models\n"
      "    %s probe\n\n"
      "  Point a tool at it:\n\n"
      "    export OPENAI_BASE_URL=%s/v1 OPENAI_API_KEY=%s\n"
      "    export ANTHROPIC_BASE_URL=%s ANTHROPIC_AUTH_TOKEN=%s\n\n"
      "  Ctrl-C ends it and throws its data away.\n\n",
      url.c_str(), secret.c_str(), url.c_str(), secret.c_str(), command.c_str(), command.c_str(), command.c_str(),
      command.c_str(), url.c_str(), secret.c_str(), url.c_str(), secret.c_str());
  std::fflush(stdout);
}

Status store_new_credentials(const ops::Context& context, const DaemonOptions& options) {
  if (!options.new_credentials) return {};
  AIGW_TRY_ASSIGN(const auto providers, ops::list_providers(context));
  KeysAtStart keys;
  for (const auto& one : providers) {
    if (one.has_key()) keys.providers_with_key.push_back(one.provider.name);
    keys.any_callable |= one.callable();
  }
  for (NewCredential& added : options.new_credentials(keys)) {
    auto stored = ops::put_credential(context, added.provider, ops::kDefaultCredential, std::move(added.secret));
    if (!stored) return std::move(stored).error().within("the key of " + added.provider);
    log::info("key_stored", {{"provider", added.provider}});
  }
  return {};
}

std::string lock_note(const config::ListenAddress& address) { return "serve " + address.text(); }

Result<int> serve(const DaemonOptions& options, const std::filesystem::path& demo_home) {
  AIGW_TRY(ops::check_config(options.config, *options.registry));
  AIGW_TRY_ASSIGN(const auto backend, Backend::open(options.config, options.paths, *options.registry, options.version,
                                                    lock_note(options.config.server.listen)));
  ops::Context& context = backend->context();
  context.started = wall_now();
  TokenMint mint;
  context.tokens = [&mint](const policy::Provider& provider) { return mint.source_for(provider); };
  std::optional<DemoParts> demo;
  if (options.demo == Demo::yes) {
    AIGW_TRY_ASSIGN(demo, make_demo(context));
  } else {
    AIGW_TRY(store_new_credentials(context, options));
  }
  RunningServer running{nullptr};
  const auto metrics = metrics_of(running, {.ingester = &backend->ingester(),
                                            .db = options.paths.db,
                                            .ledger = options.paths.ledger,
                                            .version = options.version,
                                            .started = context.started});
  gateway::Gateway base;
  base.registry = options.registry;
  base.codecs = options.codecs;
  base.version = options.version;
  base.metrics = metrics;
  base.seals = std::make_shared<llm::SealTable>();
  base.options = std::make_shared<llm::OptionMemory>();
  Publisher publisher(context, std::move(base));
  AIGW_TRY_ASSIGN(gateway::GatewayPtr gateway, publisher.first());
  AIGW_TRY_ASSIGN(net::ServerOptions server_options, make_server_options(options.config, *backend));
  AIGW_TRY_ASSIGN(auto server, net::Server::start(std::move(server_options), std::move(gateway)));
  running = server.get();
  backend->ingester().start();

  Learner learner(context);
  RetentionJob retention(backend->ingester());
  const auto keep_as_configured = [&] {
    const auto config = context.config->get();
    retention.set({config->ledger.keep, config->ledger.keep_bytes});
  };
  publisher.publish_to(*server, [&] {
    learner.nudge();
    keep_as_configured();
  });
  context.changed = [&publisher] { publisher.refresh(); };
  const AdminApi api(context);
  config::ListenAddress address = options.config.server.listen;
  address.port = server->port();  // with port 0 it is known only now
  AIGW_TRY(backend->ingester().set_lock_note(lock_note(address)));
  AIGW_TRY_ASSIGN(const auto control,
                  net::SimpleServer::listen_unix(options.paths.socket, control_handler(api, metrics)));
  keep_as_configured();
  if (!demo) learner.start();  // the demo's provider answers to any model's name

  log::info("listening",
            {{"address", address.text()}, {"db", options.paths.db.string()}, {"version", options.version}});
  options.listening(address);
  if (demo) print_demo_banner("http://" + address.text(), demo->key, demo_command(options, demo_home));

  std::optional<Reloader> reloader;
  if (options.loader) reloader.emplace(*options.loader, publisher);
  run_until_end(block_signals(), reloader ? &*reloader : nullptr);
  const std::size_t cut = server->drain(context.config->get()->timeouts.drain);
  if (cut > 0) log::warn("requests_cut", {{"count", cut}});
  control->stop();
  learner.stop();
  retention.stop();
  running = nullptr;
  server.reset();  // its ledger writers go before the ingester does
  backend->ingester().stop();
  log::info("stopped");
  log::flush();
  return 0;
}

}  // namespace

Result<int> run_daemon(const DaemonOptions& options) {
  process::harden();
  process::raise_file_limit();
  log::configure({.levels = options.config.log.levels, .format = options.config.log.format});
  (void)block_signals();
  if (options.demo == Demo::no) return serve(options, {});
  AIGW_TRY_ASSIGN(const ThrowAwayFolder folder, ThrowAwayFolder::make());
  DaemonOptions demo = options;
  AIGW_TRY_ASSIGN(demo.paths, config::paths_of_db(folder.path() / "aigw.db"));
  if (!demo.config.master_key.file_named) demo.config.master_key.file = demo.paths.master_key;
  return serve(demo, folder.path());
}

}  // namespace aigw::server
