#include "cli/commands.hpp"
#include "cli/model_name.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"

#include <charconv>
#include <memory>
#include <optional>

namespace aigw::cli {
namespace {

struct Options {
  std::string model;
  std::optional<std::string> context, output, input, cache_read, cache_write, output_price, capabilities;
};

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || value < 0 || text.size() > 12) return std::nullopt;
  return value;
}

Result<std::int64_t> tokens_of(std::string_view option, std::string_view text) {
  if (const auto tokens = whole_number(text); tokens && *tokens > 0) return *tokens;
  return make_error(ErrorKind::config, std::string(option) + " must be a number of tokens, as in 128000");
}

/// Dollars a million tokens are picodollars a token, a million times: decimal text becomes an integer without a double.
Result<std::int64_t> pico_of(std::string_view option, std::string_view text) {
  constexpr std::size_t kDecimals = 6;
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string fraction(point < text.size() ? text.substr(point + 1) : std::string_view());
  const bool plain = point > 0 && (point == text.size() || !fraction.empty()) && fraction.size() <= kDecimals;
  fraction.resize(kDecimals, '0');
  const auto dollars = whole_number(text.substr(0, point));
  const auto millionths = whole_number(fraction);
  constexpr std::int64_t kDollarsMax = 1'000'000;
  if (plain && dollars && millionths && *dollars < kDollarsMax) return *dollars * 1'000'000 + *millionths;
  return make_error(ErrorKind::config, std::string(option) + " must be dollars a million tokens, as in 0.15");
}

Result<std::string> body_of(const Options& options) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  const auto add = [&](std::string_view option, std::string_view field, const std::optional<std::string>& said,
                       auto read) -> Status {
    if (!said) return {};
    AIGW_TRY_ASSIGN(const std::int64_t value, read(option, *said));
    out.key(field).integer(value);
    return {};
  };
  AIGW_TRY(add("--context", "context_tokens_max", options.context, tokens_of));
  AIGW_TRY(add("--output", "output_tokens_max", options.output, tokens_of));
  AIGW_TRY(add("--input", "input_pico_usd", options.input, pico_of));
  AIGW_TRY(add("--cache-read", "cache_read_pico_usd", options.cache_read, pico_of));
  AIGW_TRY(add("--cache-write", "cache_write_pico_usd", options.cache_write, pico_of));
  AIGW_TRY(add("--output-price", "output_pico_usd", options.output_price, pico_of));
  if (options.capabilities) out.member("capabilities", *options.capabilities);
  out.end_object();
  return body;
}

Result<int> run_models_set(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::string target, model_target(options.model));
  AIGW_TRY_ASSIGN(const std::string body, body_of(options));
  AIGW_TRY(session.ask("PUT", target, body));
  session.out().talk("corrected " + options.model);
  return kOk;
}

}  // namespace

Run define_models_set(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("PROVIDER/MODEL", options->model, "which one, as in openai/gpt-4o")
      .option("--context", "N", options->context, "tokens that go in at most")
      .option("--output", "N", options->output, "tokens that come out at most")
      .option("--input", "USD", options->input, "dollars a million input tokens")
      .option("--cache-read", "USD", options->cache_read, "dollars a million tokens read from the cache")
      .option("--cache-write", "USD", options->cache_write, "dollars a million tokens written to the cache")
      .option("--output-price", "USD", options->output_price, "dollars a million output tokens")
      .option("--capabilities", "WORDS", options->capabilities, "as in \"chat tools vision reasoning\"");
  return [options](Session& session) { return run_models_set(session, *options); };
}

}  // namespace aigw::cli
