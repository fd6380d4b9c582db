#include "store/interner.hpp"

namespace aigw::store {
namespace {

constexpr std::size_t kRemembered = 4096;  // clients choose model names and error texts vary: not without bound

}  // namespace

std::int64_t Interner::id_of(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto known = ids_.find(text); known != ids_.end()) return known->second;
  const auto ask = [&](SQLite::Statement& statement) -> std::int64_t {
    statement.reset();
    bind_text(statement, 1, text);
    const std::int64_t id = statement.executeStep() ? int_of(statement, 0) : 0;
    statement.reset();
    return id;
  };
  std::int64_t id = ask(find_);
  if (id == 0) id = ask(insert_);
  if (ids_.size() >= kRemembered) ids_.clear();
  ids_.emplace(text, id);
  return id;
}

}  // namespace aigw::store
