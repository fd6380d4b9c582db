#include "ops/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aigw::ops {
namespace {

constexpr std::size_t kProviderNameBytes = 64;
constexpr std::size_t kLabelBytes = 100;
// First segments of our own paths: "/{provider}/..." must never hide one of them.
constexpr std::array<std::string_view, 9> kReserved = {"api",    "assets", "healthz", "livez",     "metrics",
                                                       "readyz", "v1",     "v1beta",  "well-known"};
constexpr std::array<std::string_view, 3> kIdPrefixes = {"cred", "key", "req"};

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}
bool is_unprintable(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; }

}  // namespace

Status check_provider_name(std::string_view name) {
  const auto refuse = [&](std::string next) {
    Error error = make_error(ErrorKind::bad_request,
                             "\"" + std::string(name.substr(0, kProviderNameBytes)) + "\" cannot be a provider's name",
                             std::move(next));
    error.param = "name";
    return error;
  };
  if (name.empty() || name.size() > kProviderNameBytes || !std::ranges::all_of(name, is_name_byte) ||
      name.front() == '.')
    return refuse(
        "Use 1 to 64 lower case letters, digits, '-', '_' and '.', for it stands in paths like /NAME/v1/models.");
  if (std::ranges::find(kReserved, name) != kReserved.end())
    return refuse("It is the first segment of one of aigw's own paths; choose another.");
  return {};
}

Status check_label(std::string_view what, std::string_view name) {
  const bool like_id =
      std::ranges::any_of(kIdPrefixes, [&](std::string_view prefix) { return parse_id(prefix, name).has_value(); });
  const bool edge_space = !name.empty() && (name.front() == ' ' || name.back() == ' ');
  if (!name.empty() && name.size() <= kLabelBytes && std::ranges::none_of(name, is_unprintable) && !like_id &&
      !edge_space)
    return {};
  Error error = make_error(ErrorKind::bad_request, "this name of a " + std::string(what) + " is not allowed",
                           "Use 1 to 100 printable bytes without '/', not formed like an id (key_12).");
  error.param = "name";
  return error;
}

std::string id_text(std::string_view prefix, std::int64_t id) { return std::string(prefix) + "_" + std::to_string(id); }

std::optional<std::int64_t> parse_id(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix) || text.size() <= prefix.size() + 1 || text[prefix.size()] != '_') return std::nullopt;
  text.remove_prefix(prefix.size() + 1);
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

}  // namespace aigw::ops
