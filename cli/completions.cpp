#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/parse.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Node {
  std::string name;  ///< "keys add"; "" for the program itself
  std::string summary;
  Arguments arguments;
};

std::vector<Node> nodes() {
  config::PathFlags unused;
  std::vector<Node> out = {{"", "", global_arguments(unused)}};
  for (const Command& command : commands()) {
    Node& node = out.emplace_back(Node{std::string(command.name), std::string(command.summary), {}});
    const Run unused_run = command.define(node.arguments);
  }
  return out;
}

std::vector<const Command*> children(std::string_view parent) {
  std::vector<const Command*> out;
  const std::string prefix = parent.empty() ? "" : std::string(parent) + " ";
  for (const Command& command : commands())
    if (command.name.starts_with(prefix) && command.name.find(' ', prefix.size()) == std::string_view::npos)
      out.push_back(&command);
  return out;
}

std::string last_word(std::string_view name) { return std::string(name.substr(name.rfind(' ') + 1)); }

bool is_option(const Argument& argument) {
  return argument.kind == Argument::Kind::option || argument.kind == Argument::Kind::flag;
}
bool takes_file(const Argument& argument) { return argument.value == "FILE"; }

std::string words_of(const Node& node) {
  std::string out;
  const auto add = [&](std::string_view word) { out.append(out.empty() ? "" : " ").append(word); };
  for (const Command* child : children(node.name)) add(last_word(child->name));
  for (const Argument& argument : node.arguments.all()) {
    if (is_option(argument))
      for (const std::string_view name : text::split(argument.names, ',')) add(name);
    else
      for (const std::string& choice : argument.choices) add(choice);
  }
  if (!node.name.empty()) add("--config"), add("--db");
  add("--help");
  return out;
}

std::string bash_script() {
  std::string out =
      "# Completions of aigw for bash. Made by: aigw completions bash\n"
      "_aigw() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"${path:+$path }$word\" in\n";
  std::string names;
  for (const Command& command : commands()) names.append(names.empty() ? "'" : " | '").append(command.name).append("'");
  out += "      " + names + ") path=\"${path:+$path }$word\" ;;\n    esac\n  done\n";
  out += "  case \"$prev\" in\n    --config | --db) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n  esac\n";
  out += "  case \"$path $prev\" in\n";
  for (const Node& node : nodes())
    for (const Argument& argument : node.arguments.all()) {
      if (argument.kind != Argument::Kind::option || argument.choices.empty()) continue;
      std::string patterns, choices;
      for (const std::string_view name : text::split(argument.names, ','))
        patterns.append(patterns.empty() ? "" : " | ").append("'" + node.name + " " + std::string(name) + "'");
      for (const std::string& choice : argument.choices) choices.append(choices.empty() ? "" : " ").append(choice);
      out += "    " + patterns + ") COMPREPLY=($(compgen -W '" + choices + "' -- \"$cur\")); return ;;\n";
    }
  out += "  esac\n  case \"$path\" in\n";
  for (const Node& node : nodes())
    out += "    '" + node.name + "') COMPREPLY=($(compgen -W '" + words_of(node) + "' -- \"$cur\")) ;;\n";
  out += "  esac\n}\ncomplete -F _aigw aigw\n";
  return out;
}

/// Inside single quotes of zsh's `_arguments` and fish, where these characters mean something.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (special.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string zsh_action(const Argument& argument) {
  if (!argument.choices.empty()) {
    std::string choices;
    for (const std::string& choice : argument.choices) choices.append(choices.empty() ? "" : " ").append(choice);
    return "(" + choices + ")";
  }
  return takes_file(argument) ? "_files" : "";
}

std::string zsh_arguments(const Arguments& arguments) {
  constexpr std::string_view kSpecial = ":[]\\";
  std::string out;
  for (const Argument& argument : arguments.all()) {
    if (argument.names.empty()) continue;
    const std::string help = escaped(argument.help, kSpecial);
    if (!is_option(argument)) {
      const bool any = argument.count == Argument::Count::any;
      const std::string optional = argument.count == Argument::Count::optional ? "::" : ":";
      out += " '" + (any ? "*:" : optional) + escaped(argument.names, kSpecial) + ":" + zsh_action(argument) + "'";
      continue;
    }
    for (const std::string_view name : text::split(argument.names, ',')) {
      const std::string repeat = argument.count == Argument::Count::any ? "*" : "";
      const std::string value =
          argument.kind == Argument::Kind::flag ? "" : ":" + argument.value + ":" + zsh_action(argument);
      out += " '" + repeat + std::string(name) + "[" + help + "]" + value + "'";
    }
  }
  return out;
}

