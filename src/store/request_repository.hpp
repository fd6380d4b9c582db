#pragma once
// The ledger's rows as people read them: names resolved. On the connection's thread.

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/request_id.hpp"
#include "base/tokens.hpp"
#include "ledger/record.hpp"
#include "llm/dialect.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aigw::store {

struct AttemptRow {
  std::string provider;
  std::int32_t status = 0;
  std::uint32_t latency_us = 0;
  std::string error;
};

/// One request; its moment is `id.at()`. Fields as in ledger::Settled.
struct RequestRow {
  RequestId id;
  KeyId key;
  std::string key_name;  ///< empty when the key was removed
  CredentialId credential;
  llm::Dialect client_dialect = llm::Dialect::none;
  llm::Dialect provider_dialect = llm::Dialect::none;
  llm::Operation operation = llm::Operation::none;
  bool stream = false;
  ledger::Outcome outcome = ledger::Outcome::open;
  std::int32_t status = 0;
  ledger::UsageSource usage_source = ledger::UsageSource::none;
  std::optional<TokenUsage> tokens;
  std::optional<NanoUsd> cost;
  std::optional<NanoUsd> held;  ///< reserved by a row that is open, or whose end is unknown
  std::uint32_t latency_us = 0;
  std::optional<std::uint32_t> ttft_us;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  std::string provider;
  std::string model_requested;
  std::string model_served;
  std::string error;  ///< "code: message"
  std::vector<AttemptRow> attempts;
  std::string lost;
};

class RequestRepository {
 public:
  explicit RequestRepository(Database& db) : db_(db) {}

  /// Settled rows with larger ids, oldest first.
  Result<std::vector<RequestRow>> page_after(RequestId after, int limit) const;
  /// The id just before the last `count` settled rows, for page_after.
  Result<RequestId> start_of_last(std::int64_t count) const;
  /// Settled or still open.
  Result<std::optional<RequestRow>> find(RequestId id) const;
  Result<std::vector<RequestRow>> open_rows(int limit) const;  ///< oldest first
  Result<RequestId> max_id() const;

 private:
  Database& db_;
};

}  // namespace aigw::store
