#pragma once
// The gateway that `run` uses: the one that runs, else one of its own in a child process, which goes when the last
// `run` that uses it has ended, however that came about. One thread; begins a process, so before any other thread.

#include "base/error.hpp"
#include "base/files.hpp"
#include "cli/gateway.hpp"

#include <sys/types.h>

namespace aigw::cli {

class RunGateway {
 public:
  /// Waits until it listens. @errors what kept it from starting
  static Result<RunGateway> find_or_start(const config::Paths& paths, const config::Config& config);
  RunGateway(RunGateway&& other) noexcept
      : lease_(std::move(other.lease_)), address_(std::move(other.address_)), child_(std::exchange(other.child_, 0)) {}
  RunGateway& operator=(RunGateway&&) = delete;
  ~RunGateway();  ///< ends it when it is ours and nobody else uses it, and waits for that

  const config::ListenAddress& address() const { return address_; }

 private:
  RunGateway(files::Handle lease, config::ListenAddress address, pid_t child)
      : lease_(std::move(lease)), address_(std::move(address)), child_(child) {}

  files::Handle lease_;  ///< a shared lock while it lives
  config::ListenAddress address_;
  pid_t child_;  ///< 0: it was there
};

}  // namespace aigw::cli
