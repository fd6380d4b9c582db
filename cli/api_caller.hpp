#pragma once
// Asks the admin API: of the running gateway over its Unix socket, else in this process under the lock. One thread.

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/paths.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::cli {

/// What a command writes into the lock while it has it: it will be gone in a moment.
inline constexpr std::string_view kCommandNote = "a command";

struct ApiReplyText {
  int status = 0;
  std::string body;
};

class LocalApi;

class ApiCaller {
 public:
  /// `config`: when it was read already.
  explicit ApiCaller(config::Paths paths, std::optional<config::Config> config = {});
  ApiCaller(ApiCaller&&) noexcept;
  ~ApiCaller();

  /// Whichever holds the lock decides: when it is held but no socket answers yet, waits a few seconds for it.
  /// @errors conflict: held, and nobody answers; what opening the database says
  Result<ApiReplyText> call(std::string_view method, std::string_view target, std::string_view body);
  /// Gives the lock back until the next call. False: a gateway has it.
  bool rest();
  /// Another value when another gateway answers: cursors of the one before mean nothing to it.
  std::string instance() const;

 private:
  config::Paths paths_;
  std::optional<config::Config> config_;  ///< read once: the master key leaves the environment by that
  std::unique_ptr<LocalApi> local_;
};

}  // namespace aigw::cli
