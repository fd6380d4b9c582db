#include "llm/seal_keeper.hpp"

#include "llm/block_ledger.hpp"
#include "llm/call_id.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::llm;

namespace {

constexpr KeyId kLaptop{7};
const Seal kSignature{Dialect::gemini_generate, "", "c2lnbmF0dXJl"};
const Seal kThoughtSeal{Dialect::anthropic_messages, "", "EqQB"};

SealScope scope(SealTable& table, KeyId owner = kLaptop, std::string_view provider = "gem") {
  return {
      .table = &table, .owner = owner, .provider = provider, .client = Dialect::openai_chat, .request_id = "req_0abc"};
}

/// What a client sends back that kept the call alone.
ChatRequest history(const std::string& call_id) {
  ChatRequest request;
  request.turns.push_back({.role = Role::user, .blocks = {{.value = Text{.text = "go"}}}});
  request.turns.push_back({.role = Role::assistant,
                           .blocks = {{.value = Text{.text = "looking"}},
                                      {.value = ToolCall{.id = call_id, .name = "look", .arguments = "{}"}}}});
  return request;
}

const ToolCall& call_of(const ChatRequest& request) { return *request.turns[1].blocks.back().as<ToolCall>(); }

struct Nowhere final : StreamSink {
  std::string id;
  void start(std::string_view, std::string_view, std::int64_t) override {}
  void open(BlockKey, const BlockOpening& opening) override { id = opening.id; }
  void delta(BlockKey, std::string_view) override {}
  void seal(BlockKey, const Seal&) override {}
  void cite(BlockKey, const Citation&) override {}
  void close(BlockKey) override {}
  void whole(std::uint32_t, const Block&) override {}
  void logprobs(std::uint32_t, std::string_view) override {}
  void usage(const TokenUsage&) override {}
  void finish(std::uint32_t, const Finish&) override {}
  void error(const ProviderError&) override {}
  void end() override {}
};

}  // namespace

SCENARIO("a call's seal comes back to its provider by the call's id, to nobody else") {
  SealTable table;
  Answer answer{
      .candidates = {{.blocks = {{.value = ToolCall{.name = "look", .arguments = "{}", .seal = kSignature}}}}}};
  keep_seals(answer, scope(table));
  const std::string id = answer.candidates[0].blocks[0].as<ToolCall>()->id;
  REQUIRE(!id.empty());

  ChatRequest request = history(id);
  restore_seals(request, scope(table), Dialect::gemini_generate);
  REQUIRE(call_of(request).seal);
  CHECK(*call_of(request).seal == Seal{Dialect::gemini_generate, "gem", kSignature.bytes});

  GIVEN("another key") {
    ChatRequest other = history(id);
    restore_seals(other, scope(table, KeyId{8}), Dialect::gemini_generate);
    CHECK_FALSE(call_of(other).seal);
  }
  GIVEN("another provider") {
    ChatRequest other = history(id);
    restore_seals(other, scope(table, kLaptop, "claude"), Dialect::anthropic_messages);
    CHECK_FALSE(call_of(other).seal);
  }
  GIVEN("a provider that refuses its own seal") {
    forget_seals(request, scope(table));
    ChatRequest again = history(id);
    restore_seals(again, scope(table), Dialect::gemini_generate);
    CHECK_FALSE(call_of(again).seal);
    CHECK(table.empty());
  }
  GIVEN("a client that kept its own") {
    ChatRequest own = history(id);
    own.turns[1].blocks.back().as<ToolCall>()->seal = kThoughtSeal;
    restore_seals(own, scope(table), Dialect::gemini_generate);
    CHECK(*call_of(own).seal == kThoughtSeal);
  }
}

SCENARIO("sealed thoughts come back in front of what they led to") {
  SealTable table;
  Nowhere encoder;
  SealKeeper keeper(encoder, scope(table, kLaptop, "claude"));
  BlockLedger ledger(keeper);
  ledger.start("m", "claude", 0);
  ledger.open(0, {.kind = BlockKind::thinking});
  ledger.delta(0, "let me ");
  ledger.delta(0, "look");
  ledger.seal(0, kThoughtSeal);
  ledger.close(0);
  ledger.open(1, {.kind = BlockKind::text});
  ledger.delta(1, "looking");
  ledger.close(1);
  ledger.open(2, {.kind = BlockKind::tool_call, .id = "call.1", .name = "look"});
  ledger.close(2);
  ledger.open(3, {.kind = BlockKind::tool_call, .id = "", .name = "look"});
  ledger.close(3);
  CHECK(encoder.id == "call_0abc_1");
  ledger.finish(0, {});
  ledger.end();

  GIVEN("the id as some dialects had to spell it, or as it was") {
    for (const std::string& id : {std::string("call.1"), call_id_for("call.1", kChatCallIdCharsMax)}) {
      ChatRequest request = history(id);
      restore_seals(request, scope(table, kLaptop, "claude"), Dialect::anthropic_messages);
      REQUIRE(request.turns[1].blocks.size() == 3);
      const auto* thought = request.turns[1].blocks[0].as<Thinking>();
      REQUIRE(thought);
      CHECK(thought->text == "let me look");
      CHECK(thought->seal->provider == "claude");
      CHECK_FALSE(call_of(request).seal);
    }
  }
  GIVEN("a client that sent the thought") {
    ChatRequest request = history("call.1");
    request.turns[1].blocks.insert(request.turns[1].blocks.begin(),
                                   {.value = Thinking{.text = "let me look", .seal = kThoughtSeal}});
    restore_seals(request, scope(table, kLaptop, "claude"), Dialect::anthropic_messages);
    CHECK(request.turns[1].blocks.size() == 3);
  }
}

SCENARIO("what nothing was sealed for takes no room") {
  SealTable table;
  Answer answer{.candidates = {{.blocks = {{.value = Text{.text = "ok", .seal = kSignature}},
                                           {.value = ToolCall{.id = "a", .name = "look"}}}}}};
  keep_seals(answer, scope(table));
  CHECK(table.empty());
}

SCENARIO("the table is bounded: what was used least recently goes first") {
  SealTable table({.bytes_max = 1U << 20U, .call_bytes_max = 2'000, .calls_max = 3});
  const auto sealed = [](std::size_t bytes) {
    return SealedCall{.seal = Seal{Dialect::gemini_generate, "gem", std::string(bytes, 's')}};
  };
  for (const char* id : {"a", "b", "c"}) table.keep(kLaptop, id, sealed(10));
  CHECK(table.find(kLaptop, "a"));
  table.keep(kLaptop, "d", sealed(10));
  CHECK(table.find(kLaptop, "a"));
  CHECK_FALSE(table.find(kLaptop, "b"));
  table.keep(kLaptop, "large", sealed(2'000));
  CHECK_FALSE(table.find(kLaptop, "large"));
  table.keep(kLaptop, "a", sealed(20));
  CHECK(table.find(kLaptop, "a")->seal->bytes.size() == 20);

  SealTable small({.bytes_max = 3'000, .call_bytes_max = 2'000, .calls_max = 100});
  for (int i = 0; i < 50; ++i) small.keep(kLaptop, std::to_string(i), sealed(1'000));
  CHECK_FALSE(small.find(kLaptop, "47"));
  CHECK(small.find(kLaptop, "49"));
}
