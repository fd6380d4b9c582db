// The scanner and the library agree on what is JSON; members lie where they say; an edit changes what it names and no
// other byte; what the writer writes reads back the same.

#include "json/dom.hpp"
#include "json/scan.hpp"
#include "json/splice.hpp"
#include "json/utf8.hpp"
#include "json/writer.hpp"
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
  const json::Member& first = object.members().front();
  const std::string quoted = json::quote(text);
  edited = json::apply(text, std::array{json::replace_value(first, quoted)});
  const std::string_view behind = text.substr(first.value_offset + first.value.size());
  fuzz::require(edited == std::string(text.substr(0, first.value_offset)).append(quoted).append(behind));
  const auto again = json::scan_object(edited);
  fuzz::require(again.ok() && again->members().front().value == quoted);
  edited = json::apply(edited, std::array{json::replace_value(again->members().front(), first.value)});
  fuzz::require(edited == text);
}

/// A text and a number, written and read.
void check_writer(std::string_view text) {
  std::string out;
  json::Writer(out)
      .begin_object()
      .member("text", text)
      .member("size", static_cast<std::int64_t>(text.size()))
      .end_object();
  const auto object = json::scan_object(out);
  fuzz::require(object.ok() && (*object)["size"].integer() == static_cast<std::int64_t>(text.size()));
  const auto read = (*object)["text"].string();
  fuzz::require(read.has_value());
  if (json::is_utf8(text)) fuzz::require(*read == text);
  fuzz::require(json::quote(*read) == json::quote(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_writer(text);
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
