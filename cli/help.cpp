#include "cli/help.hpp"

#include "base/text.hpp"
#include "cli/error_page.hpp"
#include "cli/parse.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <memory>

namespace aigw::cli {
namespace {

std::string spaced(std::string_view names) {
  std::string out;
  for (const std::string_view name : text::split(names, ',')) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

std::string indented(std::string_view text) {
  std::string out;
  for (const std::string_view line : text::split(text, '\n')) out.append("  ").append(line).append("\n");
  return out;
}

std::string listed(const Arguments& arguments) {
  Table table({{""}, {""}});
  for (const Argument& argument : arguments.all()) {
    if (argument.names.empty()) continue;
    const bool has_value = argument.kind == Argument::Kind::option;
    table.row({"  " + spaced(argument.names) + (has_value ? " " + argument.value : ""), explained(argument)});
  }
  std::string out;
  for (const std::string& line : table.lines(0, false)) out += line + "\n";
  return out;
}

}  // namespace

std::string usage_of(const Command& command, const Arguments& arguments) {
  std::string out = "aigw " + std::string(command.name);
  for (const Argument& argument : arguments.all()) {
    if (argument.names.empty()) continue;
    std::string word = argument.names.substr(argument.names.rfind(',') + 1);
    if (argument.kind == Argument::Kind::option) word += " " + argument.value;
    if (argument.kind == Argument::Kind::rest) word = "[--] " + word + "...";
    if (argument.count != Argument::Count::one) word = "[" + word + "]";
    if (argument.count == Argument::Count::any) word += "...";
    out += " " + word;
  }
  return out;
}

std::string explained(const Argument& argument) {
  std::string out = argument.help;
  for (const std::string& choice : argument.choices)
    out.append(&choice == &argument.choices.front() ? ": " : ", ").append(choice);
  return out;
}

std::string_view explained(Needs needs) {
  switch (needs) {
    case Needs::nothing:
      return "Needs neither a gateway nor a database.";
    case Needs::file:
      return "Works on the database's file.";
    case Needs::database:
      return "Asks the running gateway of the database; when none runs, works on the database itself.";
    case Needs::daemon:
      return "Runs until it gets SIGINT or SIGTERM.";
  }
  return {};
}

std::string overview() {
  std::string out =
      "aigw: a gateway between your tools and AI providers, with keys, usage and cost in one file\n\n"
      "usage: aigw COMMAND [ARGUMENT...]\n\ncommands:\n";
  Table table({{""}, {""}});
  for (const Command& command : commands()) table.row({"  " + std::string(command.name), std::string(command.summary)});
  for (const std::string& line : table.lines(0, false)) out += line + "\n";
  config::PathFlags unused;
  out += "\noptions of every command:\n" + listed(global_arguments(unused));
  out += "\nexit codes:\n" + indented(kExitCodes);
  out +=
      "\nfirst steps:\n  aigw serve --demo            try it without a key\n"
      "  aigw help COMMAND            options and examples of a command\n"
      "  aigw help errors             what each error means and what to do\n";
  return out;
}

std::string help_of(const Command& command) {
  Arguments arguments;
  const Run unused_run = command.define(arguments);
  std::string out = std::string(command.summary) + ".\n\nusage: " + usage_of(command, arguments) + "\n";
  if (const std::string list = listed(arguments); !list.empty()) out += "\n" + list;
  out += "\nexamples:\n" + indented(command.examples);
  out += "\nexit codes:\n";
  out += indented(command.exit_codes.empty() ? kExitCodes : command.exit_codes);
  out += "\n" + std::string(explained(command.needs)) +
         " Options of every command: --config FILE, --db FILE, --profile NAME.\n";
  return out;
}

Run define_help(Arguments& arguments) {
  auto words = std::make_shared<std::vector<std::string>>();
  arguments.positionals("COMMAND", *words, "the command to explain, or \"errors\"");
  return [words](Session& session) -> Result<int> {
    std::string name;
    for (const std::string& word : *words) name += (name.empty() ? "" : " ") + word;
    if (name.empty()) {
      session.out().data(overview());
      return kOk;
    }
    if (name == "errors") {
      session.out().data(error_page());
      return kOk;
    }
    if (const Command* command = find_command(name)) {
      session.out().data(help_of(*command));
      return kOk;
    }
    std::vector<std::string_view> names;
    for (const Command& command : commands()) names.push_back(command.name);
    const std::string_view meant = text::nearest(name, names);
    return make_error(ErrorKind::config, "there is no command \"" + name + "\"",
                      meant.empty() ? "See: aigw help." : "Did you mean \"" + std::string(meant) + "\"?");
  };
}

}  // namespace aigw::cli
