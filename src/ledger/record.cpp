#include "ledger/record.hpp"

#include <array>

namespace aigw::ledger {
namespace {

constexpr std::array<std::string_view, 6> kOutcomeNames = {"open",    "succeeded", "failed",
                                                           "aborted", "refused",   "unknown"};
constexpr std::array<std::string_view, 3> kUsageSourceNames = {"none", "provider", "estimated"};

}  // namespace

std::string_view name_of(Outcome outcome) { return kOutcomeNames[static_cast<std::size_t>(outcome)]; }
std::string_view name_of(UsageSource source) { return kUsageSourceNames[static_cast<std::size_t>(source)]; }

}  // namespace aigw::ledger
