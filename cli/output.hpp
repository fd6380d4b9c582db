#pragma once
// Stdout is data, stderr is talk. A reader that goes away (`| head`) is success: writing then does nothing. One thread.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace aigw::cli {

class Output {
 public:
  Output();

  void data(std::string_view text);  ///< to stdout, as it is
  void line(std::string_view text);  ///< to stdout, with a line's end
  void flush();
  void talk(std::string_view text) const;  ///< a line to stderr, redacted
  /// "aigw: message", and the next step on a line of its own.
  void error(const Error& error) const;

  bool closed() const { return closed_; }  ///< nobody reads any more: stop working
  bool failed() const { return failed_; }  ///< stdout could not be written for another reason
  bool terminal() const { return terminal_; }
  bool colours() const { return colours_; }
  std::size_t width() const { return width_; }  ///< columns; 0 when stdout is no terminal: do not cut

 private:
  bool terminal_ = false;
  bool colours_ = false;
  bool closed_ = false;
  bool failed_ = false;
  std::size_t width_ = 0;
};

/// Control characters replaced, so that a model's name cannot steer the terminal.
std::string printable(std::string_view text);

}  // namespace aigw::cli
