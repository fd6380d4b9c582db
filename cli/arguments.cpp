#include "cli/arguments.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace aigw::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::function<Status(const std::string&)> text_setter(std::string& into, std::vector<std::string> choices) {
  return [&into, choices = std::move(choices)](const std::string& value) -> Status {
    if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
      const std::vector<std::string_view> known(choices.begin(), choices.end());
      const std::string_view meant = text::nearest(value, known);
      return make_error(ErrorKind::config, "\"" + value + "\" is not one of " + joined(choices),
                        meant.empty() ? "" : "Did you mean \"" + std::string(meant) + "\"?");
    }
    into = value;
    return {};
  };
}

std::function<Status(const std::string&)> number_setter(std::int64_t& into) {
  return [&into](const std::string& value) -> Status {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), into);
    if (error != std::errc{} || end != value.data() + value.size() || into < 0)
      return make_error(ErrorKind::config, "\"" + value + "\" is no whole number");
    return {};
  };
}

}  // namespace

Arguments& Arguments::add(Argument argument) {
  all_.push_back(std::move(argument));
  return *this;
}

Arguments& Arguments::positional(std::string name, std::string& into, std::string help, Count count) {
  return add({Argument::Kind::positional, count, name, name, std::move(help), {}, text_setter(into, {})});
}

Arguments& Arguments::choice(std::string name, std::string& into, std::string help, std::vector<std::string> choices) {
  auto set = text_setter(into, choices);
  return add({Argument::Kind::positional, Count::one, name, name, std::move(help), std::move(choices), std::move(set)});
}

Arguments& Arguments::positionals(std::string name, std::vector<std::string>& into, std::string help) {
  return add({Argument::Kind::positional,
              Count::any,
              name,
              name,
              std::move(help),
              {},
              [&into](const std::string& value) -> Status {
                into.push_back(value);
                return {};
              }});
}

Arguments& Arguments::rest(std::string name, std::vector<std::string>& into, std::string help) {
  return add(
      {Argument::Kind::rest, Count::one, name, name, std::move(help), {}, [&into](const std::string& value) -> Status {
         into.push_back(value);
         return {};
       }});
}

Arguments& Arguments::leftovers(std::vector<std::string>& into) { return positionals("", into, ""); }

Arguments& Arguments::option(std::string names, std::string value, std::string& into, std::string help,
                             std::vector<std::string> choices) {
  auto set = text_setter(into, choices);
  return add({Argument::Kind::option, Count::optional, std::move(names), std::move(value), std::move(help),
              std::move(choices), std::move(set)});
}

Arguments& Arguments::option(std::string names, std::string value, std::optional<std::string>& into, std::string help) {
  return add({Argument::Kind::option,
              Count::optional,
              std::move(names),
              std::move(value),
              std::move(help),
              {},
              [&into](const std::string& given) -> Status {
                into = given;
                return {};
              }});
}

Arguments& Arguments::option(std::string names, std::string value, std::vector<std::string>& into, std::string help) {
  return add({Argument::Kind::option,
              Count::any,
              std::move(names),
              std::move(value),
              std::move(help),
              {},
              [&into](const std::string& given) -> Status {
                into.push_back(given);
                return {};
              }});
}

Arguments& Arguments::option(std::string names, std::string value, std::int64_t& into, std::string help) {
  return add({Argument::Kind::option,
              Count::optional,
              std::move(names),
              std::move(value),
              std::move(help),
              {},
              number_setter(into)});
}

Arguments& Arguments::option(std::string names, std::string value, std::chrono::milliseconds& into, std::string help) {
  return add({Argument::Kind::option,
              Count::optional,
              std::move(names),
              std::move(value),
              std::move(help),
              {},
              [&into](const std::string& given) -> Status {
                AIGW_TRY_ASSIGN(into, text::parse_duration(given));
                return {};
              }});
}

Arguments& Arguments::flag(std::string names, bool& into, std::string help) {
  return add({Argument::Kind::flag,
              Count::optional,
              std::move(names),
              "",
              std::move(help),
              {},
              [&into](const std::string&) -> Status {
                into = true;
                return {};
              }});
}

Arguments& Arguments::setting(const config::Setting& setting, config::Flags& into) {
  const std::string_view value = config::value_word(setting);
  return add({value.empty() ? Argument::Kind::flag : Argument::Kind::option,
              Count::optional,
              std::string(setting.flag),
              std::string(value),
              std::string(setting.summary),
              {},
              [&into, &setting](const std::string& given) -> Status {
                const std::string text = given.empty() ? "true" : given;
                config::Config scratch;
                AIGW_TRY(config::set_text(scratch, setting, text));
                into[setting.key] = text;
                return {};
              }});
}

}  // namespace aigw::cli
