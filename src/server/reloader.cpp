#include "server/reloader.hpp"

#include "base/log.hpp"

namespace aigw::server {
namespace {

struct stat facts_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) facts = {};
  return facts;
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

void Reloader::look() {
  const struct stat now = facts_of(loader_.paths().config_file);
  const bool settled = same(now, seen_);
  seen_ = now;
  if (!settled || same(now, compared_)) return;
  compared_ = now;
  if (loader_.is_stale()) reload("change of the file");
}

void Reloader::reload(std::string_view why) {
  const std::string file = loader_.paths().config_file.string();
  const auto taken = [&]() -> Result<Changes> {
    AIGW_TRY_ASSIGN(config::Config fresh, loader_.load());
    return publisher_.reload(std::move(fresh));
  }();
  if (!taken) {
    log::error("config_kept", {{"file", file}, {"by", why}, {"error", taken.error().text()}});
    publisher_.keep(taken.error());
    return;
  }
  log::info("config_reloaded", {{"file", file}, {"by", why}, {"changed", taken->live}});
  if (!taken->at_restart.empty()) log::warn("config_needs_restart", {{"file", file}, {"settings", taken->at_restart}});
}

}  // namespace aigw::server
