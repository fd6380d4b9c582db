#include "cli/api_caller.hpp"

#include "adapters/registry.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "net/blocking_client.hpp"
#include "server/admin_api.hpp"
#include "server/backend.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace aigw::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 10s;  // a gateway with much to recover takes seconds from its lock to its socket
constexpr auto kRetry = 20ms;
constexpr auto kReadTimeout = 150s;  // a probe may take two minutes
constexpr std::size_t kReplyBytesMax = std::size_t{256} << 20;

Result<ApiReplyText> call_remote(const config::Paths& paths, std::string_view method, std::string_view target,
                                 std::string_view body) {
  net::BlockingRequest request;
  request.unix_socket = paths.socket;
  request.method = method;
  request.path = target;
  request.body = body;
  if (!body.empty()) request.headers.add("content-type", "application/json");
  request.read_timeout = kReadTimeout;
  request.body_bytes_max = kReplyBytesMax;
  AIGW_TRY_ASSIGN(net::BlockingResponse response, net::send_and_wait(request));
  return ApiReplyText{response.status, std::move(response.body)};
}

}  // namespace

/// The database and the API over it, in this process.
class LocalApi {
 public:
  static Result<std::unique_ptr<LocalApi>> open(const config::Config& config, const config::Paths& paths) {
    // Talk of the store would stand between a command's own lines; trouble is still worth a line.
    log::Levels levels = config.log.levels;
    for (log::Level& level : levels.of) level = std::max(level, log::Level::warn);
    log::configure({.levels = levels, .format = config.log.format});
    AIGW_TRY_ASSIGN(auto backend,
                    server::Backend::open(config, paths, adapters::registry(), AIGW_VERSION, kCommandNote));
    return std::unique_ptr<LocalApi>(new LocalApi(std::move(backend)));
  }

  ApiReplyText call(std::string_view method, std::string_view target, std::string_view body) const {
    server::ApiReply reply = api_.handle(method, target, body);
    return {reply.status, std::move(reply.body)};
  }

 private:
  explicit LocalApi(std::unique_ptr<server::Backend> backend)
      : backend_(std::move(backend)), api_(backend_->context()) {}

  std::unique_ptr<server::Backend> backend_;
  server::AdminApi api_;
};

ApiCaller::ApiCaller(config::Paths paths, std::optional<config::Config> config)
    : paths_(std::move(paths)), config_(std::move(config)) {}
ApiCaller::ApiCaller(ApiCaller&&) noexcept = default;
ApiCaller::~ApiCaller() = default;

Result<ApiReplyText> ApiCaller::call(std::string_view method, std::string_view target, std::string_view body) {
  if (local_) return local_->call(method, target, body);
  const Instant give_up = steady_now() + kPatience;
  for (;;) {
    auto reply = call_remote(paths_, method, target, body);
    // Unreachable means that nobody took the request, so asking elsewhere cannot do it twice.
    if (reply || reply.error().kind != ErrorKind::upstream_unreachable) return reply;
    if (!config_) {
      AIGW_TRY_ASSIGN(config_, config::load(paths_, {}));
    }
    auto local = LocalApi::open(*config_, paths_);
    if (local) {
      local_ = *std::move(local);
      return local_->call(method, target, body);
    }
    if (local.error().kind != ErrorKind::conflict || steady_now() > give_up) return std::move(local).error();
    std::this_thread::sleep_for(kRetry);
  }
}

std::string ApiCaller::instance() const {
  struct stat socket {};
  if (::stat(paths_.socket.c_str(), &socket) != 0) return {};
  return std::to_string(socket.st_ino) + " " + std::to_string(socket.st_ctim.tv_sec) + " " +
         std::to_string(socket.st_ctim.tv_nsec);
}

bool ApiCaller::rest() {
  const bool had_one = local_ != nullptr;
  local_.reset();
  return had_one;
}

}  // namespace aigw::cli
