#include "cli/commands.hpp"

#include <algorithm>
#include <array>

namespace aigw::cli {
namespace {

constexpr std::array kCommands = {
    Command{"completions", "Print the completion script of a shell",
            "aigw completions bash > ~/.local/share/bash-completion/completions/aigw\n"
            "aigw completions zsh > ~/.zfunc/_aigw\n"
            "aigw completions fish > ~/.config/fish/completions/aigw.fish",
            "", Needs::nothing, define_completions},
    Command{"config", "Show each setting and where it was said", "aigw config", "", Needs::nothing, define_config_show},
    Command{"config check", "Say whether the configuration is right, without starting anything",
            "aigw config check\n"
            "AIGW_CONFIG=deploy/aigw.toml AIGW_PROFILE=prod aigw config check",
            "0  it is right; what is only odd is said on stderr\n2  it is wrong", Needs::nothing, define_config_check},
    Command{"config export", "Print the database's providers as the configuration file would say them",
            "aigw config export >> \"$(aigw config path)\"", "", Needs::database, define_config_export},
    Command{"config path", "Print where the configuration file is",
            "$EDITOR \"$(aigw config path)\"\naigw config path --json", "", Needs::nothing, define_config_path},
    Command{"config seal", "Seal a provider's key for the configuration file",
            "printf %s \"$OPENAI_API_KEY\" | aigw config seal\naigw config seal --from-env OPENAI_API_KEY", "",
            Needs::database, define_config_seal},
    Command{"config show", "Show each setting and where it was said",
            "aigw config show\n"
            "aigw config show timeouts\n"
            "aigw config show server.listen --json",
            "", Needs::nothing, define_config_show},
    Command{"db", "Check the database", "aigw db", "0  it is sound\n1  it is not\n2  usage error", Needs::file,
            define_db_check},
    Command{"db backup", "Copy the database into one new file, also while the gateway runs",
            "aigw db backup ~/aigw-backup.db", "", Needs::database, define_db_backup},
    Command{"db check", "Check the database: pages, sums, journal; changes nothing",
            "aigw db check\naigw db check --quick --json", "0  it is sound\n1  it is not\n2  usage error", Needs::file,
            define_db_check},
    Command{"db export", "Print the requests of a time as JSON lines or CSV",
            "aigw db export --since 30d > requests.ndjson\n"
            "aigw db export --since 2026-11-01 --until 2026-12-01 --csv > november.csv",
            "", Needs::database, define_db_export},
    Command{"db migrate", "Bring the database's schema up to date, a backup first",
            "aigw db migrate --dry-run\naigw db migrate", "", Needs::file, define_db_migrate},
    Command{"db recover", "Read what is left of a damaged database into a new one",
            "aigw db recover\naigw db recover --to /mnt/other/aigw.db",
            "0  everything was read\n1  something was lost, or it did not work\n2  usage error", Needs::file,
            define_db_recover},
    Command{"db vacuum", "Give the space of removed rows back to the disk", "aigw db vacuum", "", Needs::database,
            define_db_vacuum},
    Command{"doctor", "Look for what is wrong with this installation, and say what to do",
            "aigw doctor\naigw doctor --offline --json",
            "0  nothing is wrong, though something may be odd\n1  something is wrong\n2  usage error", Needs::nothing,
            define_doctor},
    Command{"env", "Print the variables that point tools and SDKs at the gateway",
            "eval \"$(AIGW_KEY=aigw_... aigw env)\"\n"
            "aigw env --shell fish | source",
            "", Needs::nothing, define_env},
    Command{"help", "Explain aigw, one of its commands or its errors",
            "aigw help\naigw help keys add\naigw help errors", "", Needs::nothing, define_help},
    Command{"keys", "List issued keys and providers' credentials", "aigw keys", "", Needs::database, define_keys_list},
    Command{"keys add", "Store a provider's credential, read from stdin",
            "printf %s \"$OPENAI_API_KEY\" | aigw keys add openai\n"
            "aigw keys add anthropic --from-env ANTHROPIC_API_KEY\n"
            "aigw keys add openai --name second",
            "", Needs::database, define_keys_add},
    Command{"keys issue", "Issue a key to a client; it is shown once",
            "aigw keys issue laptop\n"
            "aigw keys issue ci --expires 30d --json",
            "", Needs::database, define_keys_issue},
    Command{"keys list", "List issued keys and providers' credentials", "aigw keys list\naigw keys list --json", "",
            Needs::database, define_keys_list},
    Command{"keys revoke", "Refuse an issued key from now on", "aigw keys revoke laptop", "", Needs::database,
            define_keys_revoke},
    Command{"keys rm", "Remove an issued key or a credential", "aigw keys rm laptop\naigw keys rm openai/second", "",
            Needs::database, define_keys_rm},
    Command{"keys rotate", "Issue a new key in an old one's place, or replace a credential",
            "aigw keys rotate laptop\n"
            "printf %s \"$OPENAI_API_KEY\" | aigw keys rotate openai",
            "", Needs::database, define_keys_rotate},
    Command{"keys rotate-master", "Seal everything under another master key, while requests run",
            "aigw keys rotate-master\n"
            "openssl rand -hex 32 | tee new.key | aigw keys rotate-master --stdin",
            "", Needs::database, define_keys_rotate_master},
    Command{"keys show", "Show an issued key or a credential, without its secret",
            "aigw keys show laptop\naigw keys show openai --json", "", Needs::database, define_keys_show},
    Command{"keys test", "Ask the provider whether it takes a credential, or tell whether an issued key is active",
            "aigw keys test openai\naigw keys test laptop", "0  it is taken, or active\n1  it is not\n2  usage error",
            Needs::database, define_keys_test},
    Command{"man", "Print the manual page", "aigw man | man -l -\naigw man > /usr/local/share/man/man1/aigw.1", "",
            Needs::nothing, define_man},
    Command{"mock", "Run the built-in provider: it needs no key and no network",
            "aigw mock\n"
            "aigw mock --listen 127.0.0.1:9000",
            "", Needs::daemon, define_mock},
    Command{"models", "List the models that can be asked for, where, and at what price",
            "aigw models\naigw models --provider openai --json", "", Needs::database, define_models},
    Command{"models import", "Read limits, prices and capabilities from a list that others keep",
            "curl -sO https://models.dev/api.json && aigw models import api.json\n"
            "aigw models import model_prices_and_context_window.json",
            "", Needs::database, define_models_import},
    Command{"models list", "List the models that can be asked for, where, and at what price", "aigw models list --all",
            "", Needs::database, define_models},
    Command{"models rm", "Forget what was imported or corrected of models",
            "aigw models rm openai/gpt-4o\naigw models rm --imported", "", Needs::database, define_models_rm},
    Command{"models set", "Correct what is known of a model",
            "aigw models set openai/gpt-4o --context 128000 --output 16384\n"
            "aigw models set local/llama --input 0.1 --output-price 0.4 --capabilities \"chat tools\"",
            "", Needs::database, define_models_set},
    Command{"probe", "Ask each provider whether it is reached and takes its key",
            "aigw probe\n"
            "aigw probe openai anthropic --timeout 5s --json",
            "0  all are healthy\n1  some are not\n2  usage error\n3  no provider is configured", Needs::database,
            define_probe},
    Command{"providers", "List the providers", "aigw providers", "", Needs::database, define_providers_list},
    Command{
        "providers add", "Add a provider of your own",
        "aigw providers add local --dialect openai-chat --base-url http://127.0.0.1:9000/v1 --allow-private --free\n"
        "aigw providers add host --dialect openai-chat --base-url https://api.example.com/v1 --prices-as openai",
        "", Needs::database, define_providers_add},
    Command{"providers list", "List the providers", "aigw providers list --json", "", Needs::database,
            define_providers_list},
    Command{"providers rm", "Remove a provider with its credentials", "aigw providers rm local", "", Needs::database,
            define_providers_rm},
    Command{"providers set", "Replace what is known of a provider; its credentials stay",
            "aigw providers set local --dialect openai-chat --base-url http://127.0.0.1:9001/v1 --allow-private", "",
            Needs::database, define_providers_set},
    Command{"run", "Run a command with a tool's variables set, and a gateway for its time when none runs",
            "aigw run -- claude\n"
            "aigw run --model openai/gpt-4o-mini -- python3 job.py\n"
            "aigw run -- sh -c 'curl -s $OPENAI_BASE_URL/models -H \"authorization: Bearer $OPENAI_API_KEY\"'",
            "0      what the command said, up to 125\n126    it may not be run\n127    there is no such command\n"
            "128+N  signal N ended it\n1, 2   also: the gateway did not start, usage error",
            Needs::nothing, define_run},
    Command{"serve", "Run the gateway",
            "aigw serve --demo\n"
            "aigw serve --listen 127.0.0.1:2449\n"
            "OPENAI_API_KEY=sk-... aigw serve --import-env",
            "", Needs::daemon, define_serve},
    Command{"show", "Show one request in full", "aigw show req_01hf3c9a7kq2b", "", Needs::database, define_show},
    Command{"stats", "Sum up requests, tokens, cost and latency",
            "aigw stats\n"
            "aigw stats --since 7d --by provider,model\n"
            "aigw stats --by key --json",
            "", Needs::database, define_stats},
    Command{"tail", "Print the latest requests, and follow them",
            "aigw tail\n"
            "aigw tail -f\n"
            "aigw tail -n 1000 --json",
            "", Needs::database, define_tail},
    Command{"version", "Print the version", "aigw version\naigw version --json", "", Needs::nothing, define_version},
};

constexpr bool sorted_and_unique() {
  for (std::size_t i = 1; i < kCommands.size(); ++i)
    if (kCommands[i - 1].name >= kCommands[i].name) return false;
  return true;
}
static_assert(sorted_and_unique(), "keep the commands sorted by name");

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto at = std::ranges::lower_bound(kCommands, name, {}, &Command::name);
  return at != kCommands.end() && at->name == name ? &*at : nullptr;
}

}  // namespace aigw::cli
