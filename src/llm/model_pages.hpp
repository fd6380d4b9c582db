#pragma once
// Lists of models in pages: what the codec of a dialect that has them is, beside a Codec. Stateless; any thread.

#include "llm/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace aigw::llm {

/// Which part of a list was asked for.
struct ModelPage {
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  std::string after;   ///< begin behind this id; "" at the start
  std::string before;  ///< end at the one before this id; "" at the end
};

class ModelPages {
 public:
  virtual ~ModelPages() = default;
  /// What a list's query says. @errors bad_request
  virtual Result<ModelPage> read_page(std::string_view query) const = 0;
  enum class More : std::uint8_t { no, yes };
  /// `more`: others come behind these.
  virtual std::string encode_page(std::span<const ModelView> models, More more) const = 0;
};

}  // namespace aigw::llm
