#include "base/log.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

using namespace aigw;

namespace {

constexpr UnixMillis kAt{1'795'637'349'123};

std::string line(std::string_view event, std::vector<log::Field> fields) {
  return log::format_line(log::Level::warn, kAt, event, fields);
}

/// What `action` writes to stderr.
template <class Action>
std::string stderr_of(Action action) {
  std::FILE* file = std::tmpfile();
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file), STDERR_FILENO);
  action();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  std::string text(static_cast<std::size_t>(::lseek(::fileno(file), 0, SEEK_END)), '\0');
  if (::pread(::fileno(file), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) text.clear();
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("a line is time, level, event and fields") {
  CHECK(line("listening", {{"address", "127.0.0.1:2449"}, {"loops", 2}}) ==
        "2026-11-25T20:09:09.123Z warn listening address=127.0.0.1:2449 loops=2");
  CHECK(line("x", {{"n", std::int64_t{-9'000'000'000}}}) == "2026-11-25T20:09:09.123Z warn x n=-9000000000");
}

TEST_CASE("values cannot forge a second line or a second field") {
  CHECK(line("x", {{"v", "two words"}}).ends_with("x v=\"two words\""));
  CHECK(line("x", {{"v", ""}}).ends_with("x v=\"\""));
  CHECK(line("x", {{"v", "a=b"}}).ends_with("x v=\"a=b\""));
  CHECK(line("x", {{"v", "say \"hi\" \\"}}).ends_with(R"(x v="say \"hi\" \\")"));
  CHECK(line("x", {{"v", "one\ntwo\x1b[31m\r"}}).ends_with(R"(x v="one\ntwo\x1b[31m\x0d")"));
  CHECK(line("x\ny", {}).ends_with(R"("x\ny")"));
  CHECK(line("x", {{"v", "gr\xC3\xBC\xC3\x9F"}}).ends_with("v=gr\xC3\xBC\xC3\x9F"));
}

TEST_CASE("keys are redacted wherever they stand in a line") {
  const std::string text =
      line("failed", {{"error", "401 for Bearer sk-proj-1234567890abcdef"}, {"key", "aigw_0123456789"}});
  CHECK(text.find("1234567890") == std::string::npos);
  CHECK(text.find("0123456789") == std::string::npos);
  CHECK(text.find("[redacted]") != std::string::npos);
}

TEST_CASE("levels below the chosen one are silent") {
  log::set_level(log::Level::warn);
  const std::string out = stderr_of([] {
    log::debug("hidden");
    log::info("hidden");
    log::warn("shown", {{"n", 1}});
    log::error("shown");
  });
  log::set_level(log::Level::info);
  CHECK(out.find("hidden") == std::string::npos);
  CHECK(out.find(" warn shown n=1\n") != std::string::npos);
  CHECK(out.find(" error shown\n") != std::string::npos);
}

TEST_CASE("lines of many threads stay whole") {
  const std::string out = stderr_of([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) log::info("tick", {{"text", "a b c"}, {"i", 7}});
      });
  });
  std::size_t lines = 0, begin = 0;
  for (auto end = out.find('\n'); end != std::string::npos; end = out.find('\n', begin)) {
    CHECK(out.substr(begin, end - begin).ends_with("Z info tick text=\"a b c\" i=7"));
    begin = end + 1;
    ++lines;
  }
  CHECK(lines == 800);
}
