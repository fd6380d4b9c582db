#include "adapters/model_members.hpp"

#include "base/text.hpp"
#include "http/target.hpp"

#include <charconv>
#include <limits>

namespace aigw::adapters {
namespace {

std::string decimal_usd_per_token(std::int64_t pico_usd) {
  std::string digits = std::to_string(pico_usd);
  if (digits.size() < 13) digits.insert(0, 13 - digits.size(), '0');
  digits.insert(digits.size() - 12, 1, '.');
  while (digits.ends_with('0')) digits.pop_back();
  if (digits.ends_with('.')) digits.pop_back();
  return digits;
}

}  // namespace

void write_pricing(json::Writer& out, const llm::ModelView& model) {
  if (model.input_pico_usd < 0 || model.output_pico_usd < 0) return;
  out.key("pricing").begin_object();
  out.member("prompt", decimal_usd_per_token(model.input_pico_usd));
  out.member("completion", decimal_usd_per_token(model.output_pico_usd));
  out.end_object();
}

void write_capabilities(json::Writer& out, std::string_view name, const llm::ModelView& model) {
  if (model.capabilities.empty()) return;
  out.key(name).begin_array();
  for (const std::string_view capability : text::split(model.capabilities, ' ')) out.string(capability);
  out.end_array();
}

Result<std::size_t> read_page_size(std::string_view query, std::string_view name, std::size_t max) {
  const std::string_view said = http::query_value(query, name);
  if (said.empty()) return std::numeric_limits<std::size_t>::max();
  std::size_t size = 0;
  const auto [end, problem] = std::from_chars(said.data(), said.data() + said.size(), size);
  if (problem == std::errc() && end == said.data() + said.size() && size >= 1 && size <= max) return size;
  Error error =
      make_error(ErrorKind::bad_request, std::string(name) + " must be a number from 1 to " + std::to_string(max));
  error.param = name;
  return error;
}

}  // namespace aigw::adapters
