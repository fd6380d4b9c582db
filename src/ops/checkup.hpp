#pragma once
// What can be wrong with an installation and is seen without starting it: files, modes, versions, clock, disk, master
// key, leftovers. Reads alone. Any thread.

#include "base/time.hpp"
#include "config/config.hpp"
#include "config/paths.hpp"
#include "llm/provider.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aigw::ops {

enum class Health : std::uint8_t { ok, warn, bad };
std::string_view name_of(Health health);

/// One line of the report.
struct Finding {
  std::string subject;  ///< "database"
  Health health = Health::ok;
  std::string said;  ///< what was found
  std::string next;  ///< what to do; empty when nothing is wrong
};

/// An Error as a finding.
Finding bad_finding(std::string subject, const Error& error);

/// Who else may be at work on the files.
enum class Gateway : std::uint8_t { runs, none };

std::vector<Finding> check_configuration(const config::Config& config, const llm::Registry& registry);
std::vector<Finding> check_files(const config::Config& config, const config::Paths& paths, Gateway gateway,
                                 UnixMillis now);

}  // namespace aigw::ops
