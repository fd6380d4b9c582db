#include "cli/tools.hpp"

#include "adapters/catalog.hpp"
#include "cli/gemini_home.hpp"
#include "config/environment.hpp"

#include <algorithm>
#include <array>

namespace aigw::cli {
namespace {

using llm::Dialect;

constexpr Dialect kChat = Dialect::openai_chat;
constexpr Dialect kMessages = Dialect::anthropic_messages;
constexpr Dialect kGemini = Dialect::gemini_generate;

// Names as the tools' own documents and programs have them (Claude Code 2.1, Codex 0.169, Gemini CLI 0.61, Aider 0.86).

constexpr std::array kAider = {
    ToolVariable{"OPENAI_API_BASE", Setting::url_v1, kChat},
    ToolVariable{"OPENAI_API_KEY", Setting::key, kChat},
    ToolVariable{"ANTHROPIC_BASE_URL", Setting::url, kMessages},
    ToolVariable{"ANTHROPIC_API_KEY", Setting::key, kMessages},
    ToolVariable{"AIDER_MODEL", Setting::model, kChat,
                 "openai/"},  // the prefix names its client library, not a provider
    ToolVariable{"AIDER_ANALYTICS", Setting::text, Dialect::none, "false"},
};

// It prefers a key of its own over the token, and asks about it; each background task has a model of its own.
constexpr std::array kClaude = {
    ToolVariable{"ANTHROPIC_BASE_URL", Setting::url, kMessages},
    ToolVariable{"ANTHROPIC_AUTH_TOKEN", Setting::key, kMessages},
    ToolVariable{"ANTHROPIC_API_KEY", Setting::unset, kMessages},
    ToolVariable{"CLAUDE_CODE_OAUTH_TOKEN", Setting::unset, kMessages},
    ToolVariable{"CLAUDE_CODE_USE_BEDROCK", Setting::unset, kMessages},
    ToolVariable{"CLAUDE_CODE_USE_FOUNDRY", Setting::unset, kMessages},
    ToolVariable{"CLAUDE_CODE_USE_VERTEX", Setting::unset, kMessages},
    ToolVariable{"ANTHROPIC_MODEL", Setting::model, kMessages},
    ToolVariable{"ANTHROPIC_DEFAULT_OPUS_MODEL", Setting::model, kMessages},
    ToolVariable{"ANTHROPIC_DEFAULT_SONNET_MODEL", Setting::model, kMessages},
    ToolVariable{"ANTHROPIC_DEFAULT_HAIKU_MODEL", Setting::model, kMessages},
    ToolVariable{"CLAUDE_CODE_SUBAGENT_MODEL", Setting::model, kMessages},
    ToolVariable{"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", Setting::text, Dialect::none, "1"},
};

constexpr std::array kCodex = {ToolVariable{"AIGW_KEY", Setting::key}};

constexpr std::array kGeminiCli = {
    ToolVariable{"GOOGLE_GEMINI_BASE_URL", Setting::url, kGemini},
    ToolVariable{"GEMINI_API_KEY", Setting::key, kGemini},
    ToolVariable{"GEMINI_MODEL", Setting::model, kGemini},
    ToolVariable{"GOOGLE_API_KEY", Setting::unset, kGemini},
    ToolVariable{"GOOGLE_GENAI_USE_GCA", Setting::unset, kGemini},
    ToolVariable{"GOOGLE_GENAI_USE_VERTEXAI", Setting::unset, kGemini},
    ToolVariable{"GEMINI_TELEMETRY_ENABLED", Setting::text, Dialect::none, "false"},
};

// What the SDKs and most programs on top of them read. Any program may start any tool, so all of it is set.
constexpr std::array kSdks = {
    ToolVariable{"OPENAI_BASE_URL", Setting::url_v1, kChat},
    ToolVariable{"OPENAI_API_BASE", Setting::url_v1, kChat},
    ToolVariable{"OPENAI_API_KEY", Setting::key, kChat},
    ToolVariable{"OPENAI_MODEL", Setting::model, kChat},
    ToolVariable{"ANTHROPIC_BASE_URL", Setting::url, kMessages},
    ToolVariable{"ANTHROPIC_AUTH_TOKEN", Setting::key, kMessages},
    ToolVariable{"ANTHROPIC_API_KEY", Setting::key, kMessages},
    ToolVariable{"ANTHROPIC_MODEL", Setting::model, kMessages},
    ToolVariable{"GOOGLE_GEMINI_BASE_URL", Setting::url, kGemini},
    ToolVariable{"GEMINI_API_KEY", Setting::key, kGemini},
    ToolVariable{"GEMINI_MODEL", Setting::model, kGemini},
    ToolVariable{"GOOGLE_API_KEY", Setting::unset, kGemini},
};

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// What the catalogue says of a model that may have its provider's name in front; 0: nothing. Other hosts of the same
/// model may have less room than its maker.
std::int64_t context_tokens_of(std::string_view model) {
  std::int64_t least = 0;
  const std::string_view name = model.substr(model.rfind('/') + 1);
  for (const llm::ModelFact& fact : adapters::catalog())
    if (fact.id == name && fact.context_tokens_max > 0)
      least = least == 0 ? fact.context_tokens_max : std::min(least, fact.context_tokens_max);
  return least;
}

/// Codex reads its provider from its configuration alone. Overrides leave the user's own file, log-in and sessions as
/// they are; the key stays in a variable that they name.
std::vector<std::string> codex_arguments(const ToolTerms& terms) {
  const std::string provider = "model_providers.aigw={name=\"aigw\",base_url=" + toml_quoted(terms.url + "/v1") +
                               ",env_key=\"AIGW_KEY\",wire_api=\"responses\"}";
  std::vector<std::string> out = {"-c", "model_provider=\"aigw\"", "-c", provider};
  if (terms.model.empty()) return out;
  out.insert(out.end(), {"-c", "model=" + toml_quoted(terms.model)});
  // It takes a model that it does not know for one of 272,000 tokens, and would not make room in time.
  if (const std::int64_t context = context_tokens_of(terms.model))
    out.insert(out.end(), {"-c", "model_context_window=" + std::to_string(context)});
  return out;
}

constexpr std::array kTools = {
    Tool{"aider", "Aider", Dialect::none, kAider, nullptr, nullptr, "name models openai/MODEL or anthropic/MODEL"},
    Tool{"claude", "Claude Code", kMessages, kClaude, nullptr, nullptr, {}},
    Tool{"codex", "Codex", Dialect::openai_responses, kCodex, codex_arguments, nullptr, {}},
    Tool{"gemini", "Gemini CLI", kGemini, kGeminiCli, nullptr, gemini_home},
    Tool{"sdk", "OpenAI, Anthropic and Google SDKs", Dialect::none, kSdks, nullptr, nullptr, {}},
};

std::optional<std::string> value_of(const ToolVariable& variable, const ToolTerms& terms) {
  switch (variable.setting) {
    case Setting::url:
      return terms.url;
    case Setting::url_v1:
      return terms.url + "/v1";
    case Setting::key:
      return std::string(terms.key.reveal());
    case Setting::model:
      return std::string(variable.text) + terms.model;
    case Setting::text:
      return std::string(variable.text);
    case Setting::unset:
      break;
  }
  return std::nullopt;
}

bool applies(const ToolVariable& variable, const ToolTerms& terms) {
  if (variable.dialect != Dialect::none && !terms.serves(variable.dialect)) return false;
  if (variable.setting == Setting::key) return !terms.key.empty();
  if (variable.setting == Setting::model) return !terms.model.empty();
  if (variable.setting == Setting::text) return !config::environment(std::string(variable.name).c_str());
  return true;
}

/// A proxy for the way out would be asked to reach our loopback.
void add_proxy_exception(std::vector<Assignment>& out) {
  constexpr std::array kProxies = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"};
  if (std::ranges::none_of(kProxies, [](const char* name) { return config::environment(name).has_value(); })) return;
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    const std::string before = config::environment(name).value_or("");
    out.push_back({name, before + (before.empty() ? "" : ",") + "127.0.0.1,localhost,::1"});
  }
}

}  // namespace

bool ToolTerms::serves(Dialect dialect) const {
  return std::ranges::any_of(codecs->surfaces, [&](const llm::Surface& surface) { return surface.dialect == dialect; });
}

std::span<const Tool> tools() { return kTools; }

const Tool& tool_of(std::string_view program) {
  const auto found = std::ranges::find(kTools, program, &Tool::program);
  return found == kTools.end() ? kTools.back() : *found;
}

Result<std::vector<Assignment>> prepare(const Tool& tool, const ToolTerms& terms, const std::filesystem::path& db) {
  std::vector<Assignment> out;
  for (const ToolVariable& variable : tool.variables)
    if (applies(variable, terms)) out.push_back({std::string(variable.name), value_of(variable, terms)});
  add_proxy_exception(out);
  if (!tool.prepare) return out;
  std::filesystem::path folder = db;
  folder += "." + std::string(tool.program);
  AIGW_TRY_ASSIGN(auto prepared, tool.prepare(folder));
  if (prepared) out.push_back(*std::move(prepared));
  return out;
}

}  // namespace aigw::cli
