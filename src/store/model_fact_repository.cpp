#include "store/model_fact_repository.hpp"

#include "store/door.hpp"

namespace aigw::store {
namespace {

constexpr std::string_view kColumns =
    "provider, model, layer, context, output_max, input, cache_read, cache_write, output, capabilities, source, "
    "since_ms";

void bind_row(SQLite::Statement& put, const ModelFactRow& row) {
  bind_text(put, 1, row.provider);
  bind_text(put, 2, row.model);
  put.bind(3, static_cast<std::int64_t>(row.layer));
  bind_maybe(put, 4, row.context_tokens_max);
  bind_maybe(put, 5, row.output_tokens_max);
  bind_maybe(put, 6, row.input_pico_usd);
  bind_maybe(put, 7, row.cache_read_pico_usd);
  bind_maybe(put, 8, row.cache_write_pico_usd);
  bind_maybe(put, 9, row.output_pico_usd);
  if (row.capabilities)
    put.bind(10, *row.capabilities);
  else
    put.bind(10);
  bind_text(put, 11, row.source);
  put.bind(12, row.since.value);
}

std::string insert_into_facts() {
  return "INSERT OR REPLACE INTO model_facts(" + std::string(kColumns) + ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

}  // namespace

Status ModelFactRepository::replace_imported(std::string_view source, std::span<const ModelFactRow> rows) {
  return guarded("store the models' facts", [&]() -> Status {
    SQLite::Statement clear(db_.raw(), "DELETE FROM model_facts WHERE provider >= '' AND layer = 0 AND source = ?");
    bind_text(clear, 1, source);
    clear.exec();
    SQLite::Statement put(db_.raw(), insert_into_facts());
    for (const ModelFactRow& row : rows) {
      bind_row(put, row);
      put.exec();
      put.reset();
    }
    return {};
  });
}

Status ModelFactRepository::correct(const ModelFactRow& row) {
  return guarded("store the model's facts", [&]() -> Status {
    SQLite::Statement put(
        db_.raw(),
        "INSERT INTO model_facts(" + std::string(kColumns) +
            ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(provider, model, layer) DO UPDATE SET "
            "context = coalesce(excluded.context, context), output_max = coalesce(excluded.output_max, output_max), "
            "input = coalesce(excluded.input, input), cache_read = coalesce(excluded.cache_read, cache_read), "
            "cache_write = coalesce(excluded.cache_write, cache_write), output = coalesce(excluded.output, output), "
            "capabilities = coalesce(excluded.capabilities, capabilities), source = excluded.source, "
            "since_ms = excluded.since_ms");
    bind_row(put, row);
    put.exec();
    return {};
  });
}

Status ModelFactRepository::remove(std::string_view provider, std::string_view model) {
  return guarded("remove the model's facts", [&]() -> Status {
    SQLite::Statement remove(db_.raw(), "DELETE FROM model_facts WHERE provider = ? AND model = ?");
    bind_text(remove, 1, provider);
    bind_text(remove, 2, model);
    if (remove.exec() > 0) return {};
    return make_error(ErrorKind::not_found,
                      "nothing was imported or corrected of " + std::string(provider) + "/" + std::string(model),
                      "`aigw models --all` shows where each model's facts come from");
  });
}

Result<std::int64_t> ModelFactRepository::remove_imported() {
  return guarded("remove the imported facts", [&]() -> Result<std::int64_t> {
    SQLite::Statement remove(db_.raw(), "DELETE FROM model_facts WHERE provider >= '' AND layer = 0");
    return static_cast<std::int64_t>(remove.exec());
  });
}

Result<std::vector<ModelFactRow>> ModelFactRepository::list() const {
  return guarded("list the models' facts", [&]() -> Result<std::vector<ModelFactRow>> {
    SQLite::Statement row(db_.raw(), "SELECT " + std::string(kColumns) +
                                         " FROM model_facts WHERE provider >= '' ORDER BY provider, model, layer");
    std::vector<ModelFactRow> rows;
    while (row.executeStep()) {
      ModelFactRow& fact = rows.emplace_back();
      fact.provider = text_of(row, 0);
      fact.model = text_of(row, 1);
      fact.layer = static_cast<ModelFactRow::Layer>(int_of(row, 2));
      fact.context_tokens_max = maybe_int_of(row, 3);
      fact.output_tokens_max = maybe_int_of(row, 4);
      fact.input_pico_usd = maybe_int_of(row, 5);
      fact.cache_read_pico_usd = maybe_int_of(row, 6);
      fact.cache_write_pico_usd = maybe_int_of(row, 7);
      fact.output_pico_usd = maybe_int_of(row, 8);
      if (!row.isColumnNull(9)) fact.capabilities = text_of(row, 9);
      fact.source = text_of(row, 10);
      fact.since = {int_of(row, 11)};
    }
    return rows;
  });
}

}  // namespace aigw::store
