// A JSON array is cut the same however it comes, no byte is lost, and the elements of a well-formed one are values.

#include "json/array_splitter.hpp"
#include "json/scan.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

using namespace aigw;

namespace {

struct Cut {
  std::vector<std::string> pieces = {};  ///< the last one is what was left over
  std::vector<std::string> elements = {};
  bool operator==(const Cut&) const = default;
};

Cut cut(const std::vector<std::string_view>& parts) {
  Cut out;
  json::ArraySplitter splitter;
  std::string rest;
  for (const std::string_view part : parts) {
    rest.append(part);
    for (auto size = splitter.piece_end(rest); size != std::string::npos; size = splitter.piece_end(rest)) {
      fuzz::require(size > 0 && size <= rest.size() && splitter.element_offset() <= size);
      out.pieces.push_back(rest.substr(0, size));
      if (splitter.element_offset() < size) out.elements.push_back(out.pieces.back().substr(splitter.element_offset()));
      rest.erase(0, size);
    }
  }
  out.pieces.push_back(rest);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const Cut whole = cut({input.text});
  fuzz::require(cut({input.first(), input.second()}) == whole);
  std::string joined;
  for (const std::string& piece : whole.pieces) joined += piece;
  fuzz::require(joined == input.text);
  const std::string value(input.text);
  if (value.starts_with('[') && json::check_value(value))
    for (const std::string& element : whole.elements) fuzz::require(json::check_value(element).ok());
  return 0;
}
