#include "json/array_splitter.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;

namespace {

struct Cut {
  std::vector<std::string> pieces = {};
  std::vector<std::string> elements = {};
  std::string rest = {};
  bool closed = false;
};

Cut cut(std::string_view text, std::size_t step) {
  Cut out;
  json::ArraySplitter splitter;
  for (std::size_t at = 0; at < text.size(); at += step) {
    out.rest.append(text.substr(at, step));
    for (auto size = splitter.piece_end(out.rest); size != std::string::npos; size = splitter.piece_end(out.rest)) {
      out.pieces.push_back(out.rest.substr(0, size));
      if (splitter.element_offset() < size) out.elements.push_back(out.pieces.back().substr(splitter.element_offset()));
      out.rest.erase(0, size);
    }
  }
  out.closed = splitter.closed();
  return out;
}

}  // namespace

SCENARIO("an array is cut into its elements, however its bytes arrive") {
  const std::string text = "[{\"a\":\"}]\\\"[\"}\n,\r\n{\"b\":[1,{\"c\":\"\\\\\"}]}\n]\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    CAPTURE(step);
    const Cut got = cut(text, step);
    CHECK(got.elements == std::vector<std::string>{R"({"a":"}]\"["})", R"({"b":[1,{"c":"\\"}]})"});
    CHECK(got.pieces == std::vector<std::string>{R"([{"a":"}]\"["})",
                                                 "\n,\r\n"
                                                 R"({"b":[1,{"c":"\\"}]})",
                                                 "\n]"});
    CHECK(got.rest == "\n");
    CHECK(got.closed);
  }
}

SCENARIO("elements of every type are cut") {
  for (const std::size_t step : {1U, 2U, 100U})
    CHECK(cut(R"([1, "x,]", [[],2],null ,true])", step).elements ==
          std::vector<std::string>{"1", R"("x,]")", "[[],2]", "null", "true"});
}

SCENARIO("an object without an array around it is one piece") {
  const Cut got = cut(R"({"error":{"code":400}})", 3);
  CHECK(got.elements == std::vector<std::string>{R"({"error":{"code":400}})"});
  CHECK_FALSE(got.closed);
}

SCENARIO("what is broken waits for more, and is never read past its end") {
  for (const std::string_view text :
       {"[{\"a\":\"\\", "[{\"a\"", "[", "", "[{", "nonsense", "}}}}", "]", "[1", "\"\\"}) {
    CAPTURE(text);
    for (const std::size_t step : {1U, 3U, 100U}) CHECK(cut(text, step).elements.empty());
  }
}
