#include "llm/loss.hpp"

#include <algorithm>
#include <utility>

namespace aigw::llm {
namespace {

/// "messages[3].content[1]" as "messages[*].content[*]".
std::string folded(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    out += path[i];
    if (path[i] != '[') continue;
    while (i + 1 < path.size() && path[i + 1] >= '0' && path[i + 1] <= '9') ++i;
    out += '*';
  }
  return out;
}

}  // namespace

void Losses::put(std::vector<Loss>& list, std::string_view path, std::string_view reason) {
  if (list.size() >= kMax) {
    if (&list == &losses_) ++left_out_;
    return;
  }
  list.push_back({std::string(path), std::string(reason)});
}

std::string Losses::lines(std::size_t bytes_max) const {
  std::string out;
  const auto add = [&](std::string_view mark, const Loss& loss) {
    std::string line(mark);
    line.append(loss.path).append(": ").append(loss.reason).append("\n");
    std::ranges::replace_if(
        line.begin(), line.end() - 1, [](unsigned char c) { return c < 0x20; }, '?');
    if (out.size() + line.size() <= bytes_max) out.append(line);
  };
  for (const Loss& loss : losses_) add("", loss);
  for (const Loss& note : notes_) add("~", note);
  return out;
}

std::string Losses::header() const {
  std::vector<std::pair<std::string, std::size_t>> kinds;
  for (const Loss& loss : losses_) {
    std::string text = folded(loss.path) + ":" + loss.reason;
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20 || c > 0x7e || c == ','; }, '?');
    const auto same = std::ranges::find(kinds, text, &std::pair<std::string, std::size_t>::first);
    if (same == kinds.end())
      kinds.emplace_back(std::move(text), 1);
    else
      ++same->second;
  }
  std::string out;
  std::size_t more = left_out_;
  for (const auto& [text, count] : kinds) {
    std::string item = text;
    if (count > 1) item += " x" + std::to_string(count);
    if (out.size() + item.size() + 16 > kHeaderBytesMax) {
      more += count;
      continue;
    }
    out.append(out.empty() ? "" : ", ").append(item);
  }
  if (more > 0) out.append(out.empty() ? "+" : ", +").append(std::to_string(more)).append(" more");
  return out;
}

}  // namespace aigw::llm
