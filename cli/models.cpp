#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string provider;
  bool all = false;
  bool json = false;
};

bool is_wanted(const Options& options, const json::Dom& row) {
  if (!options.provider.empty()) return text_of(row, "provider") == options.provider;
  return options.all || flag_of(row, "callable");
}

std::string tokens_max_text(const json::Dom& row, std::string_view name) {
  const auto value = integer_of(row, name);
  return value ? count_text(*value) : "-";
}

std::vector<std::string> cells(const json::Dom& row) {
  const json::Dom& price = member_of(row, "price_pico_usd_per_token");
  const auto dollars = [&](std::string_view bucket) {
    const auto pico = integer_of(price, bucket);
    return pico ? per_million_text(*pico) : std::string("unpriced");
  };
  return {text_of(row, "id"),
          text_of(row, "provider"),
          tokens_max_text(row, "context_tokens_max"),
          tokens_max_text(row, "output_tokens_max"),
          dollars("input"),
          dollars("cache_read"),
          dollars("output"),
          text_of(row, "capabilities"),
          text_of(row, "origin")};
}

void print_table(Session& session, const json::Dom& rows) {
  using enum Table::Align;
  Table table({{"model"},
               {"provider", left, 1},
               {"context", right, 3},
               {"output max", right, 5},
               {"input /M", right},
               {"cached /M", right, 4},
               {"output /M", right},
               {"capabilities", left, 7},
               {"from", left, 6}});
  for (const json::Dom& row : rows) table.row(cells(row));
  table.print(session.out());
}

Result<int> run_models(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const json::Dom reply, session.ask_json("GET", "/api/v1/models"));
  json::Dom wanted = json::Dom::array();
  for (const json::Dom& row : list_of(reply, "models"))
    if (is_wanted(options, row)) wanted.push_back(row);
  if (options.json) {
    json::Dom document = reply;
    document["models"] = std::move(wanted);
    session.out().line(json::dump(document));
  } else if (!wanted.empty()) {
    print_table(session, wanted);
  } else {
    session.out().talk(
        "no model can be asked for yet: store a provider's key with aigw keys add, or look at aigw models --all");
  }
  return kOk;
}

}  // namespace

Run define_models(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments
      .option("--provider", "NAME", options->provider, "only those of this provider, whether or not it can be called")
      .flag("--all", options->all, "also those whose provider has no key yet")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_models(session, *options); };
}

}  // namespace aigw::cli
