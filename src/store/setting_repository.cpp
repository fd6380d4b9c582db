#include "store/setting_repository.hpp"

#include "store/door.hpp"

#include <charconv>

namespace aigw::store {

Result<std::optional<std::string>> SettingRepository::get(std::string_view key) const {
  return guarded("read a setting", [&]() -> Result<std::optional<std::string>> {
    SQLite::Statement row(db_.raw(), "SELECT value FROM settings WHERE key = ?");
    bind_text(row, 1, key);
    if (!row.executeStep()) return std::optional<std::string>{};
    return std::optional(text_of(row, 0));
  });
}

Result<std::int64_t> SettingRepository::get_number(std::string_view key) const {
  AIGW_TRY_ASSIGN(const auto text, get(key));
  if (!text) return std::int64_t{0};
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (code != std::errc{} || end != text->data() + text->size())
    return make_error(ErrorKind::database, "the setting " + std::string(key) + " in the database is no number",
                      "Restore a backup");
  return number;
}

Status SettingRepository::set(std::string_view key, std::string_view value) {
  return guarded("write a setting", [&]() -> Status {
    SQLite::Statement put(
        db_.raw(), "INSERT INTO settings(key, value) VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
    bind_text(put, 1, key);
    bind_text(put, 2, value);
    put.exec();
    return {};
  });
}

Status AuditRepository::add(const AuditRow& row) {
  return guarded("write the audit log", [&]() -> Status {
    SQLite::Statement insert(db_.raw(), "INSERT INTO audit_log(at_ms, actor, action, object) VALUES(?, ?, ?, ?)");
    insert.bind(1, row.at.value);
    insert.bind(2, row.actor);
    insert.bind(3, row.action);
    insert.bind(4, row.object);
    insert.exec();
    return {};
  });
}

Result<std::vector<AuditRow>> AuditRepository::last(int count) const {
  return guarded("read the audit log", [&]() -> Result<std::vector<AuditRow>> {
    SQLite::Statement row(db_.raw(),
                          "SELECT at_ms, actor, action, object FROM audit_log WHERE id > 0 ORDER BY id DESC LIMIT ?");
    row.bind(1, count);
    std::vector<AuditRow> rows;
    while (row.executeStep()) rows.push_back({{int_of(row, 0)}, text_of(row, 1), text_of(row, 2), text_of(row, 3)});
    return rows;
  });
}

}  // namespace aigw::store
