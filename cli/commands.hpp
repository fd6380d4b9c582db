#pragma once
// The table of commands: help, parsing, completions and exit codes all read it. One row and one file a command.

#include "base/error.hpp"
#include "cli/arguments.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace aigw::cli {

class Session;
using Run = std::function<Result<int>(Session&)>;

/// What a command works on, for its help.
enum class Needs : std::uint8_t {
  nothing,   ///< runs anywhere
  file,      ///< reads the database's file, whether or not a gateway runs
  database,  ///< asks the running gateway, or works on the database itself when none runs
  daemon,    ///< is a server itself
};

struct Command {
  std::string_view name;        ///< "keys add"
  std::string_view summary;     ///< one line, no full stop
  std::string_view examples;    ///< lines that work as they stand
  std::string_view exit_codes;  ///< beyond 0, 1 and 2
  Needs needs = Needs::nothing;
  Run (*define)(Arguments& arguments);  ///< says what it takes and gives what runs
};

/// Sorted by name; static storage.
std::span<const Command> commands();
const Command* find_command(std::string_view name);

Run define_completions(Arguments& arguments);
Run define_config_check(Arguments& arguments);
Run define_config_export(Arguments& arguments);
Run define_config_path(Arguments& arguments);
Run define_config_seal(Arguments& arguments);
Run define_config_show(Arguments& arguments);
Run define_db_backup(Arguments& arguments);
Run define_db_check(Arguments& arguments);
Run define_db_export(Arguments& arguments);
Run define_db_migrate(Arguments& arguments);
Run define_db_recover(Arguments& arguments);
Run define_db_vacuum(Arguments& arguments);
Run define_doctor(Arguments& arguments);
Run define_env(Arguments& arguments);
Run define_help(Arguments& arguments);
Run define_keys_add(Arguments& arguments);
Run define_keys_issue(Arguments& arguments);
Run define_keys_list(Arguments& arguments);
Run define_keys_revoke(Arguments& arguments);
Run define_keys_rm(Arguments& arguments);
Run define_keys_rotate(Arguments& arguments);
Run define_keys_rotate_master(Arguments& arguments);
Run define_keys_show(Arguments& arguments);
Run define_keys_test(Arguments& arguments);
Run define_man(Arguments& arguments);
Run define_mock(Arguments& arguments);
Run define_models(Arguments& arguments);
Run define_models_import(Arguments& arguments);
Run define_models_rm(Arguments& arguments);
Run define_models_set(Arguments& arguments);
Run define_probe(Arguments& arguments);
Run define_providers_add(Arguments& arguments);
Run define_providers_list(Arguments& arguments);
Run define_providers_rm(Arguments& arguments);
Run define_providers_set(Arguments& arguments);
Run define_run(Arguments& arguments);
Run define_serve(Arguments& arguments);
Run define_show(Arguments& arguments);
Run define_stats(Arguments& arguments);
Run define_tail(Arguments& arguments);
Run define_version(Arguments& arguments);

}  // namespace aigw::cli
