#include "llm/block_ledger.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::llm;

namespace {

/// Writes down what an encoder is told.
class Notes final : public StreamSink {
 public:
  std::string text;

  void start(std::string_view id, std::string_view, std::int64_t) override { put("start " + std::string(id)); }
  void open(BlockKey key, const BlockOpening& opening) override {
    put("open " + std::to_string(key) + (opening.candidate ? "@" + std::to_string(opening.candidate) : "") +
        (opening.name.empty() ? "" : " " + std::string(opening.name)));
  }
  void delta(BlockKey key, std::string_view piece) override { put(std::to_string(key) + "+" + std::string(piece)); }
  void seal(BlockKey key, const Seal& seal) override { put("seal " + std::to_string(key) + " " + seal.bytes); }
  void cite(BlockKey key, const Citation& citation) override {
    put("cite " + std::to_string(key) + " " + citation.url);
  }
  void close(BlockKey key) override { put("close " + std::to_string(key)); }
  void whole(std::uint32_t, const Block&) override { put("whole"); }
  void logprobs(std::uint32_t, std::string_view elements) override { put("logprobs " + std::string(elements)); }
  void usage(const TokenUsage& usage) override { put("usage " + std::to_string(usage.output)); }
  void finish(std::uint32_t candidate, const Finish& finish) override {
    put("finish " + std::to_string(candidate) + " " + std::to_string(static_cast<int>(finish.reason)));
  }
  void error(const ProviderError& error) override { put("error " + error.message); }
  void end() override { put("end"); }

 private:
  void put(const std::string& what) { text += (text.empty() ? "" : ", ") + what; }
};

constexpr BlockOpening kText{};
BlockOpening call(std::string_view name, std::uint32_t candidate = 0) {
  return {.kind = BlockKind::tool_call, .candidate = candidate, .id = "c", .name = name};
}

struct Fixture {
  Notes notes;
  BlockLedger ledger{notes};
};

}  // namespace

SCENARIO("a block that opens while another is open waits for its end") {
  Fixture f;
  f.ledger.start("a", "m", 0);
  f.ledger.open(1, call("f"));
  f.ledger.delta(1, "{");
  f.ledger.open(2, call("g"));
  f.ledger.delta(2, "[");
  f.ledger.delta(1, "}");
  f.ledger.seal(2, {.bytes = "s"});
  f.ledger.delta(2, "]");
  f.ledger.close(2);
  f.ledger.close(1);
  f.ledger.finish(0, {});
  f.ledger.end();
  CHECK(f.notes.text == "start a, open 1 f, 1+{, 1+}, close 1, open 2 g, seal 2 s, 2+[], close 2, finish 0 2, end");
  CHECK(f.ledger.repairs() == 0);
  CHECK(f.ledger.ended());
}

SCENARIO("usage and finishes stand once at the end, whenever they came") {
  Fixture f;
  f.ledger.start("a", "m", 0);
  f.ledger.usage({.output = 1});
  f.ledger.finish(0, {.reason = Finish::Reason::length});
  f.ledger.open(7, kText);
  f.ledger.delta(7, "x");
  f.ledger.usage({.output = 5});
  f.ledger.end();
  CHECK(f.notes.text == "start a, open 7, 7+x, close 7, usage 5, finish 0 1, end");
}

SCENARIO("whether the model called a tool is told by the calls, not by the provider's word") {
  Fixture calls;
  calls.ledger.start("a", "m", 0);
  calls.ledger.open(1, call("f"));
  calls.ledger.finish(0, {.reason = Finish::Reason::stop});
  calls.ledger.end();
  CHECK(calls.notes.text.ends_with("finish 0 2, end"));
  Fixture none;
  none.ledger.start("a", "m", 0);
  none.ledger.finish(0, {.reason = Finish::Reason::tool});
  none.ledger.end();
  CHECK(none.notes.text.ends_with("finish 0 0, end"));
}

SCENARIO("candidates do not wait for each other, and each has its finish") {
  Fixture f;
  f.ledger.start("a", "m", 0);
  f.ledger.open(1, {.candidate = 0});
  f.ledger.open(2, {.candidate = 1});
  f.ledger.delta(2, "b");
  f.ledger.delta(1, "a");
  f.ledger.finish(1, {});
  f.ledger.finish(0, {});
  f.ledger.end();
  CHECK(f.notes.text == "start a, open 1, open 2@1, 2+b, 1+a, close 1, close 2, finish 0 0, finish 1 0, end");
}

SCENARIO("what comes in one piece keeps its place") {
  Fixture f;
  f.ledger.start("a", "m", 0);
  f.ledger.whole(0, {});
  f.ledger.open(1, kText);
  f.ledger.whole(0, {});
  f.ledger.open(2, kText);
  f.ledger.delta(2, "x");
  f.ledger.cite(2, {.url = "u"});
  f.ledger.close(1);
  f.ledger.end();
  CHECK(f.notes.text == "start a, whole, open 1, close 1, whole, open 2, 2+x, cite 2 u, close 2, finish 0 0, end");
}

SCENARIO("nothing follows an error or the end") {
  Fixture f;
  f.ledger.start("a", "m", 0);
  f.ledger.open(1, kText);
  f.ledger.error({.message = "no"});
  f.ledger.delta(1, "x");
  f.ledger.finish(0, {});
  f.ledger.end();
  f.ledger.error({.message = "again"});
  CHECK(f.notes.text == "start a, open 1, error no");
  CHECK(f.ledger.failure()->message == "no");
  CHECK(f.ledger.repairs() == 4);
}

SCENARIO("a decoder that breaks the law is mended and counted") {
  Fixture f;
  f.ledger.open(1, kText);
  f.ledger.start("late", "m", 0);
  f.ledger.delta(9, "nobody");
  f.ledger.close(1);
  f.ledger.delta(1, "closed");
  f.ledger.open(2, {.candidate = 4'000'000'000});
  f.ledger.end();
  CHECK(f.notes.text.starts_with("start , open 1, close 1, open 2@"));
  CHECK(f.notes.text.ends_with("end"));
  CHECK(f.ledger.repairs() >= 5);
}

SCENARIO("what would go into the client's events as it came, and is no JSON, stays behind") {
  Fixture f;
  f.ledger.start("a", "m", 0);
  f.ledger.logprobs(0, R"({"token":"a"},{"token":"b"})");
  f.ledger.logprobs(0, R"({"token":"a")");
  f.ledger.whole(0, {.value = Opaque{Dialect::openai_responses, "web_search_call", R"({"id":1})"}});
  f.ledger.whole(0, {.value = Opaque{Dialect::openai_responses, "web_search_call", R"([ted","x":0])"}});
  CHECK(f.notes.text == R"(start a, logprobs {"token":"a"},{"token":"b"}, whole)");
  CHECK(f.ledger.repairs() == 2);
}
