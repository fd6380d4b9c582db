#include "cli/gemini_home.hpp"

#include "base/files.hpp"
#include "config/environment.hpp"
#include "json/dom.hpp"

namespace aigw::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariable = "GEMINI_CLI_HOME";
constexpr std::string_view kFolder = ".gemini";
constexpr std::string_view kSettings = "settings.json";
constexpr std::string_view kKeyAuth = "gemini-api-key";

/// An empty object when there is no such file. @errors config
Result<json::Dom> read_settings(const fs::path& file) {
  const auto text = files::read_file(file);
  if (!text && text.error().kind == ErrorKind::not_found) return json::Dom::object();
  auto settings = json::Dom::parse(text ? *text : std::string(), nullptr, /*allow_exceptions=*/false,
                                   /*ignore_comments=*/true);
  if (!settings.is_object())
    return make_error(ErrorKind::config, "Gemini CLI's settings in " + file.string() + " are no JSON object",
                      "Correct the file, or move it away");
  return settings;
}

bool chooses_key(const json::Dom& settings) {
  const json::Dom::json_pointer at("/security/auth/selectedType");
  return settings.contains(at) && settings.at(at) == kKeyAuth;
}

void choose_key(json::Dom& settings) {
  json::Dom* at = &settings;
  for (const char* name : {"security", "auth"}) {
    at = &(*at)[name];
    if (!at->is_object()) *at = json::Dom::object();
  }
  (*at)["selectedType"] = kKeyAuth;
}

/// What stands there already stays: the tool has written it since.
void link_entries(const fs::path& from, const fs::path& to) {
  std::error_code ignored;  // a home without one thing is better than none
  for (const fs::directory_entry& entry : fs::directory_iterator(from, ignored)) {
    const fs::path name = entry.path().filename();
    if (name != kSettings && fs::symlink_status(to / name, ignored).type() == fs::file_type::not_found)
      fs::create_symlink(entry.path(), to / name, ignored);
  }
}

}  // namespace

Result<std::optional<Assignment>> gemini_home(const fs::path& folder) {
  const auto named = config::environment(kVariable);
  const fs::path theirs = fs::path(named ? *named : config::environment("HOME").value_or("")) / kFolder;
  const fs::path ours = folder / kFolder;
  std::error_code unseen;
  AIGW_TRY_ASSIGN(json::Dom settings,
                  read_settings((fs::exists(theirs / kSettings, unseen) ? theirs : ours) / kSettings));
  if (fs::exists(theirs / kSettings, unseen) && chooses_key(settings)) return std::optional<Assignment>();

  AIGW_TRY(files::make_private_dir(ours));
  link_entries(theirs, ours);
  choose_key(settings);
  AIGW_TRY(files::write_private_file_atomic(ours / kSettings, json::dump(settings, 2) + "\n"));
  return std::optional(Assignment{kVariable, folder.string()});
}

}  // namespace aigw::cli
