#include "llm/call_id.hpp"
#include "llm/loss.hpp"
#include "llm/seal.hpp"

#include <doctest/doctest.h>

using namespace aigw::llm;

SCENARIO("a seal comes back as it was from a client's field") {
  const Seal seal{Dialect::gemini_generate, "my google/eu", std::string("\0\xff.any", 6)};
  const std::string text = wrap(seal);
  CHECK(text.starts_with(kSealPrefix));
  CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
        std::string::npos);
  CHECK(unwrap(text) == seal);
  CHECK(unwrap(wrap({Dialect::anthropic_messages, "", ""})) == Seal{Dialect::anthropic_messages, "", ""});
}

SCENARIO("what is no seal of ours is left alone") {
  for (const char* text : {"", "EqQBCkYIBRgC", "aigw1.", "aigw1.gemini-generate", "aigw1.gemini-generate.cA",
                           "aigw1.klingon.cA.eA", "aigw1.gemini-generate.c!.eA", "aigw1.gemini-generate.cA.e!"})
    CHECK_FALSE(unwrap(text));
}

SCENARIO("an id that is legal everywhere stays, and another becomes the same short one each time") {
  CHECK(call_id_for("toolu_01Ab-c", kCallIdCharsMax) == "toolu_01Ab-c");
  for (const std::string& id :
       {std::string(), std::string("call.1:2"), std::string(65, 'a'), std::string("caf\xc3\xa9")}) {
    const std::string made = call_id_for(id, kCallIdCharsMax);
    CHECK(is_legal_call_id(made, kChatCallIdCharsMax));
    CHECK(made == call_id_for(id, kCallIdCharsMax));
  }
  CHECK(call_id_for("a.b", 64) != call_id_for("a:b", 64));
  CHECK(is_legal_call_id(made_call_id("toolu_", "req_01j/x", 3), kChatCallIdCharsMax));
  CHECK(made_call_id("call_", "req_a", 0) != made_call_id("call_", "req_a", 1));
}

SCENARIO("losses of one kind share a place in the header") {
  Losses losses;
  for (int i = 0; i < 7; ++i)
    losses.add("messages[" + std::to_string(i) + "].content[0].cache_control", "no breakpoints");
  losses.add("top_k", "no such option");
  losses.note("metadata", "no metadata");
  CHECK(losses.header() == "messages[*].content[*].cache_control:no breakpoints x7, top_k:no such option");
  CHECK(losses.losses().size() == 8);
  CHECK(losses.notes().size() == 1);
}

SCENARIO("the header of losses keeps to what a header may hold, and to its size") {
  Losses losses;
  losses.add("a\r\nb,c", "caf\xc3\xa9");
  CHECK(losses.header() == "a??b?c:caf??");
  for (std::size_t i = 0; i < 2 * Losses::kMax; ++i) losses.add("member_" + std::to_string(i), std::string(20, 'x'));
  CHECK(losses.losses().size() == Losses::kMax);
  const std::string header = losses.header();
  CHECK(header.size() <= Losses::kHeaderBytesMax);
  CHECK(header.ends_with(" more"));
}
