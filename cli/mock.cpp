#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "net/simple_server.hpp"
#include "server/mock_provider.hpp"

#include <pthread.h>

#include <csignal>
#include <memory>

namespace aigw::cli {
namespace {

/// Before any thread begins, so that all of them leave these signals to `wait_for_end`.
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<int> run_mock(Session& session, const std::string& listen) {
  auto address = config::ListenAddress::parse(listen);
  if (!address) return std::move(address).error().within("--listen");
  const sigset_t signals = block_end_signals();
  AIGW_TRY_ASSIGN(const auto server,
                  net::SimpleServer::listen_tcp(address->host, address->port, server::mock_provider()));
  address->port = server->port();
  const std::string url = "http://" + address->text();
  session.out().line(url);
  session.out().flush();
  session.out().talk("the built-in provider speaks openai-chat and openai-responses at " + url +
                     "/v1, anthropic-messages and gemini-generate at " + url + ", and takes any key\n" +
                     "add it: aigw providers add mock --dialect openai-chat --base-url " + url +
                     "/v1 --speaks openai-responses=" + url + "/v1 --speaks anthropic-messages=" + url +
                     " --speaks gemini-generate=" + url + " --auth none --allow-private --free");
  int signal = 0;
  sigwait(&signals, &signal);
  server->stop();
  return kOk;
}

}  // namespace

Run define_mock(Arguments& arguments) {
  auto listen = std::make_shared<std::string>("127.0.0.1:2450");
  arguments.option("--listen", "ADDRESS", *listen,
                   "IP address and port, 127.0.0.1:2450 unless said; port 0: any free one");
  return [listen](Session& session) { return run_mock(session, *listen); };
}

}  // namespace aigw::cli
