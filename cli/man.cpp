#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

constexpr std::string_view kRevised = "November 26, 2026";

/// As mdoc(7) reads it back: no character of ours is an instruction.
std::string escaped(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

/// Running text: mdoc wants each sentence on a line of its own.
std::string sentences(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool ends = text[at] == '.' && text.substr(at + 1).starts_with(' ');
    out += text[at];
    if (ends) {
      out += '\n';
      ++at;
    }
  }
  return escaped(out) + "\n";
}

std::string literal(std::string_view text) {
  return ".Bd -literal -offset indent -compact\n" + escaped(text) + "\n.Ed\n";
}

/// "Fl -name Ar NAME , Fl n Ar N"
std::string names_of(const Argument& argument) {
  std::string out;
  if (argument.kind == Argument::Kind::positional || argument.kind == Argument::Kind::rest)
    return "Ar " + argument.names;
  for (const std::string_view name : text::split(argument.names, ',')) {
    out.append(out.empty() ? "" : " , ").append("Fl ").append(escaped(name.substr(1)));
    if (argument.kind == Argument::Kind::option) out.append(" Ar ").append(argument.value);
  }
  return out;
}

std::string list_of(const Arguments& arguments) {
  std::string items;
  for (const Argument& argument : arguments.all())
    if (!argument.names.empty()) items += ".It " + names_of(argument) + "\n" + sentences(explained(argument));
  return items.empty() ? items : ".Bl -tag -width Ds\n" + items + ".El\n";
}

std::string section_of(const Command& command) {
  Arguments arguments;
  const Run unused_run = command.define(arguments);
  std::string out = ".Ss " + escaped(command.name) + "\n";
  out += literal(usage_of(command, arguments)) + ".Pp\n" + sentences(std::string(command.summary) + ".");
  out += sentences(explained(command.needs)) + list_of(arguments);
  if (!command.exit_codes.empty()) out += ".Pp\nExit status:\n" + literal(command.exit_codes);
  return out + ".Pp\nExamples:\n" + literal(command.examples);
}

struct Entry {
  std::string_view name;
  std::string_view meaning;
};

constexpr Entry kVariables[] = {
    {"AIGW_CONFIG", "The configuration file."},
    {"AIGW_DB", "The database."},
    {"AIGW_HOME", "The folder of both, instead of the XDG folders."},
    {"AIGW_KEY", "The issued key that aigw env puts in place."},
    {"AIGW_LISTEN", "Where to listen, over the configuration file."},
    {"AIGW_LOG_LEVEL", "What is logged, over the configuration file."},
    {"AIGW_MASTER_KEY", "The key that seals providers' credentials; it leaves the environment at once."},
    {"AIGW_MASTER_KEY_FILE", "The file that holds it."},
    {"NO_COLOR", "Print no colours."},
};

constexpr Entry kFiles[] = {
    {"$XDG_CONFIG_HOME/aigw/aigw.toml", "The configuration, optional."},
    {"$XDG_DATA_HOME/aigw/aigw.db", "Everything else, in SQLite."},
    {"aigw.db.ledger/", "Beside the database: the journal's segments, until SQLite surely has them."},
    {"aigw.db.lock", "Held by the one process that writes."},
    {"aigw.db.sock", "How commands ask the running gateway."},
    {"aigw.db.key", "The master key, made at the first start unless one is given."},
};

template <std::size_t N>
std::string list_of(const Entry (&entries)[N], std::string_view macro) {
  std::string out = ".Bl -tag -width Ds\n";
  for (const Entry& entry : entries)
    out.append(".It ")
        .append(macro)
        .append(" ")
        .append(escaped(entry.name))
        .append("\n")
        .append(sentences(entry.meaning));
  return out + ".El\n";
}

std::string page() {
  config::PathFlags unused;
  std::string out =
      "."
      R"(\" Made by: aigw man)"
      "\n";
  out.append(".Dd ").append(kRevised).append("\n.Dt AIGW 1\n.Os\n");
  out += ".Sh NAME\n.Nm aigw\n.Nd a gateway between your tools and AI providers\n";
  out += ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar argument ...\n";
  out += ".Sh DESCRIPTION\n.Nm\n" + sentences(
                                        "is a gateway between tools and AI providers, with keys, usage and cost in one "
                                        "file. It runs as a server (serve); "
                                        "all other commands work with and without one. Standard output is data, "
                                        "standard error is talk; with --json it "
                                        "is one JSON document, or one a line where rows flow.");
  out += ".Pp\nEvery command takes:\n" + list_of(global_arguments(unused));
  out += ".Sh COMMANDS\n";
  for (const Command& command : commands()) out += section_of(command);
  out += ".Sh ENVIRONMENT\n" + list_of(kVariables, "Ev");
  out += ".Sh FILES\n" + list_of(kFiles, "Pa");
  out += ".Sh EXIT STATUS\nUnless a command says otherwise:\n" + literal(kExitCodes);
  return out + ".Sh EXAMPLES\nTry it without a key and without a network:\n" + literal("aigw serve --demo");
}

}  // namespace

Run define_man(Arguments&) {
  return [](Session& session) -> Result<int> {
    session.out().data(page());
    return kOk;
  };
}

}  // namespace aigw::cli
