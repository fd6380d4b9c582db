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

std::string line(log::Event event, std::vector<log::Field> fields, log::Format format = log::Format::console) {
  return log::format_line(format, log::Level::warn, kAt, event, fields);
}

log::Event in_area(std::string_view name, std::string_view area) {
  for (std::size_t i = 0; i < log::kAreas.size(); ++i)
    if (log::kAreas[i] == area) return {name, static_cast<std::uint8_t>(i)};
  FAIL("no such area");
  return {name, 0};
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

std::size_t lines_with(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// As it is unless a test says otherwise.
struct Restored {
  ~Restored() { log::configure({}); }
};

}  // namespace

TEST_CASE("a line is time, level, area, event and fields") {
  CHECK(line("listening", {{"address", "127.0.0.1:2449"}, {"loops", 2}}) ==
        "2026-11-25T20:09:09.123Z warn base listening address=127.0.0.1:2449 loops=2");
  CHECK(line("x", {{"n", std::int64_t{-9'000'000'000}}}) == "2026-11-25T20:09:09.123Z warn base x n=-9000000000");
}

TEST_CASE("as JSON a line is one object") {
  CHECK(line("listening", {{"address", "a \"b\" \\ \n\x1b"}, {"loops", 2}}, log::Format::json) ==
        R"({"time":"2026-11-25T20:09:09.123Z","level":"warn","area":"base","event":"listening",)"
        R"("address":"a \"b\" \\ \n\u001b","loops":2})");
  SUBCASE("what is no UTF-8 is replaced byte by byte, what is stays") {
    const std::string text = line("x", {{"v", "\xFFgr\xC3\xBC\xED\xA0\x80\xF0\x9F\x98\x80\xC3"}}, log::Format::json);
    const std::string no = "\xEF\xBF\xBD";
    CHECK(text.ends_with(R"("v":")" + no + "gr\xC3\xBC" + no + no + no + "\xF0\x9F\x98\x80" + no + "\"}"));
  }
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
  for (const auto format : {log::Format::console, log::Format::json}) {
    const std::string text =
        line("failed", {{"error", "401 for Bearer sk-proj-1234567890abcdef"}, {"key", "aigw_0123456789"}}, format);
    CHECK(text.find("1234567890") == std::string::npos);
    CHECK(text.find("0123456789") == std::string::npos);
    CHECK(text.find("[redacted]") != std::string::npos);
  }
}

TEST_CASE("levels are chosen for all areas, and for single ones") {
  const auto levels = log::parse_levels("warn, net=debug");
  REQUIRE(levels);
  CHECK(log::text_of(*levels) == "warn,net=debug");
  CHECK(log::text_of(*log::parse_levels("ERROR")) == "error");
  CHECK(log::parse_levels("loud").error().text().find("debug, info, warn or error") != std::string::npos);
  CHECK(log::parse_levels("info,nat=debug").error().text().find("net, ops") != std::string::npos);

  const Restored restored;
  log::configure({.levels = *levels});
  CHECK(log::enabled(log::Level::debug, in_area("x", "net")));
  CHECK(!log::enabled(log::Level::info, in_area("x", "store")));
  CHECK(log::enabled(log::Level::warn, in_area("x", "store")));
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
  CHECK(out.find(" warn base shown n=1\n") != std::string::npos);
  CHECK(out.find(" error base shown\n") != std::string::npos);
}

TEST_CASE("a flood of one event is cut, counted, and leaves the others alone") {
  const Restored restored;
  log::configure({.levels = {}, .lines_per_second_max = 3});
  const std::string out = stderr_of([] {
    for (int i = 0; i < 1000; ++i) log::warn("flood", {{"i", i}});
    log::warn("another");
    log::flush();
    log::flush();
  });
  // A second may begin while we write, and let another few through.
  const std::size_t through = lines_with(out, " flood i=");
  CHECK(through >= 3);
  CHECK(through < 1000);
  CHECK(lines_with(out, " another\n") == 1);
  std::size_t said = 0;
  for (auto at = out.find("lines_suppressed of=flood lines="); at != std::string::npos;
       at = out.find("lines_suppressed of=flood lines=", at + 1))
    said += std::stoul(out.substr(at + 32));
  CHECK(said + through == 1000);
}

TEST_CASE("a line that is one of many on purpose is never suppressed") {
  const Restored restored;
  log::configure({.levels = {}, .lines_per_second_max = 3});
  const std::string out = stderr_of([] {
    for (int i = 0; i < 100; ++i) log::write_each(log::Level::info, "request", {});
  });
  CHECK(lines_with(out, " request\n") == 100);
}

TEST_CASE("lines of many threads stay whole") {
  const Restored restored;
  log::configure({.levels = {}, .lines_per_second_max = 1000});
  const std::string out = stderr_of([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) log::info("tick", {{"text", "a b c"}, {"i", 7}});
      });
  });
  std::size_t lines = 0, begin = 0;
  for (auto end = out.find('\n'); end != std::string::npos; end = out.find('\n', begin)) {
    CHECK(out.substr(begin, end - begin).ends_with("Z info base tick text=\"a b c\" i=7"));
    begin = end + 1;
    ++lines;
  }
  CHECK(lines == 800);
}
