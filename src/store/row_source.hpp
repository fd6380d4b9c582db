#pragma once
// Rows in memory as a table that SQL reads: one statement then writes a whole batch, for half of what a statement for
// each row would cost. On the connection's thread; outlives the statements that read it, and stays where it was made.

#include "store/door.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aigw::store {

class RowSource {
 public:
  static constexpr std::size_t kNumbersMax = 24;

  /// Numbers, put in the order of the columns, then perhaps a blob. What is not there is NULL.
  struct Row {
    std::array<std::int64_t, kNumbersMax> numbers;
    std::uint32_t present = 0;  ///< a bit a number
    std::uint32_t count = 0;
    std::string blob;  ///< empty: NULL

    void put(std::int64_t value) {
      present |= std::uint32_t{1} << count;
      numbers[count++] = value;
    }
    void put_maybe(std::optional<std::int64_t> value) {
      if (value) return put(*value);
      ++count;
    }
  };

  /// From now on the connection knows the table `name`, with `columns` ("id, key"). Throws as SQLite does.
  RowSource(SQLite::Database& db, const char* name, const char* columns);
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;

  Row& add() { return rows_.emplace_back(); }
  void clear() { rows_.clear(); }

 private:
  struct Table;  // what SQLite asks

  std::string declaration_;
  std::vector<Row> rows_;
};

}  // namespace aigw::store
