#include "ops/master_key.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "ops/write.hpp"
#include "store/vault.hpp"

#include <mutex>
#include <system_error>

namespace aigw::ops {
namespace {

constexpr std::size_t kGivenBytesMin = 16;

Status rewrap(const Context& context, const Secret& master) {
  return write(context, "master_key.rotate", "",
               [&](store::Database& db) { return context.vault->rewrap(db, master); });
}

Error bad_key(std::string message, std::string next) {
  Error error = make_error(ErrorKind::bad_request, std::move(message), std::move(next));
  error.param = "key";
  return error;
}

/// The order matters: new key on disk, then the database, then the old key aside, then the new one in its place.
Result<MasterKeyChange> rotate_own_file(const Context& context, const std::filesystem::path& file) {
  AIGW_TRY_ASSIGN(std::string content, files::read_file(file));
  const Secret before(std::move(content));
  const Secret fresh = store::make_master_key();
  const auto pending = store::pending_key_file(file), previous = store::previous_key_file(file);
  AIGW_TRY(files::write_private_file_atomic(pending, fresh.reveal()));
  if (Status rewrapped = rewrap(context, fresh); !rewrapped) {
    std::error_code ignored;
    std::filesystem::remove(pending, ignored);
    return std::move(rewrapped).error();
  }
  AIGW_TRY(files::write_private_file_atomic(previous, before.reveal()));
  AIGW_TRY(store::put_pending_key_in_place(file));
  return MasterKeyChange{file, previous};
}

}  // namespace

Result<MasterKeyChange> rotate_master_key(const Context& context, const Secret& given) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const config::MasterKey present = context.config->get()->master_key;
  const Secret bare{std::string(text::trim(given.reveal()))};
  if (!bare.empty()) {
    if (bare.reveal().size() < kGivenBytesMin)
      return bad_key("the new master key is shorter than 16 characters", "For example: openssl rand -hex 32.");
    AIGW_TRY(rewrap(context, bare));
    return MasterKeyChange{};
  }
  if (!present.value.empty() || present.file_named)
    return bad_key("the master key comes from " +
                       std::string(present.file_named ? "AIGW_MASTER_KEY_FILE" : "AIGW_MASTER_KEY") +
                       ", where aigw cannot put another",
                   "Give the new one by --stdin or --from-env.");
  return rotate_own_file(context, present.file);
}

}  // namespace aigw::ops
