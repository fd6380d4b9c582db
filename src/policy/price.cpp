#include "policy/price.hpp"

#include <limits>

namespace aigw::policy {

Result<NanoUsd> cost(const TokenUsage& usage, const ModelPrice& price) {
  __extension__ using Wide = __int128;
  if (usage.input < 0 || usage.cache_read < 0 || usage.cache_write < 0 || usage.output < 0)
    return make_error(ErrorKind::internal, "a token count is negative");
  const Wide pico = Wide{usage.input} * price.input.value + Wide{usage.cache_read} * price.cache_read.value +
                    Wide{usage.cache_write} * price.cache_write.value + Wide{usage.output} * price.output.value;
  const Wide nano = (pico + 500) / 1000;
  if (nano > std::numeric_limits<std::int64_t>::max())
    return make_error(ErrorKind::internal, "the cost leaves 63 bits");
  return NanoUsd{static_cast<std::int64_t>(nano)};
}

}  // namespace aigw::policy
