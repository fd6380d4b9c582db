#include "adapters/registry.hpp"
#include "base/crypto.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/foreground.hpp"
#include "cli/run_gateway.hpp"
#include "cli/session.hpp"
#include "cli/tools.hpp"
#include "config/environment.hpp"
#include "json/writer.hpp"

#include <filesystem>
#include <memory>

namespace aigw::cli {
namespace {

constexpr int kNotRunnable = 126;  // what shells say
constexpr int kNotFound = 127;
constexpr auto kKeyLife = std::chrono::hours(7 * 24);  // for a run that is killed; the others revoke it themselves

struct Options {
  std::vector<std::string> words;
  std::string model;
  std::string tool;
};

/// "run-claude-1f9c03ab": says in `stats` and `tail` who it was.
std::string key_name(const std::string& program) {
  std::string out = "run-";
  for (const char c : program)
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.') out += c;
  std::array<unsigned char, 4> random;
  crypto::random_bytes(random);
  return out.substr(0, 48) + "-" + crypto::to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
}

/// An issued key for one run: revoked at its end, and gone when it was not used.
class RunKey {
 public:
  static Result<RunKey> issue(Session& session, const std::string& program) {
    std::string body;
    json::Writer(body)
        .begin_object()
        .member("name", key_name(program))
        .member("expires_ms", wall_now().value + std::chrono::milliseconds(kKeyLife).count())
        .end_object();
    AIGW_TRY_ASSIGN(const json::Dom row, session.ask_json("POST", "/api/v1/keys", body));
    return RunKey(session, text_of(row, "id"), Secret(text_of(row, "key")));
  }
  RunKey(RunKey&& other) noexcept
      : session_(other.session_), id_(std::exchange(other.id_, {})), secret_(std::move(other.secret_)) {}
  RunKey& operator=(RunKey&&) = delete;
  ~RunKey() {
    if (id_.empty()) return;
    if (const auto revoked = session_.ask("POST", "/api/v1/keys/" + id_ + "/end"); !revoked)
      session_.out().talk("the key of this run could not be revoked (" + revoked.error().text() +
                          "): aigw keys revoke " + id_);
  }
  const Secret& secret() const { return secret_; }

 private:
  RunKey(Session& session, std::string id, Secret secret)
      : session_(session), id_(std::move(id)), secret_(std::move(secret)) {}
  Session& session_;
  std::string id_;
  Secret secret_;
};

void warn_of_dialect(Session& session, const Tool& tool, const ToolTerms& terms) {
  if (tool.dialect == llm::Dialect::none || terms.serves(tool.dialect)) return;
  session.out().talk("aigw: " + std::string(tool.title) + " speaks " + std::string(llm::name_of(tool.dialect)) +
                     ", which this gateway does not serve yet");
}

Result<int> run_command(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY_ASSIGN(const config::Config* config, session.config());
  const std::string program = std::filesystem::path(options.words.front()).filename();
  const Tool& tool = tool_of(options.tool.empty() ? program : options.tool);

  AIGW_TRY_ASSIGN(const RunGateway gateway, RunGateway::find_or_start(paths, *config));
  ToolTerms terms{.url = url_of(gateway.address()), .key = {}, .model = options.model, .codecs = &adapters::codecs()};
  warn_of_dialect(session, tool, terms);
  std::optional<RunKey> own_key;
  if (auto given = config::take_environment_secret("AIGW_KEY")) {
    terms.key = *std::move(given);
  } else {
    AIGW_TRY_ASSIGN(RunKey issued, RunKey::issue(session, program));
    own_key.emplace(std::move(issued));
    terms.key = own_key->secret();
  }

  AIGW_TRY_ASSIGN(const std::vector<Assignment> environment, prepare(tool, terms, paths.db));
  std::vector<std::string> words = options.words;
  if (tool.arguments) {
    const std::vector<std::string> more = tool.arguments(terms);
    // Behind another program's name (npx codex) they would be that one's.
    words.insert(program == tool.program ? words.begin() + 1 : words.end(), more.begin(), more.end());
  }
  session.out().flush();
  auto code = run_in_foreground(words, environment);
  if (code) return code;
  session.out().error(code.error());
  return code.error().kind == ErrorKind::not_found ? kNotFound : kNotRunnable;
}

}  // namespace

Run define_run(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const Tool& tool : tools()) names.emplace_back(tool.program);
  arguments.option("--model", "MODEL", options->model, "the model that the tool is to ask for, where it can be told so")
      .option("--tool", "TOOL", options->tool, "what COMMAND is, when its name does not say so", names)
      .rest("COMMAND", options->words, "the command with its arguments, which are its own; after -- or as they come");
  return [options](Session& session) { return run_command(session, *options); };
}

}  // namespace aigw::cli
