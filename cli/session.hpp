#pragma once
// What a running command works with: where the files are, the configuration, the admin API, the output. One thread.

#include "base/error.hpp"
#include "cli/api_caller.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "config/config.hpp"
#include "config/paths.hpp"
#include "json/dom.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::cli {

class Session {
 public:
  explicit Session(config::PathFlags path_flags) : path_flags_(std::move(path_flags)) {}

  Output& out() { return out_; }
  Result<config::Paths> paths() const { return config::find_paths(path_flags_); }

  /// Read once: the master key leaves the environment by that. Valid as long as the session.
  Result<const config::Config*> config();

  /// One call of the admin API; its answer's body, as it came.
  /// @errors what the API answered (code, sentence and next step kept), or why it could not be asked
  Result<std::string> ask(std::string_view method, std::string_view target, std::string_view body = {});
  /// The same, read.
  Result<json::Dom> ask_json(std::string_view method, std::string_view target, std::string_view body = {});
  /// Lets the database go until the next call, so that a gateway can start meanwhile. False: there was nothing to let
  /// go.
  bool rest();
  std::string instance() const { return api_ ? api_->instance() : std::string(); }  ///< see ApiCaller

 private:
  config::PathFlags path_flags_;
  Output out_;
  std::optional<config::Config> config_;
  std::optional<ApiCaller> api_;
};

}  // namespace aigw::cli