std::string zsh_commands(std::string_view parent) {
  std::string out;
  for (const Command* child : children(parent))
    out += " '" + last_word(child->name) + ":" + escaped(child->summary, ":\\") + "'";
  return out;
}

std::string zsh_script() {
  config::PathFlags unused;
  const std::string globals = zsh_arguments(global_arguments(unused)) + " '--help[explain]'";
  // `path` would be zsh's own PATH. `_arguments` counts from the command's own word, so the words before it are shifted
  // out.
  std::string out =
      "#compdef aigw\n"
      "# Completions of aigw for zsh. Made by: aigw completions zsh\n"
      "_aigw() {\n"
      "  local at='' word\n"
      "  local -i place=1 own=1\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    place+=1\n"
      "    case \"${at:+$at }$word\" in\n";
  std::string names;
  for (const Command& command : commands()) names.append(names.empty() ? "'" : "|'").append(command.name).append("'");
  out += "      " + names + ") at=\"${at:+$at }$word\" own=place ;;\n    esac\n  done\n";
  out += "  shift $(( own - 1 )) words\n  (( CURRENT -= own - 1 ))\n  local -a commands\n  case \"$at\" in\n";
  for (const Node& node : nodes()) {
    out += "    '" + node.name + "')\n";
    if (!children(node.name).empty())
      out +=
          "      commands=(" + zsh_commands(node.name) + " )\n      (( CURRENT == 2 )) && _describe command commands\n";
    out += "      _arguments" + (node.name.empty() ? "" : zsh_arguments(node.arguments)) + globals + " ;;\n";
  }
  out += "  esac\n}\nif [ \"$funcstack[1]\" = _aigw ]; then _aigw \"$@\"; else compdef _aigw aigw; fi\n";
  return out;
}

std::string fish_condition(const Node& node) {
  if (node.name.empty()) return "test (__aigw_path) = ''";
  return "test (__aigw_path) = '" + node.name + "'";
}

std::string fish_script() {
  std::string out =
      "# Completions of aigw for fish. Made by: aigw completions fish\n"
      "function __aigw_path\n"
      "  set -l path ''\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    set -l longer (string trim -- \"$path $word\")\n"
      "    contains -- $longer";
  for (const Command& command : commands()) out += " '" + std::string(command.name) + "'";
  out += "; and set path $longer\n  end\n  echo \"$path\"\nend\ncomplete -c aigw -f\n";
  out +=
      "complete -c aigw -l config -r -F -d 'the configuration file'\ncomplete -c aigw -l db -r -F -d 'the database'\n";
  out += "complete -c aigw -s h -l help -d 'explain'\n";
  for (const Node& node : nodes()) {
    const std::string when = "complete -c aigw -n \"" + fish_condition(node) + "\"";
    for (const Command* child : children(node.name))
      out += when + " -a " + last_word(child->name) + " -d '" + escaped(child->summary, "\\") + "'\n";
    if (node.name.empty()) continue;
    for (const Argument& argument : node.arguments.all()) {
      if (!is_option(argument)) {
        for (const std::string& choice : argument.choices) out += when + " -a " + choice + "\n";
        continue;
      }
      out += when;
      for (const std::string_view name : text::split(argument.names, ','))
        out += name.starts_with("--") ? " -l " + std::string(name.substr(2)) : " -s " + std::string(name.substr(1));
      if (argument.kind == Argument::Kind::option) out += " -r";
      if (!argument.choices.empty()) {
        out += " -a '";
        for (const std::string& choice : argument.choices)
          out.append(&choice == &argument.choices.front() ? "" : " ").append(choice);
        out += "'";
      }
      out += " -d '" + escaped(argument.help, "\\") + "'\n";
    }
  }
  return out;
}

}  // namespace

Run define_completions(Arguments& arguments) {
  auto shell = std::make_shared<std::string>();
  arguments.choice("SHELL", *shell, "the shell", {"bash", "fish", "zsh"});
  return [shell](Session& session) -> Result<int> {
    session.out().data(*shell == "bash" ? bash_script() : *shell == "zsh" ? zsh_script() : fish_script());
    return kOk;
  };
}

}  // namespace aigw::cli
