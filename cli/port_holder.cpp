#include "cli/port_holder.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>

namespace aigw::cli {
namespace {

namespace fs = std::filesystem;

/// The inodes of sockets that listen on `port`, from lines such as
/// "  0: 0100007F:0991 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 123456 ...".
void add_listeners(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  const auto text = files::read_file(table);
  if (!text) return;
  for (const std::string_view line : text::split(*text, '\n')) {
    std::istringstream words{std::string(line)};
    std::string number, local, remote, state, skipped, inode;
    words >> number >> local >> remote >> state >> skipped >> skipped >> skipped >> skipped >> skipped >> inode;
    unsigned found = 0;
    const auto colon = local.rfind(':');
    if (state != "0A" || colon == std::string::npos) continue;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port) inodes.insert("socket:[" + inode + "]");
  }
}

bool has_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code error;
  for (fs::directory_iterator at(process / "fd", error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (sockets.contains(fs::read_symlink(at->path(), gone).string())) return true;
  }
  return false;
}

}  // namespace

Port try_port(const config::ListenAddress& address, std::string& reason) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_in);
  if (auto* four = reinterpret_cast<sockaddr_in*>(&storage);
      ::inet_pton(AF_INET, address.host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(address.port);
  } else {
    auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
    static_cast<void>(::inet_pton(AF_INET6, address.host.c_str(), &six->sin6_addr));
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(address.port);
    size = sizeof(sockaddr_in6);
  }
  const files::Handle probe(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (probe && ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0 &&
      ::listen(probe.get(), 1) == 0)
    return Port::free;
  const int code = errno;
  reason = std::generic_category().message(code);
  return code == EADDRINUSE ? Port::taken : Port::unusable;
}

std::string holder_of_port(std::uint16_t port) {
  std::set<std::string> sockets;
  add_listeners("/proc/net/tcp", port, sockets);
  add_listeners("/proc/net/tcp6", port, sockets);
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && !sockets.empty() && at != end; at.increment(error)) {
    const std::string pid = at->path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !has_one_of(at->path(), sockets)) continue;
    const auto name = files::read_file(at->path() / "comm");
    return (name ? std::string(text::trim(*name)) : "a program") + " (process " + pid + ")";
  }
  return {};
}

}  // namespace aigw::cli
