#include "cli/parse.hpp"

#include "base/redact.hpp"
#include "base/text.hpp"
#include "cli/help.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>

namespace aigw::cli {
namespace {

/// A command with its arguments while the line is parsed.
struct Candidate {
  const Command* command;
  Arguments arguments;
  Run run;
  CLI::App* app = nullptr;
};

/// Raised inside CLI11's callbacks, so that our own wording survives.
struct BadValue : CLI::ParseError {
  BadValue(std::string option, aigw::Error what)
      : CLI::ParseError("BadValue", "", CLI::ExitCodes::ValidationError),
        name(std::move(option)),
        error(std::move(what)) {}
  std::string name;
  aigw::Error error;
};

void add(CLI::App& app, const Argument& argument) {
  if (argument.kind == Argument::Kind::rest) return;  // cut off before: see `take_rest`
  if (argument.kind == Argument::Kind::flag) {
    app.add_flag_function(argument.names, [set = argument.set](std::int64_t) { static_cast<void>(set("")); });
    return;
  }
  const bool positional = argument.kind == Argument::Kind::positional;
  // CLI11 needs a name even for what help does not show.
  const std::string names = argument.names.empty() ? "more" : argument.names;
  auto* option = app.add_option(names, [argument](const CLI::results_t& values) {
    for (const std::string& value : values)
      if (Status set = argument.set(value); !set) throw BadValue(argument.names, std::move(set).error());
    return true;
  });
  if (positional && argument.count == Argument::Count::any) {
    option->expected(0, CLI::detail::expected_max_vector_size)->allow_extra_args();
  } else {
    option->expected(1);
    if (argument.count == Argument::Count::any) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  if (argument.count == Argument::Count::one) option->required();
}

void prepare(CLI::App& app, const Arguments& arguments, bool& help) {
  app.set_help_flag();
  app.add_flag("-h,--help", help);
  for (const Argument& argument : arguments.all()) add(app, argument);
}

std::string in_quotes(std::string_view text) { return "\"" + redact(text) + "\""; }

Error usage_error(const std::string& what, std::string_view context, std::string_view meant) {
  const std::string help = "See: aigw help" + (context.empty() ? std::string() : " " + std::string(context)) + ".";
  return make_error(ErrorKind::config, what, meant.empty() ? help : "Did you mean " + std::string(meant) + "?");
}

/// What was typed and nobody took, against what could have been meant there.
Error unexpected(const std::string& word, std::string_view context, const Arguments& taken,
                 const std::vector<std::string_view>& subcommands) {
  if (!word.starts_with('-')) {
    const std::string_view meant = text::nearest(word, subcommands);
    const std::string full = context.empty() ? std::string(meant) : std::string(context) + " " + std::string(meant);
    if (!subcommands.empty())
      return usage_error("unknown command " + in_quotes(word), context, meant.empty() ? meant : "aigw " + full);
    return usage_error("unexpected argument " + in_quotes(word), context, {});
  }
  std::vector<std::string_view> options = {"--help", "--config", "--db", "--profile"};
  for (const Argument& argument : taken.all())
    for (const std::string_view name : text::split(argument.names, ','))
      if (name.starts_with("--")) options.push_back(name);
  const std::string name = word.substr(0, word.find('='));
  return usage_error("unknown option " + in_quotes(name), context, text::nearest(name, options));
}

std::vector<std::string_view> subcommands_of(std::string_view context) {
  std::vector<std::string_view> out;
  const std::string prefix = context.empty() ? "" : std::string(context) + " ";
  for (const Command& command : commands()) {
    if (!command.name.starts_with(prefix)) continue;
    const std::string_view rest = command.name.substr(prefix.size());
    if (rest.find(' ') == std::string_view::npos) out.push_back(rest);
  }
  return out;
}

/// Positionals that are missing, in the words of the help.
Error missing(const Candidate& candidate) {
  std::string names;
  for (const Argument& argument : candidate.arguments.all())
    if (argument.count == Argument::Count::one) names += (names.empty() ? "" : " ") + argument.names;
  return make_error(
      ErrorKind::config, std::string(candidate.command->name) + " needs " + names,
      "For example: " + std::string(candidate.command->examples.substr(0, candidate.command->examples.find('\n'))));
}

/// The tree of commands as CLI11 wants it.
class Parser {
 public:
  Parser() : root_("", "aigw"), globals_(global_arguments(parsed_.path_flags)) {
    root_.allow_extras();
    root_.fallthrough();
    root_.require_subcommand(0, 1);
    prepare(root_, globals_, help_);
    root_.add_flag("-V,--version", version_);
    for (const Command& command : commands()) add_command(command);
  }

  Result<Parsed> parse(std::vector<std::string> words) {
    take_rest(words);
    std::ranges::reverse(words);  // CLI11 takes them from the back
    try {
      root_.parse(words);
    } catch (const BadValue& bad) {
      return value_error(bad);
    } catch (const CLI::RequiredError&) {
      if (help_) return help();
      if (const auto extra = root_.remaining(true); !extra.empty()) return unexpected_word(extra.front());
      return missing(chosen_candidate());
    } catch (const CLI::ArgumentMismatch& error) {
      const std::string_view what = error.what();
      return usage_error(redact(what.substr(0, what.find(':'))) + " takes one value, once", context(), {});
    } catch (const CLI::ParseError& error) {
      return usage_error(redact(error.what()), context(), {});
    }
    if (version_) return parsed_for(*find_command("version"));
    if (const auto extra = root_.remaining(true); !extra.empty()) return unexpected_word(extra.front());
    if (help_) return help();
    if (context().empty()) {
      parsed_.nothing_asked = true;
      return help();
    }
    AIGW_TRY(give_rest(chosen_candidate()));
    return parsed_for(*chosen_candidate().command);
  }

 private:
  /// How many words an option takes with it: 2 when its value is a word of its own.
  static std::size_t words_of_option(const std::string& word, const Arguments& globals, const Arguments& own) {
    if (word.find('=') != std::string::npos) return 1;
    for (const Arguments* arguments : {&globals, &own})
      for (const Argument& argument : arguments->all())
        if (argument.kind == Argument::Kind::option && std::ranges::count(text::split(argument.names, ','), word) > 0)
          return 2;
    return 1;
  }

  /// Cuts off a command line of somebody else's, which CLI11 would read as ours.
  void take_rest(std::vector<std::string>& words) {
    const Candidate* candidate = nullptr;
    const Arguments none;
    for (std::size_t at = 0; at < words.size();) {
      const std::string& word = words[at];
      if (word.size() > 1 && word.starts_with('-') && word != "--") {
        at += words_of_option(word, globals_, candidate ? candidate->arguments : none);
        continue;
      }
      if (candidate) {
        rest_.assign(words.begin() + static_cast<std::ptrdiff_t>(at + (word == "--" ? 1 : 0)), words.end());
        words.resize(at);
        return;
      }
      const auto found = std::ranges::find(candidates_, word, [](const Candidate& one) { return one.command->name; });
      if (found == candidates_.end() || !rest_of(*found)) return;
      candidate = &*found;
      ++at;
    }
  }

  static const Argument* rest_of(const Candidate& candidate) {
    const auto& all = candidate.arguments.all();
    const auto found = std::ranges::find(all, Argument::Kind::rest, &Argument::kind);
    return found == all.end() ? nullptr : &*found;
  }

  Status give_rest(const Candidate& candidate) {
    const Argument* rest = rest_of(candidate);
    if (!rest) return {};
    if (rest_.empty()) return missing(candidate);
    for (const std::string& word : rest_) AIGW_TRY(rest->set(word));
    return {};
  }

  void add_command(const Command& command) {
    const auto space = command.name.find(' ');
    CLI::App& parent = space == std::string_view::npos ? root_ : *apps_.at(std::string(command.name.substr(0, space)));
    const std::string_view own = space == std::string_view::npos ? command.name : command.name.substr(space + 1);
    Candidate& candidate = candidates_.emplace_back(Candidate{&command, {}, {}, nullptr});
    candidate.run = command.define(candidate.arguments);
    candidate.app = parent.add_subcommand(std::string(own));
    candidate.app->require_subcommand(0, 1);
    prepare(*candidate.app, candidate.arguments, help_);
    apps_[std::string(command.name)] = candidate.app;
  }

  std::string context() const {
    std::string out;
    for (const CLI::App* app = &root_; !app->get_subcommands().empty();) {
      app = app->get_subcommands().front();
      out.append(out.empty() ? "" : " ").append(app->get_name());
    }
    return out;
  }

  const Candidate& chosen_candidate() const {
    return *std::ranges::find(candidates_, context(),
                              [](const Candidate& candidate) { return candidate.command->name; });
  }

  Error unexpected_word(const std::string& word) const {
    const std::string where = context();
    if (where.empty()) return unexpected(word, where, globals_, subcommands_of(where));
    return unexpected(word, where, chosen_candidate().arguments, subcommands_of(where));
  }

  static Error value_error(const BadValue& bad) {
    aigw::Error error = bad.error;
    error.message = redact(bad.name.substr(bad.name.rfind(',') + 1) + ": " + error.message);
    return error;
  }

  Result<Parsed> help() {
    const std::string where = context();
    parsed_.help = where.empty() ? overview() : help_of(*find_command(where));
    return std::move(parsed_);
  }

  Result<Parsed> parsed_for(const Command& command) {
    parsed_.command = &command;
    parsed_.run = std::ranges::find(candidates_, &command, &Candidate::command)->run;
    return std::move(parsed_);
  }

  CLI::App root_;
  Parsed parsed_;
  Arguments globals_;
  bool help_ = false;
  bool version_ = false;
  std::vector<Candidate> candidates_;
  std::vector<std::string> rest_;
  std::map<std::string, CLI::App*> apps_;
};

}  // namespace

Arguments global_arguments(config::PathFlags& into) {
  Arguments out;
  out.option("--config", "FILE", into.config, "the configuration file");
  out.option("--db", "FILE", into.db, "the database");
  out.option("--profile", "NAME", into.profile, "whose [profile.NAME] of the configuration file holds",
             {config::kProfiles.begin(), config::kProfiles.end()});
  return out;
}

Result<Parsed> parse(const std::vector<std::string>& words) { return Parser().parse(words); }

}  // namespace aigw::cli
