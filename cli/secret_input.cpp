#include "cli/secret_input.hpp"

#include "base/redact.hpp"
#include "base/text.hpp"
#include "config/environment.hpp"

#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace aigw::cli {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;  // service-account files reach a few KiB

/// Turns the terminal's echo off while it lives.
class NoEcho {
 public:
  NoEcho() : active_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!active_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool active_;
};

Error no_key(std::string_view where) {
  return make_error(ErrorKind::config, "no key came " + std::string(where),
                    "Pipe it in: printf %s \"$KEY\" | aigw keys add PROVIDER, or name a variable with --from-env.");
}

/// Without stdio, whose buffer would keep a copy. Until the end of input, or of the line when a person types.
Result<std::string> read_stdin(bool one_line) {
  std::string text;
  text.reserve(kSecretBytesMax + 1);  // no copies left behind by growing
  while (text.size() <= kSecretBytesMax) {
    char part[4096];
    const ssize_t got = ::read(STDIN_FILENO, part, std::min(sizeof part, kSecretBytesMax + 1 - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return make_error(ErrorKind::config, "cannot read the key from stdin");
    text.append(part, static_cast<std::size_t>(got));
    ::explicit_bzero(part, sizeof part);
    if (got == 0 || (one_line && text.find('\n') != std::string::npos)) return text;
  }
  return make_error(ErrorKind::config, "more than 64 KiB came on stdin", "Pipe in the key alone.");
}

Result<Secret> from_stdin(std::string_view what) {
  const auto text = [&]() -> Result<std::string> {
    if (::isatty(STDIN_FILENO) != 1) return read_stdin(false);
    // The prompt comes after the echo is off: what is typed or pasted at once is then neither shown nor flushed away.
    const NoEcho quiet;
    std::fprintf(stderr, "%.*s (not shown): ", static_cast<int>(what.size()), what.data());
    return read_stdin(true);
  }();
  if (!text) return text.error();
  const std::string_view key = text::trim(*text);
  if (key.empty()) return no_key("on stdin");
  const bool is_document = key.starts_with('{');  // a service account's
  if (!is_document && key.find('\n') != std::string_view::npos)
    return make_error(ErrorKind::config, "more than one line came on stdin", "Pipe in the key alone.");
  return Secret(std::string(key));
}

}  // namespace

Status refuse_key_arguments(std::string_view command, const std::vector<std::string>& words,
                            const std::vector<std::string>& leftovers) {
  const bool looks = std::ranges::any_of(words, [](const std::string& word) { return looks_like_key(word); });
  if (!looks && leftovers.empty()) return {};
  return make_error(
      ErrorKind::config,
      "a key is not taken as an argument: it would stay in the shell's history and show in everyone's process list",
      "Pipe it in: printf %s \"$KEY\" | aigw " + std::string(command) +
          " PROVIDER, or name a variable with --from-env.");
}

Result<Secret> read_secret(std::string_view what, const std::string& from_env) {
  if (from_env.empty()) return from_stdin(what);
  if (auto secret = config::take_environment_secret(from_env.c_str())) {
    const std::string_view key = text::trim(secret->reveal());
    if (!key.empty()) return Secret(std::string(key));
  }
  return make_error(ErrorKind::config, "the variable " + from_env + " is not set, or empty",
                    "Export it first, or pipe the key in.");
}

}  // namespace aigw::cli
