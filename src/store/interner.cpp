#include "store/interner.hpp"

namespace aigw::store {
namespace {

constexpr std::size_t kRemembered = 4096;  // clients choose model names and error texts vary: not without bound

}  // namespace

std::int64_t Interner::id_of(std::string_view text, std::int64_t hour) {
  if (text.empty()) return 0;
  const auto known = known_.find(text);
  if (known != known_.end() && known->second.last_hour >= hour) return known->second.id;
  if (known_.size() >= kRemembered) known_.clear();
  const Known found = look_up(text, hour);
  known_.insert_or_assign(std::string(text), found);
  return found.id;
}

Interner::Known Interner::look_up(std::string_view text, std::int64_t hour) {
  find_.reset();
  bind_text(find_, 1, text);
  if (!find_.executeStep()) {
    insert_.reset();
    bind_text(insert_, 1, text);
    insert_.bind(2, hour);
    insert_.executeStep();
    const Known added{int_of(insert_, 0), hour};
    insert_.reset();
    return added;
  }
  Known found{int_of(find_, 0), int_of(find_, 1)};
  find_.reset();
  if (found.last_hour >= hour) return found;
  found.last_hour = hour;
  prolong_.reset();
  prolong_.bind(1, hour);
  prolong_.bind(2, found.id);
  prolong_.exec();
  return found;
}

}  // namespace aigw::store
