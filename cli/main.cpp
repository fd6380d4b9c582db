// The composition root: from the command line to one command, and from its result to an exit code.

#include "base/process.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "cli/parse.hpp"
#include "cli/session.hpp"

#include <exception>
#include <string>
#include <vector>

namespace aigw::cli {
namespace {

int exit_code_of(const Error& error) {
  return error.kind == ErrorKind::config || error.kind == ErrorKind::bad_request ? kUsage : kFailed;
}

int finish(Output& out, int code) {
  out.flush();
  if (out.closed()) return kOk;  // the reader had enough: `aigw tail -n 1000 | head`
  if (out.failed()) {
    out.error(make_error(ErrorKind::internal, "cannot write to stdout", "Is the disk full?"));
    return kFailed;
  }
  return code;
}

int run(const std::vector<std::string>& words) {
  auto parsed = parse(words);
  if (!parsed) {
    Output().error(parsed.error());
    return kUsage;
  }
  Session session(parsed->path_flags);
  if (parsed->nothing_asked) {
    session.out().talk(parsed->help);
    return kUsage;
  }
  if (!parsed->command) {
    session.out().data(parsed->help);
    return finish(session.out(), kOk);
  }
  const Result<int> code = parsed->run(session);
  if (!code) {
    session.out().flush();
    session.out().error(code.error());
    return exit_code_of(code.error());
  }
  return finish(session.out(), *code);
}

}  // namespace
}  // namespace aigw::cli

int main(int argc, char** argv) {
  aigw::process::harden();
  try {
    return aigw::cli::run({argv + 1, argv + argc});
  } catch (const std::exception& broken) {
    aigw::cli::Output().error(aigw::make_error(
        aigw::ErrorKind::internal, std::string("an unexpected failure: ") + broken.what(), "Please report it."));
    return aigw::cli::kFailed;
  }
}
