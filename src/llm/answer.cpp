#include "llm/answer.hpp"

#include <algorithm>

namespace aigw::llm {

void settle_finish(Candidate& candidate) {
  using Reason = Finish::Reason;
  Reason& reason = candidate.finish.reason;
  if (reason != Reason::stop && reason != Reason::tool) return;
  const bool calls = std::ranges::any_of(candidate.blocks, [](const Block& block) { return block.as<ToolCall>(); });
  reason = calls ? Reason::tool : Reason::stop;
}

}  // namespace aigw::llm
