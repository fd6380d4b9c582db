#include "ledger/file_window.hpp"

#include "tests/unit/ledger/fixture.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace aigw;
using namespace aigw::ledger;
using namespace aigw::ledger::test;

namespace {

files::Handle file_of(const std::filesystem::path& path, off_t bytes) {
  files::Handle file(::open(path.c_str(), O_RDWR | O_CREAT, 0600));
  REQUIRE(file);
  REQUIRE(::ftruncate(file.get(), bytes) == 0);
  return file;
}

}  // namespace

TEST_CASE("a file that fails beneath its window is refused, and what was written before stands") {
  aigw::test::TempDir dir;
  const files::Handle file = file_of(dir / "file", 16'384);
  FileWindow window;
  REQUIRE(window.write(file.get(), "kept", 0));
  // A store behind the file's end fails as one on a broken disk does: by SIGBUS.
  REQUIRE(::ftruncate(file.get(), 4'096) == 0);
  CHECK_FALSE(window.write(file.get(), std::string(6'000, 'x'), 4'000));
  CHECK_FALSE(window.write(file.get(), "more", 8));
  CHECK(bytes_of(dir / "file").substr(0, 4) == "kept");
}

TEST_CASE("a writer whose window fails goes on with system calls and loses nothing") {
  Journal journal;
  const auto writer = journal.writer();
  const auto segment = journal.list.take().at(0);
  settle(*writer, 1);
  // The room behind the first page is gone; a system call makes it again.
  REQUIRE(::truncate(segment->path.c_str(), 4'096) == 0);
  std::vector<std::int64_t> ids{1};
  for (std::int64_t id = 2; id <= 100; ++id) {
    settle(*writer, id);
    ids.push_back(id);
  }
  const Read read = read_all(segment);
  CHECK(read.ids == ids);
  CHECK(read.damage.records == 0);
}

TEST_CASE("SIGBUS elsewhere ends the process, with words") {
  aigw::test::TempDir dir;
  int said[2];
  REQUIRE(::pipe(said) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(said[1], STDERR_FILENO);
    const files::Handle file = file_of(dir / "file", 16'384);
    FileWindow window;
    window.write(file.get(), "kept", 0);
    ::ftruncate(file.get(), 0);
    void* const memory = ::mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    *static_cast<volatile char*>(memory) = 'x';
    ::_exit(0);
  }
  ::close(said[1]);
  std::string words(4'096, '\0');
  words.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(said[0], words.data(), words.size()))));
  ::close(said[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGBUS);
  CHECK(words.find("Check the disk") != std::string::npos);
}
