#include "json/scan.hpp"

#include "json/key_set.hpp"
#include "json/lex.hpp"
#include "json/utf8.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace aigw::json {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{1} << 31U;  // key_set keeps 31-bit offsets
constexpr std::size_t kKeptFrames = 64;

struct Rules {
  ScanLimits limits;
  bool top_is_object = true;
  bool unique_keys = true;
  bool paired_surrogates = true;
};

/// What is wrong and where; no text of its own until somebody asks.
struct Fault {
  const char* what = nullptr;
  std::size_t at = 0;
};

/// One pass, its containers on an explicit stack. Each step reads one value, key or closing bracket from a place in the
/// text and gives the place behind it, or nullptr when the text is refused. (Places travel in registers: as a member,
/// they cost a third more.)
class Scanner {
 public:
  Scanner(std::string_view text, const Rules& rules) : text_(text), end_(text.data() + text.size()), rules_(rules) {}

  bool run(std::vector<Member>* members);
  const Fault& fault() const { return fault_; }
  std::string repeated_key() const { return fault_is_repeat_ ? std::string(scratch().keys.last()) : std::string(); }
  std::size_t begin() const { return begin_; }

 private:
  using At = const char*;
  struct Frame {
    bool is_object;
    KeySet::Mark mark;
  };
  struct Scratch {
    KeySet keys;
    std::vector<Frame> frames;
  };
  static Scratch& scratch() {
    thread_local Scratch kept;
    return kept;
  }

  At fail(const char* what, At at) { return fail_at(what, static_cast<std::size_t>(at - text_.data())); }
  At fail_at(const char* what, std::size_t offset) {
    fault_ = {what, offset};
    return nullptr;
  }
  char peek(At at) const { return at < end_ ? *at : '\0'; }
  At skip_space(At at) const {
    while (at < end_ && lex::is_space(*at)) ++at;
    return at;
  }

  bool check_encoding();
  At enter(At at, bool is_object);
  At leave(At at);
  At value(At at);
  At key(At at);
  At string(At at, bool* has_escapes);
  At rest_of_string(At at, bool* has_escapes);
  At escape(At at);
  At unicode_escape(At at);
  At number(At at);
  At digits(At at) const;
  At literal(At at, std::string_view word);
  At after_value(At at);
  void note_value(At at);

  std::string_view text_;
  At end_;
  const Rules& rules_;
  Frame frame_{};  ///< of the innermost open container; those around it are in outer_
  int depth_ = 0;
  std::vector<Frame>& outer_ = scratch().frames;
  KeySet& keys_ = scratch().keys;
  std::vector<Member>* members_ = nullptr;
  std::size_t begin_ = 0;     ///< of the top value
  At value_begin_ = nullptr;  ///< of the value that is being read in the top object
  TypeSet element_types_;     ///< of its elements
  std::string_view key_;      ///< its key
  bool key_has_escapes_ = false;
  bool value_is_next_ = true;
  Fault fault_;
  bool fault_is_repeat_ = false;
};

bool Scanner::run(std::vector<Member>* members) {
  members_ = members;
  outer_.clear();
  if (outer_.capacity() > kKeptFrames) std::vector<Frame>().swap(outer_);
  keys_.reset(text_);
  if (!check_encoding()) return false;
  At at = skip_space(text_.data());
  begin_ = static_cast<std::size_t>(at - text_.data());
  if (at == end_) return fail("it is empty", at);
  if (rules_.top_is_object && *at != '{') return fail("it is no object: '{' is expected", at);
  do {
    at = value_is_next_ ? value(at) : after_value(at);
    if (at == nullptr) return false;
  } while (value_is_next_ || depth_ > 0);
  at = skip_space(at);
  return at == end_ || fail("something follows its end", at);
}

bool Scanner::check_encoding() {
  if (text_.size() >= kTextBytesMax) return fail_at("it is larger than 2 GiB", kTextBytesMax);
  if (text_.starts_with("\xEF\xBB\xBF")) return fail_at("it begins with a byte order mark", 0);
  return is_utf8(text_) || fail_at("invalid UTF-8", utf8_error_offset(text_));
}

