// A request's head: whatever is accepted as a whole was not refused while it came, and framing and target judge it.

#include "http/strict.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace aigw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  http::RequestHead head;
  const bool good = http::parse_request_head(input.text, head).ok();
  const bool begun = http::check_partial_head(input.first()).ok();
  if (!good) return 0;
  fuzz::require(begun);
  fuzz::require(head.headers.size() <= http::limits::kFieldCount);
  for (const http::Field field : head.headers)
    fuzz::require(http::is_token(field.name) && http::is_field_value(field.value));
  (void)http::request_framing(head, http::limits::kBodyBytes);
  if (const auto target = http::parse_target(head)) fuzz::require(!target->path.empty());
  return 0;
}
