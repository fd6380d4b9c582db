#include "llm/format_tool.hpp"

#include "llm/block_ledger.hpp"

#include <doctest/doctest.h>

using namespace aigw::llm;
using Mode = ToolChoice::Mode;

namespace {

constexpr ModelTraits kNoForm{.takes_output_format = false};
constexpr std::string_view kSchema = R"({"type":"object","properties":{"city":{"type":"string"}}})";

ChatRequest asking_for_form() {
  ChatRequest request;
  request.output = {.kind = OutputFormat::Kind::schema, .schema = kSchema, .path = "response_format"};
  return request;
}

}  // namespace

SCENARIO("a form that the model does not know becomes a tool that it has to call") {
  ChatRequest request = asking_for_form();
  Losses losses;
  GIVEN("no tools of the client's") {
    const auto tool = FormatTool::of(request, kNoForm);
    REQUIRE(tool);
    tool->apply(request, losses);
    REQUIRE(request.tools.size() == 1);
    CHECK(request.tools[0].schema == kSchema);
    CHECK(request.tool_choice.mode == Mode::named);
    CHECK(tool->is_called(request.tool_choice.name));
    CHECK(request.output.kind == OutputFormat::Kind::text);
    CHECK(losses.empty());
    CHECK(losses.notes().size() == 1);
  }
  GIVEN("tools, one of that name: any may be called, none is hidden") {
    request.tools.push_back({.name = "respond"});
    const auto tool = FormatTool::of(request, kNoForm);
    REQUIRE(tool);
    CHECK_FALSE(tool->is_called("respond"));
    tool->apply(request, losses);
    CHECK(request.tool_choice.mode == Mode::required);
    CHECK(request.tools.size() == 2);
  }
  GIVEN("a tool that has to be called in any case") {
    request.tools.push_back({.name = "look"});
    request.tool_choice.mode = Mode::named;
    request.tool_choice.name = "look";
    CHECK_FALSE(FormatTool::of(request, kNoForm));
  }
  GIVEN("a model that takes forms, or no form") {
    CHECK_FALSE(FormatTool::of(request, ModelTraits{}));
    CHECK_FALSE(FormatTool::of(ChatRequest{}, kNoForm));
  }
}

SCENARIO("what the tool was called with is the answer's text, whole and streamed") {
  const auto tool = FormatTool::of(asking_for_form(), kNoForm);
  Answer answer{
      .candidates = {{.blocks = {{.value = ToolCall{.id = "a", .name = "respond", .arguments = R"({"city":"Bern"})"}},
                                 {.value = ToolCall{.id = "b", .name = "look", .arguments = "{}"}}}}}};
  struct Seen final : StreamSink {
    std::string text;
    std::string calls;
    Finish::Reason reason = Finish::Reason::other;
    BlockKind kind = BlockKind::text;
    void start(std::string_view, std::string_view, std::int64_t) override {}
    void open(BlockKey, const BlockOpening& opening) override {
      kind = opening.kind;
      calls += opening.name;
    }
    void delta(BlockKey, std::string_view piece) override {
      if (kind == BlockKind::text) text += piece;
    }
    void seal(BlockKey, const Seal&) override {}
    void cite(BlockKey, const Citation&) override {}
    void close(BlockKey) override {}
    void whole(std::uint32_t, const Block&) override {}
    void logprobs(std::uint32_t, std::string_view) override {}
    void usage(const aigw::TokenUsage&) override {}
    void finish(std::uint32_t, const Finish& finish) override { reason = finish.reason; }
    void error(const ProviderError&) override {}
    void end() override {}
  };
  const auto streamed = [&] {
    Seen seen;
    BlockLedger ledger(seen);
    FormatSink sink(ledger, *tool);
    replay(answer, sink);
    return seen;
  };
  CHECK(streamed().text == R"({"city":"Bern"})");
  CHECK(streamed().calls == "look");
  CHECK(streamed().reason == Finish::Reason::tool);
  answer.candidates[0].blocks.pop_back();
  CHECK(streamed().reason == Finish::Reason::stop);

  tool->unwrap(answer);
  REQUIRE(answer.candidates[0].blocks[0].as<Text>());
  CHECK(answer.candidates[0].blocks[0].as<Text>()->text == R"({"city":"Bern"})");
}