Scanner::At Scanner::enter(At at, bool is_object) {
  if (depth_ >= rules_.limits.depth_max) return fail("nested too deep", at);
  outer_.push_back(frame_);
  frame_ = {is_object, keys_.open()};
  ++depth_;
  at = skip_space(at + 1);
  if (at < end_ && *at == (is_object ? '}' : ']')) return leave(at);
  return is_object ? key(at) : at;
}

Scanner::At Scanner::leave(At at) {
  if (frame_.is_object && rules_.unique_keys) keys_.close(frame_.mark);
  frame_ = outer_.back();
  outer_.pop_back();
  --depth_;
  value_is_next_ = false;
  return at + 1;
}

/// Remembers where the top object's values begin, and what the elements of those that are arrays are.
void Scanner::note_value(At at) {
  if (depth_ == 1) {
    value_begin_ = at;
    element_types_ = {};
  } else if (depth_ == 2 && !frame_.is_object && at < end_) {
    element_types_.add(type_of({at, 1}));
  }
}

Scanner::At Scanner::value(At at) {
  at = skip_space(at);
  if (depth_ <= 2) note_value(at);
  value_is_next_ = false;
  switch (peek(at)) {
    case '{':
      value_is_next_ = true;
      return enter(at, true);
    case '[':
      value_is_next_ = true;
      return enter(at, false);
    case '"':
      return string(at, nullptr);
    case 't':
      return literal(at, "true");
    case 'f':
      return literal(at, "false");
    case 'n':
      return literal(at, "null");
    default:
      return number(at);
  }
}

Scanner::At Scanner::after_value(At at) {
  if (depth_ == 1 && members_ != nullptr)
    members_->push_back({key_,
                         key_has_escapes_,
                         {value_begin_, static_cast<std::size_t>(at - value_begin_)},
                         static_cast<std::size_t>(value_begin_ - text_.data()),
                         element_types_});
  at = skip_space(at);
  const bool in_object = frame_.is_object;
  const char c = peek(at);
  if (c == ',') {
    value_is_next_ = true;
    return in_object ? key(skip_space(at + 1)) : at + 1;
  }
  if (c != (in_object ? '}' : ']')) return fail(in_object ? "',' or '}' is expected" : "',' or ']' is expected", at);
  return leave(at);
}

Scanner::At Scanner::key(At at) {
  if (peek(at) != '"') return fail("a key in double quotes is expected", at);
  const At quote = at;
  bool has_escapes = false;
  at = string(at, &has_escapes);
  if (at == nullptr) return nullptr;
  const std::string_view written(quote + 1, static_cast<std::size_t>(at - quote) - 2);
  if (rules_.unique_keys) {
    if (keys_.size() >= rules_.limits.open_keys_max) return fail("too many keys", quote);
    if (!keys_.add(frame_.mark, written, has_escapes)) {
      fault_is_repeat_ = true;
      return fail("a key is repeated", quote);
    }
  }
  if (depth_ == 1) {
    key_ = written;
    key_has_escapes_ = has_escapes;
  }
  at = skip_space(at);
  if (peek(at) != ':') return fail("':' is expected", at);
  return at + 1;
}

Scanner::At Scanner::string(At at, bool* has_escapes) {
  at = lex::skip_plain(at + 1, end_);
  if (peek(at) == '"') return at + 1;
  return rest_of_string(at, has_escapes);
}

/// What may follow a backslash alone.
constexpr auto kEscapeLetters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("\"\\/bfnrt")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// From the first character of a string that is not plain. Apart, so that strings without escapes stay cheap.
[[gnu::noinline]] Scanner::At Scanner::rest_of_string(At at, bool* has_escapes) {
  if (has_escapes != nullptr) *has_escapes = true;  // or it is refused
#ifdef __SSE2__
  // Code and prompts in JSON have an escape every line: all marks of a step are looked at before the next is loaded.
  while (end_ - at > 16) {
    At next = at + 16;
    for (unsigned marks = lex::plain_marks(at); marks != 0;) {
      const int place = std::countr_zero(marks);
      const At mark = at + place;
      if (*mark == '"') return mark + 1;
      if (*mark != '\\' || !kEscapeLetters[static_cast<unsigned char>(mark[1])]) {
        next = escape(mark);
        if (next == nullptr) return nullptr;
        break;
      }
      marks &= ~(3U << place);
      if (place == 15) next = at + 17;
    }
    at = next;
  }
#endif
  for (;;) {
    at = lex::skip_plain(at, end_);
    if (at == end_) return fail("a string does not end", at);
    if (*at == '"') return at + 1;
    at = escape(at);
    if (at == nullptr) return nullptr;
  }
}

