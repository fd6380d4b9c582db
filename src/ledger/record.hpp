#pragma once
// What the ledger remembers of one request, and its form in the journal (docs/journal.md). Views point into the
// caller's memory (writing) or into the segment that is being read (reading).

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/request_id.hpp"
#include "base/tokens.hpp"
#include "llm/dialect.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::ledger {

/// Stable numbers: they stand in files.
enum class Outcome : std::uint8_t { open = 0, succeeded = 1, failed = 2, aborted = 3, refused = 4, unknown = 5 };
enum class UsageSource : std::uint8_t { none = 0, provider = 1, estimated = 2 };
std::string_view name_of(Outcome outcome);
std::string_view name_of(UsageSource source);

/// One try at one provider.
struct Attempt {
  std::string_view provider;
  std::int32_t status = 0;  ///< HTTP status of the answer, 0 when there was none
  std::uint32_t latency_us = 0;
  std::string_view error = {};  ///< code of the error, empty when it went well
};

/// A request that was let in and is about to go upstream.
struct Open {
  RequestId id;
  KeyId key;
  llm::Dialect client_dialect = llm::Dialect::none;
  llm::Operation operation = llm::Operation::none;
  bool stream = false;
  NanoUsd reserved;
  std::string_view provider;
  std::string_view model_requested;
};

/// The end of a request: the whole row, whether or not an `Open` came before.
struct Settled {
  RequestId id;
  KeyId key;
  CredentialId credential;
  llm::Dialect client_dialect = llm::Dialect::none;
  llm::Dialect provider_dialect = llm::Dialect::none;
  llm::Operation operation = llm::Operation::none;
  bool stream = false;
  Outcome outcome = Outcome::unknown;
  std::int32_t status = 0;  ///< what the client was told, 0 when it was told nothing
  UsageSource usage_source = UsageSource::none;
  std::optional<TokenUsage> tokens;
  std::optional<NanoUsd> cost;           ///< none: unpriced
  std::uint32_t latency_us = 0;          ///< first byte in to last byte handed over
  std::optional<std::uint32_t> ttft_us;  ///< to the first byte of the answer's body
  std::int64_t bytes_in = 0;             ///< of the request's body, as it came
  std::int64_t bytes_out = 0;            ///< of the answer's body
  std::string_view provider;
  std::string_view model_requested;
  std::string_view model_served;
  std::string_view error;  ///< "code: message", empty when it went well
  std::span<const Attempt> attempts;
  std::string_view lost = {};  ///< what a translation left out, a line each: "path: reason", "~path: reason" for a note
};

}  // namespace aigw::ledger
