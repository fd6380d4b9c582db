#include "store/price_repository.hpp"

#include "store/door.hpp"

namespace aigw::store {

Status PriceRepository::set(const PriceRow& price) {
  return guarded("store the price", [&]() -> Status {
    SQLite::Statement put(
        db_.raw(),
        "INSERT OR REPLACE INTO model_prices(provider, model, input, cache_read, cache_write, output, since_ms) "
        "VALUES(?, ?, ?, ?, ?, ?, ?)");
    put.bind(1, price.provider);
    put.bind(2, price.model);
    put.bind(3, price.input.value);
    put.bind(4, price.cache_read.value);
    put.bind(5, price.cache_write.value);
    put.bind(6, price.output.value);
    put.bind(7, price.since.value);
    put.exec();
    return {};
  });
}

Status PriceRepository::remove(std::string_view provider, std::string_view model) {
  return guarded("remove the price", [&]() -> Status {
    SQLite::Statement remove(db_.raw(), "DELETE FROM model_prices WHERE provider = ? AND model = ?");
    bind_text(remove, 1, provider);
    bind_text(remove, 2, model);
    if (remove.exec() == 0)
      return make_error(ErrorKind::not_found,
                        "there is no own price of " + std::string(model) + " at " + std::string(provider),
                        "`aigw models` shows prices");
    return {};
  });
}

Result<std::vector<PriceRow>> PriceRepository::list() const {
  return guarded("list the prices", [&]() -> Result<std::vector<PriceRow>> {
    SQLite::Statement row(db_.raw(),
                          "SELECT provider, model, input, cache_read, cache_write, output, since_ms FROM model_prices "
                          "WHERE provider >= '' ORDER BY provider, model");
    std::vector<PriceRow> rows;
    while (row.executeStep())
      rows.push_back({text_of(row, 0),
                      text_of(row, 1),
                      {int_of(row, 2)},
                      {int_of(row, 3)},
                      {int_of(row, 4)},
                      {int_of(row, 5)},
                      {int_of(row, 6)}});
    return rows;
  });
}

}  // namespace aigw::store