Scanner::At Scanner::escape(At at) {
  if (peek(at) != '\\') return fail("a raw control character in a string", at);
  const char letter = peek(at + 1);
  if (letter == 'u') return unicode_escape(at);
  return kEscapeLetters[static_cast<unsigned char>(letter)] ? at + 2 : fail("an unknown escape in a string", at);
}

Scanner::At Scanner::unicode_escape(At at) {
  const auto unit_of = [this](At escape) { return lex::hex4({escape, static_cast<std::size_t>(end_ - escape)}, 2); };
  const int unit = unit_of(at);
  if (unit < 0) return fail("a broken \\u escape", at);
  if (!rules_.paired_surrogates) return at + 6;
  if (lex::is_low_surrogate(unit)) return fail("half of a surrogate pair", at);
  if (!lex::is_high_surrogate(unit)) return at + 6;
  const At second = at + 6;
  if (!std::string_view(second, end_).starts_with("\\u") || !lex::is_low_surrogate(unit_of(second)))
    return fail("half of a surrogate pair", at);
  return second + 6;
}

Scanner::At Scanner::number(At at) {
  const At begin = at;
  if (peek(at) == '-') ++at;
  if (peek(at) == '0') {
    ++at;
    if (lex::is_digit(peek(at))) return fail("a number begins with 0", begin);
  } else {
    const At first = at;
    at = digits(at);
    if (at == first) return fail(at == end_ ? "it ends too early" : "a value is expected", begin);
  }
  if (peek(at) == '.') {
    const At first = ++at;
    at = digits(at);
    if (at == first) return fail("a digit is expected", at);
  }
  if (peek(at) == 'e' || peek(at) == 'E') {
    ++at;
    if (peek(at) == '+' || peek(at) == '-') ++at;
    const At first = at;
    at = digits(at);
    if (at == first) return fail("a digit is expected", at);
  }
  return at;
}

Scanner::At Scanner::digits(At at) const {
  while (at < end_ && lex::is_digit(*at)) ++at;
  return at;
}

Scanner::At Scanner::literal(At at, std::string_view word) {
  if (!std::string_view(at, end_).starts_with(word)) return fail("a value is expected", at);
  return at + word.size();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

Error error_of(const Scanner& scanner) {
  constexpr std::size_t kParamBytesMax = 64;
  Error error = make_error(ErrorKind::bad_request,
                           std::string("the JSON text is refused: ") + scanner.fault().what + " at byte " +
                               std::to_string(scanner.fault().at),
                           "Send one JSON value as RFC 8259 defines it, in UTF-8, with every key once");
  if (const std::string key = scanner.repeated_key(); key.size() <= kParamBytesMax && is_printable(key))
    error.param = key;
  return error;
}

}  // namespace

const Member* Object::find(std::string_view key) const {
  for (const Member& member : members_)
    if (member.key_has_escapes ? says(member.key, key) : member.key == key) return &member;
  return nullptr;
}

namespace {
constexpr std::size_t kUsualMembers = 16;
}

Result<Object> scan_object(std::string_view text, ScanLimits limits) {
  std::vector<Member> members;
  members.reserve(kUsualMembers);
  const Rules rules{.limits = limits};
  Scanner scanner(text, rules);
  if (!scanner.run(&members)) return error_of(scanner);
  return Object(text, std::move(members), scanner.begin());
}

Status check_value(std::string_view text, ScanLimits limits) {
  const Rules rules{.limits = limits, .top_is_object = false};
  Scanner scanner(text, rules);
  if (!scanner.run(nullptr)) return error_of(scanner);
  return {};
}

std::optional<Object> scan_answer(std::string_view text) {
  constexpr int kDepthMax = 1024;
  std::vector<Member> members;
  members.reserve(kUsualMembers);
  const Rules rules{.limits = {.depth_max = kDepthMax}, .unique_keys = false, .paired_surrogates = false};
  Scanner scanner(text, rules);
  if (!scanner.run(&members)) return std::nullopt;
  return Object(text, std::move(members), scanner.begin());
}

}  // namespace aigw::json
