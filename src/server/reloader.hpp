#pragma once
// Follows the configuration file: takes it over as a whole when its content changes, or keeps what holds and says why.
// One thread.

#include "config/config.hpp"
#include "server/publisher.hpp"

#include <sys/stat.h>

#include <string_view>

namespace aigw::server {

class Reloader {
 public:
  /// Both outlive it.
  Reloader(config::Loader& loader, Publisher& publisher) : loader_(loader), publisher_(publisher) {}

  /// Once a second: costs one stat(2). A change counts when the next look finds the file as the last one did, so that
  /// no half-written file is read; editors that rename a new file into place are seen as well.
  void look();
  /// Now, whether or not it changed. `why` is for the log.
  void reload(std::string_view why);

 private:
  struct stat seen_ {};      ///< at the last look
  struct stat compared_ {};  ///< when its content was compared last
  config::Loader& loader_;
  Publisher& publisher_;
};

}  // namespace aigw::server
