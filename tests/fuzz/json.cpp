// The scanner and the library agree on what is JSON; members lie where they say; an edit leaves valid JSON.

#include "json/dom.hpp"
#include "json/scan.hpp"
#include "json/splice.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>
#include <string>

using namespace aigw;

namespace {

/// The scanner keeps numbers as they are written; the library wants them to fit a double.
bool only_out_of_range(const Result<json::Dom>& dom) {
  return !dom.ok() && dom.error().message.find("out of range") != std::string::npos;
}

void check_object(std::string_view text, const json::Object& object) {
  fuzz::require(json::scan_answer(text).has_value());
  const auto dom = json::parse_dom(text, {.depth_max = 512});
  fuzz::require(only_out_of_range(dom) || (dom->is_object() && dom->size() == object.members().size()));
  for (const json::Member& member : object.members()) {
    fuzz::require(text.substr(member.value_offset, member.value.size()) == member.value);
    fuzz::require(json::check_value(member.value).ok());
    fuzz::require(json::View::of(member.value).raw() == member.value);
  }
  std::string edited = json::apply(text, std::array{json::add_member(object, "\x01 added", "[1]")});
  if (object.find("\x01 added") == nullptr) fuzz::require(json::scan_object(edited).ok());
  if (object.members().empty()) return;
  edited = json::apply(text, std::array{json::replace_value(object.members().front(), json::quote(text))});
  fuzz::require(json::scan_object(edited).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto object = json::scan_object(text);
  if (object) check_object(text, *object);
  const json::View view = json::View::of(text);
  view.each([](json::View element) { (void)element["a"].string(); });
  (void)view["model"]["x"].integer();
  if (json::check_value(text, {.depth_max = 256}).ok()) {
    const auto dom = json::parse_dom(text);
    fuzz::require(dom.ok() || only_out_of_range(dom));
  }
  return 0;
}
