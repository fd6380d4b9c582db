#include "cli/behind.hpp"

#include "cli/dom_read.hpp"

namespace aigw::cli {

bool tell_if_behind(const Output& out, const json::Dom& reply) {
  const json::Dom& behind = member_of(reply, "behind");
  if (behind.empty()) return false;
  out.talk("aigw: the newest requests are missing, they wait in the journal: " + printable(text_of(behind, "message")));
  if (const std::string next = text_of(behind, "next"); !next.empty()) out.talk("      " + printable(next));
  return true;
}

}  // namespace aigw::cli
