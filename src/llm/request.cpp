#include "llm/request.hpp"

#include <algorithm>
#include <array>

namespace aigw::llm {
namespace {

using Level = Reasoning::Level;

struct LevelRow {
  Level level;
  std::string_view name;
  std::int64_t budget_tokens;
  std::int64_t budget_max;  ///< a budget up to this means the level
};

constexpr std::array kLevels = {
    LevelRow{Level::off, "none", 0, 0},
    LevelRow{Level::minimal, "minimal", 1'024, 1'024},
    LevelRow{Level::low, "low", 4'096, 4'096},
    LevelRow{Level::medium, "medium", 12'288, 16'384},
    LevelRow{Level::high, "high", 24'576, 32'768},
    LevelRow{Level::xhigh, "xhigh", 49'152, 65'536},
    LevelRow{Level::max, "max", 98'304, INT64_MAX},
};
static_assert(std::ranges::all_of(kLevels, [](const LevelRow& row) { return row.budget_tokens <= row.budget_max; }));

const LevelRow* row_of(Level level) {
  const auto row = std::ranges::find(kLevels, level, &LevelRow::level);
  return row == kLevels.end() ? nullptr : &*row;
}

}  // namespace

Level level_of_budget(std::int64_t budget_tokens) {
  if (budget_tokens < 0) return Level::automatic;
  return std::ranges::find_if(kLevels, [&](const LevelRow& row) { return budget_tokens <= row.budget_max; })->level;
}

std::int64_t budget_of_level(Level level) {
  const LevelRow* row = row_of(level);
  return row ? row->budget_tokens : 12'288;
}

std::string_view name_of(Level level) {
  const LevelRow* row = row_of(level);
  return row ? row->name : std::string_view{};
}

std::optional<Level> level_named(std::string_view effort) {
  const auto row = std::ranges::find(kLevels, effort, &LevelRow::name);
  if (row == kLevels.end()) return std::nullopt;
  return row->level;
}

const Tool* find_tool(const ChatRequest& request, std::string_view name) {
  const auto tool = std::ranges::find_if(request.tools, [&](const Tool& candidate) {
    return candidate.kind != Tool::Kind::hosted && candidate.name == name;
  });
  return tool == request.tools.end() ? nullptr : &*tool;
}

}  // namespace aigw::llm
