#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

namespace aigw::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kCutWidthMin = 6;    // narrower than this a cut cell says little
constexpr std::size_t kCutWidthLeast = 3;  // what is left when nothing else can go
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t characters = 0, at = 0;
  while (at < text.size() && characters + 1 < width) {
    do ++at;
    while (at < text.size() && !begins_character(text[at]));
    ++characters;
  }
  return std::string(text.substr(0, at)) + std::string(kEllipsis);
}

std::size_t total(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const std::size_t width : widths)
    if (width > 0) sum += width + kGap;
  return sum > kGap ? sum - kGap : 0;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::natural_widths(bool titles) const {
  std::vector<std::size_t> widths = flowed_.empty() ? std::vector<std::size_t>(columns_.size(), 1) : flowed_;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (titles) widths[c] = std::max(widths[c], display_width(columns_[c].title));
    for (const auto& cells : rows_) widths[c] = std::max(widths[c], display_width(cells[c]));
  }
  return widths;
}

/// Takes one character from the widest column that may be cut to `least`. Numbers are never cut: half a number is a
/// wrong number.
bool Table::narrow(std::vector<std::size_t>& widths, const std::vector<std::size_t>& least) const {
  std::size_t widest = columns_.size();
  for (std::size_t c = 0; c < columns_.size(); ++c)
    if (columns_[c].align == Align::left && widths[c] > least[c] &&
        (widest == columns_.size() || widths[c] > widths[widest]))
      widest = c;
  if (widest == columns_.size()) return false;
  --widths[widest];
  return true;
}

bool Table::leave_out(std::vector<std::size_t>& widths) const {
  std::size_t least_needed = columns_.size();
  int order = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c)
    if (widths[c] > 0 && columns_[c].drop_order > order) order = columns_[least_needed = c].drop_order;
  if (least_needed == columns_.size()) return false;
  widths[least_needed] = 0;
  return true;
}

std::vector<std::size_t> Table::fitting_widths(std::size_t width, bool titles) const {
  std::vector<std::size_t> widths = natural_widths(titles);
  if (width == 0) return widths;
  std::vector<std::size_t> readable(columns_.size(), kCutWidthMin);
  for (std::size_t c = 0; titles && c < columns_.size(); ++c)
    readable[c] = std::max(kCutWidthMin, display_width(columns_[c].title));
  const std::vector<std::size_t> least(columns_.size(), kCutWidthLeast);
  while (total(widths) > width)
    if (!narrow(widths, readable) && !leave_out(widths) && !narrow(widths, least)) break;
  return widths;
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
  std::string out;
  bool first = true;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (widths[c] == 0) continue;
    if (!first) out.append(kGap, ' ');
    first = false;
    const std::string cell = cut(cells[c], widths[c]);
    const std::size_t padding = widths[c] - std::min(widths[c], display_width(cell));
    if (columns_[c].align == Align::right) out.append(padding, ' ');
    out += cell;
    if (columns_[c].align == Align::left) out.append(padding, ' ');
  }
  out.resize(out.find_last_not_of(' ') + 1);
  return out;
}

std::vector<std::string> Table::lines(std::size_t width, bool titles) const {
  const auto widths = fitting_widths(width, titles);
  std::vector<std::string> out;
  if (titles) {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(column.title);
    out.push_back(line(names, widths));
  }
  for (const auto& cells : rows_) out.push_back(line(cells, widths));
  return out;
}

void Table::print(Output& out, bool titles) const {
  bool title = titles;
  for (const std::string& text : lines(out.width(), titles)) {
    out.line(title && out.colours() ? "\x1b[1m" + text + "\x1b[0m" : text);
    title = false;
  }
}

void Table::flow(Output& out) {
  const bool first = flowed_.empty();
  print(out, first);
  flowed_ = natural_widths(first);
  rows_.clear();
}

}  // namespace aigw::cli
