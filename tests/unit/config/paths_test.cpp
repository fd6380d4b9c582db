#include "config/paths.hpp"

#include <doctest/doctest.h>

#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <optional>

using namespace aigw;
using namespace aigw::config;

namespace {

/// Sets the variables that matter and puts the old values back.
class Environment {
 public:
  Environment() {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (const char* value = std::getenv(kNames[i])) saved_[i] = value;
      ::unsetenv(kNames[i]);
    }
    ::setenv("HOME", "/home/anna", 1);
  }
  ~Environment() {
    for (std::size_t i = 0; i < kNames.size(); ++i)
      saved_[i] ? ::setenv(kNames[i], saved_[i]->c_str(), 1) : ::unsetenv(kNames[i]);
  }
  Environment& set(const char* name, const char* value) {
    ::setenv(name, value, 1);
    return *this;
  }

 private:
  static constexpr std::array kNames = {"HOME",          "AIGW_HOME",       "AIGW_CONFIG", "AIGW_DB", "XDG_CONFIG_HOME",
                                        "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "AIGW_PROFILE"};
  std::array<std::optional<std::string>, kNames.size()> saved_;
};

}  // namespace

TEST_CASE("files stand where XDG says") {
  Environment environment;
  auto paths = find_paths({});
  CHECK(paths->config_file == "/home/anna/.config/aigw/aigw.toml");
  CHECK_FALSE(paths->config_named);
  CHECK(paths->db == "/home/anna/.local/share/aigw/aigw.db");
  CHECK(paths->ledger == "/home/anna/.local/share/aigw/aigw.db.ledger");
  CHECK(paths->lock == "/home/anna/.local/share/aigw/aigw.db.lock");
  CHECK(paths->socket == "/home/anna/.local/share/aigw/aigw.db.sock");

  environment.set("XDG_CONFIG_HOME", "/etc/c").set("XDG_DATA_HOME", "relative/is/ignored");
  paths = find_paths({});
  CHECK(paths->config_file == "/etc/c/aigw/aigw.toml");
  CHECK(paths->db == "/home/anna/.local/share/aigw/aigw.db");
}

TEST_CASE("one folder can hold everything, and a flag beats a variable") {
  Environment environment;
  environment.set("AIGW_HOME", "/srv/aigw");
  CHECK(find_paths({})->config_file == "/srv/aigw/aigw.toml");
  CHECK(find_paths({})->db == "/srv/aigw/aigw.db");
  environment.set("AIGW_DB", "/data/x.db").set("AIGW_CONFIG", "/data/x.toml");
  CHECK(find_paths({})->db == "/data/x.db");
  CHECK(find_paths({})->config_named);
  CHECK(find_paths({"/flag.toml", "/flag.db", ""})->config_file == "/flag.toml");
  CHECK(find_paths({"/flag.toml", "/flag.db", ""})->db == "/flag.db");
  CHECK(find_paths({"", "relative.db", ""})->db.is_absolute());
}

TEST_CASE("without a home and without names there is nowhere to go") {
  Environment environment;
  ::unsetenv("HOME");
  CHECK(find_paths({}).error().next.find("AIGW_HOME") != std::string::npos);
  environment.set("AIGW_HOME", "/srv/aigw");
  CHECK(find_paths({}).ok());
}

TEST_CASE("a socket path too long for the system moves to the runtime folder") {
  Environment environment;
  environment.set("XDG_RUNTIME_DIR", "/run/user/77");
  const std::string deep = "/data/" + std::string(120, 'd') + "/aigw.db";
  const auto paths = paths_of_db(deep);
  REQUIRE(paths.ok());
  CHECK(paths->socket.parent_path() == "/run/user/77");
  CHECK(paths->socket.native().size() < sizeof(sockaddr_un::sun_path));
  CHECK(paths->lock == deep + ".lock");
  CHECK(paths->socket == paths_of_db(deep)->socket);
  CHECK(paths->socket != paths_of_db(deep + "2")->socket);

  environment.set("XDG_RUNTIME_DIR", ("/" + std::string(120, 'r')).c_str());
  CHECK(paths_of_db(deep).error().next.find("--db") != std::string::npos);
}

TEST_CASE("the profile is the flag's, else the variable's, and has to be one of three") {
  Environment environment;
  CHECK(find_paths({})->profile.empty());
  environment.set("AIGW_PROFILE", "prod");
  CHECK(find_paths({})->profile == "prod");
  CHECK(find_paths({"", "", "dev"})->profile == "dev");
  CHECK(find_paths({"", "", "prd"}).error().text() == "there is no profile \"prd\". Did you mean \"prod\"?");
  CHECK(find_paths({"", "", "x"}).error().next == "Choose dev, test or prod.");
}
