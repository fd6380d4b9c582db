#include "base/files.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace aigw;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777;
}

}  // namespace

TEST_CASE("a private folder is its owner's alone, with its parents, and an open one is narrowed") {
  const test::TempDir dir;
  REQUIRE(files::make_private_dir(dir / "a/b/c").ok());
  CHECK(mode_of(dir / "a") == 0700);
  CHECK(mode_of(dir / "a/b/c") == 0700);
  REQUIRE(::chmod((dir / "a").c_str(), 0755) == 0);
  REQUIRE(files::make_private_dir(dir / "a").ok());
  CHECK(mode_of(dir / "a") == 0700);
}

TEST_CASE("a folder where a file stands is an error that says so") {
  const test::TempDir dir;
  REQUIRE(files::write_private_file_atomic(dir / "file", "x").ok());
  const Status made = files::make_private_dir(dir / "file");
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().text().find("file") != std::string::npos);
  CHECK_FALSE(files::make_private_dir(dir / "file/below").ok());
}

TEST_CASE("an atomic write replaces the whole content, 0600, and leaves no other file") {
  const test::TempDir dir;
  REQUIRE(files::write_private_file_atomic(dir / "key", "old and longer").ok());
  REQUIRE(files::write_private_file_atomic(dir / "key", "new").ok());
  CHECK(*files::read_file(dir / "key") == "new");
  CHECK(mode_of(dir / "key") == 0600);
  CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator{}) == 1);
}

TEST_CASE("a failed atomic write changes nothing and leaves nothing") {
  const test::TempDir dir;
  fs::create_directory(dir / "taken");
  CHECK_FALSE(files::write_private_file_atomic(dir / "taken", "x").ok());
  CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator{}) == 1);
  CHECK_FALSE(files::write_private_file_atomic(dir / "nowhere/key", "x").ok());
}

TEST_CASE("reading tells a missing file from one that is too large") {
  const test::TempDir dir;
  CHECK(files::read_file(dir / "none").error().kind == ErrorKind::not_found);
  REQUIRE(files::write_private_file_atomic(dir / "big", std::string(100, 'x')).ok());
  CHECK(files::read_file(dir / "big", 99).error().kind == ErrorKind::body_too_large);
  CHECK(files::read_file(dir / "big", 100)->size() == 100);
}

TEST_CASE("a lock has one holder, whom the second learns by name") {
  const test::TempDir dir;
  auto first = files::FileLock::acquire(dir / "db.lock", "serve");
  REQUIRE(first.ok());
  CHECK(mode_of(dir / "db.lock") == 0600);
  REQUIRE(first->set_note("serve 127.0.0.1:2449").ok());
  const auto second = files::FileLock::acquire(dir / "db.lock", "keys issue");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().kind == ErrorKind::conflict);
  CHECK(second.error().message.find("process " + std::to_string(::getpid()) + " (serve 127.0.0.1:2449)") !=
        std::string::npos);
  { const files::FileLock gone = *std::move(first); }
  CHECK(files::FileLock::acquire(dir / "db.lock", "keys issue").ok());
}

TEST_CASE("a holder that has not written its note yet is never mistaken for the one before") {
  const test::TempDir dir;
  const fs::path path = dir / "db.lock";
  const files::Handle holder(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::flock(holder.get(), LOCK_EX) == 0);
  const auto refusal = [&] { return files::FileLock::acquire(path, "serve").error().message; };
  CHECK(refusal().ends_with(files::kUnknownHolder));
  // What a dead serve left; no process has this id.
  REQUIRE(::pwrite(holder.get(), "process 2147483646 (serve x)\n", 29, 0) == 29);
  CHECK(refusal().ends_with(files::kUnknownHolder));
  const std::string note = "process " + std::to_string(::getpid()) + " (a command)\n";
  REQUIRE(::ftruncate(holder.get(), 0) == 0);
  REQUIRE(::pwrite(holder.get(), note.data(), note.size(), 0) == static_cast<ssize_t>(note.size()));
  CHECK(refusal().ends_with("(a command)"));
}

TEST_CASE("a lock of a killed process is free") {
  const test::TempDir dir;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = files::FileLock::acquire(dir / "db.lock", "serve");
    const char byte = lock.ok() ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  CHECK_FALSE(files::FileLock::acquire(dir / "db.lock", "second").ok());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(files::FileLock::acquire(dir / "db.lock", "second").ok());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("a local folder is no network file system, nor is one that does not exist yet") {
  const test::TempDir dir;
  CHECK_FALSE(files::is_network_filesystem(dir.path()));
  CHECK_FALSE(files::is_network_filesystem(dir / "a/b/c"));
}
