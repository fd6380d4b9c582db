// Makes a database with many rows, for measuring: fill_ledger DB ROWS [DAYS [KEYS]]

#include "tests/support/ledger_fill.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

aigw::Status fill(const std::filesystem::path& db, const aigw::test::LedgerShape& shape) {
  std::filesystem::path lock_file = db;
  lock_file += ".lock";
  AIGW_TRY_ASSIGN(auto lock, aigw::files::FileLock::acquire(lock_file, "fill_ledger"));
  aigw::store::IngesterOptions options;
  options.db = db;
  AIGW_TRY_ASSIGN(const auto ingester, aigw::store::Ingester::open(std::move(options), std::move(lock)));
  AIGW_TRY(ingester->recover());
  AIGW_TRY(
      ingester->write([&](aigw::store::Database& database) { return aigw::test::name_keys(database, shape.keys); }));
  ingester->start();
  return aigw::test::fill_ledger(*ingester, shape);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("fill_ledger DB ROWS [DAYS [KEYS]]\n", stderr);
    return 2;
  }
  aigw::test::LedgerShape shape;
  shape.rows = std::atoll(argv[2]);
  shape.until = aigw::wall_now();
  if (argc > 3) shape.days = std::atoll(argv[3]);
  if (argc > 4) shape.keys = std::atoi(argv[4]);
  const aigw::Status filled = fill(std::filesystem::absolute(argv[1]), shape);
  if (!filled) std::fprintf(stderr, "fill_ledger: %s\n", filled.error().text().c_str());
  return filled ? 0 : 1;
}
