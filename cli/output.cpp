#include "cli/output.hpp"

#include "base/redact.hpp"
#include "config/environment.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace aigw::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kUsualWidth;
}

}  // namespace

Output::Output() : terminal_(::isatty(STDOUT_FILENO) == 1) {
  if (!terminal_) return;
  width_ = terminal_width();
  colours_ = !config::environment("NO_COLOR") && config::environment("TERM").value_or("dumb") != "dumb";
}

void Output::data(std::string_view text) {
  if (closed_ || failed_ || text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return;
  (errno == EPIPE ? closed_ : failed_) = true;
}

void Output::line(std::string_view text) {
  data(text);
  data("\n");
}

void Output::flush() {
  if (closed_ || failed_ || std::fflush(stdout) == 0) return;
  (errno == EPIPE ? closed_ : failed_) = true;
}

void Output::talk(std::string_view text) const {
  const std::string line = redact(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Output::error(const Error& error) const {
  std::string what = "aigw: " + error.message;
  for (const Error* cause = error.cause.get(); cause; cause = cause->cause.get()) what += " (" + cause->message + ")";
  talk(printable(what));
  if (!error.next.empty()) talk("      " + printable(error.next));
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte == '\n' || byte == '\t') {
      out += ' ';
    } else if (byte < ' ' || byte == 0x7f) {
      out += '?';
    } else if (c1) {
      out += '?';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace aigw::cli
