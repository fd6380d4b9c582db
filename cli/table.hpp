#pragma once
// A table for people that fits the terminal: wide columns are cut first, then the least needed are left out. Values.

#include "cli/output.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::cli {

class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    int drop_order = 0;  ///< 0 never; otherwise the highest goes first when the terminal is too narrow
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell a column.
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  void print(Output& out, bool titles = true) const;
  /// Prints the rows and forgets them, for tables that grow while they are read: the titles once, later rows under
  /// them.
  void flow(Output& out);
  /// The lines themselves; `width` 0: as wide as need be.
  std::vector<std::string> lines(std::size_t width, bool titles = true) const;

 private:
  std::vector<std::size_t> natural_widths(bool titles) const;
  bool narrow(std::vector<std::size_t>& widths, const std::vector<std::size_t>& least) const;
  bool leave_out(std::vector<std::size_t>& widths) const;
  std::vector<std::size_t> fitting_widths(std::size_t width, bool titles) const;
  std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> flowed_;  ///< the widths of what flow() printed
};

/// Characters, not bytes: what UTF-8 text takes on screen, near enough.
std::size_t display_width(std::string_view text);

}  // namespace aigw::cli
