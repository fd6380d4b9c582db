#pragma once
// A request of the ledger for people: as one line of `tail`, and in full for `show`. Pure.

#include "cli/table.hpp"
#include "json/dom.hpp"

#include <string>
#include <vector>

namespace aigw::cli {

std::vector<Table::Column> request_columns();
std::vector<std::string> request_cells(const json::Dom& row);

/// "name  value" lines.
std::vector<std::string> request_lines(const json::Dom& row);

}  // namespace aigw::cli
