#pragma once
// The program's exit codes. Stable: scripts rely on them.

namespace aigw::cli {

constexpr int kOk = 0;
constexpr int kFailed = 1;          ///< it was understood and did not work; probe: some provider is not healthy
constexpr int kUsage = 2;           ///< it was not understood: command line or configuration
constexpr int kNoneConfigured = 3;  ///< probe: there is no provider to ask

}  // namespace aigw::cli
