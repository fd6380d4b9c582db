#include "json/scan.hpp"

#include <algorithm>
#include <utility>

#include "json/key_set.hpp"
#include "json/lex.hpp"
#include "json/utf8.hpp"

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

/// One pass, its containers on an explicit stack. Each step reads one value, key or closing bracket.
class Scanner {
 public:
  Scanner(std::string_view text, const Rules& rules) : text_(text), rules_(rules) {}

  bool run(std::vector<Member>* members);
  const Fault& fault() const { return fault_; }
  std::string repeated_key() const { return fault_is_repeat_ ? std::string(scratch().keys.last()) : std::string(); }
  std::size_t begin() const { return begin_; }

 private:
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

  bool fail(const char* what, std::size_t at) {
    fault_ = {what, at};
    return false;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() { at_ = lex::skip_space(text_, at_); }

  bool check_encoding();
  bool enter(bool is_object);
  void leave();
  bool value();
  bool key();
  bool string(bool* has_escapes);
  bool escape();
  bool unicode_escape();
  bool number();
  bool digits();
  bool literal(std::string_view word);
  bool after_value();

  std::string_view text_;
  const Rules& rules_;
  std::vector<Frame>& frames_ = scratch().frames;
  KeySet& keys_ = scratch().keys;
  std::vector<Member>* members_ = nullptr;
  std::size_t begin_ = 0;  ///< of the top value
  std::size_t at_ = 0;
  std::size_t value_begin_ = 0;  ///< of the value that is being read in the top object
  std::string_view key_;         ///< its key
  bool key_has_escapes_ = false;
  bool value_is_next_ = true;
  Fault fault_;
  bool fault_is_repeat_ = false;
};

bool Scanner::run(std::vector<Member>* members) {
  members_ = members;
  frames_.clear();
  if (frames_.capacity() > kKeptFrames) std::vector<Frame>().swap(frames_);
  keys_.reset(text_);
  if (!check_encoding()) return false;
  skip_space();
  begin_ = at_;
  if (at_ >= text_.size()) return fail("it is empty", at_);
  if (rules_.top_is_object && peek() != '{') return fail("it is no object: '{' is expected", at_);
  do {
    if (value_is_next_ ? !value() : !after_value()) return false;
  } while (value_is_next_ || !frames_.empty());
  skip_space();
  return at_ == text_.size() || fail("something follows its end", at_);
}

bool Scanner::check_encoding() {
  if (text_.size() >= kTextBytesMax) return fail("it is larger than 2 GiB", kTextBytesMax);
  if (text_.starts_with("\xEF\xBB\xBF")) return fail("it begins with a byte order mark", 0);
  return is_utf8(text_) || fail("invalid UTF-8", utf8_error_offset(text_));
}

bool Scanner::enter(bool is_object) {
  if (frames_.size() >= static_cast<std::size_t>(rules_.limits.depth_max)) return fail("nested too deep", at_);
  frames_.push_back({is_object, keys_.open()});
  ++at_;
  skip_space();
  if (peek() == (is_object ? '}' : ']') && at_ < text_.size()) {
    leave();
    return true;
  }
  return is_object ? key() : true;
}

void Scanner::leave() {
  ++at_;
  if (frames_.back().is_object && rules_.unique_keys) keys_.close(frames_.back().mark);
  frames_.pop_back();
  value_is_next_ = false;
}

bool Scanner::value() {
  skip_space();
  if (frames_.size() == 1) value_begin_ = at_;
  value_is_next_ = false;
  switch (peek()) {
    case '{': value_is_next_ = true; return enter(true);
    case '[': value_is_next_ = true; return enter(false);
    case '"': return string(nullptr);
    case 't': return literal("true");
    case 'f': return literal("false");
    case 'n': return literal("null");
    default: return number();
  }
}

bool Scanner::after_value() {
  if (frames_.size() == 1 && members_ != nullptr)
    members_->push_back({key_, key_has_escapes_, text_.substr(value_begin_, at_ - value_begin_), value_begin_});
  skip_space();
  const bool in_object = frames_.back().is_object;
  const char c = peek();
  if (c == ',') {
    ++at_;
    value_is_next_ = true;
    if (!in_object) return true;
    skip_space();
    return key();
  }
  if (c != (in_object ? '}' : ']')) return fail(in_object ? "',' or '}' is expected" : "',' or ']' is expected", at_);
  leave();
  return true;
}

bool Scanner::key() {
  if (peek() != '"') return fail("a key in double quotes is expected", at_);
  const std::size_t begin = at_ + 1;
  bool has_escapes = false;
  if (!string(&has_escapes)) return false;
  const std::string_view written = text_.substr(begin, at_ - 1 - begin);
  if (rules_.unique_keys) {
    if (keys_.size() >= rules_.limits.open_keys_max) return fail("too many keys", begin - 1);
    if (!keys_.add(frames_.back().mark, written, has_escapes)) {
      fault_is_repeat_ = true;
      return fail("a key is repeated", begin - 1);
    }
  }
  if (frames_.size() == 1) {
    key_ = written;
    key_has_escapes_ = has_escapes;
  }
  skip_space();
  if (peek() != ':') return fail("':' is expected", at_);
  ++at_;
  return true;
}

bool Scanner::string(bool* has_escapes) {
  for (++at_;;) {
    at_ = lex::skip_plain(text_, at_);
    if (at_ >= text_.size()) return fail("a string does not end", at_);
    if (text_[at_] == '"') break;
    if (text_[at_] != '\\') return fail("a raw control character in a string", at_);
    if (has_escapes != nullptr) *has_escapes = true;
    if (!escape()) return false;
  }
  ++at_;
  return true;
}

bool Scanner::escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (letter == 'u') return unicode_escape();
  if (letter == '\0' || kLetters.find(letter) == std::string_view::npos)
    return fail("an unknown escape in a string", at_);
  at_ += 2;
  return true;
}

bool Scanner::unicode_escape() {
  const int unit = lex::hex4(text_, at_ + 2);
  if (unit < 0) return fail("a broken \\u escape", at_);
  const std::size_t begin = at_;
  at_ += 6;
  if (!rules_.paired_surrogates) return true;
  if (lex::is_low_surrogate(unit)) return fail("half of a surrogate pair", begin);
  if (!lex::is_high_surrogate(unit)) return true;
  if (text_.substr(at_, 2) != "\\u" || !lex::is_low_surrogate(lex::hex4(text_, at_ + 2)))
    return fail("half of a surrogate pair", begin);
  at_ += 6;
  return true;
}

bool Scanner::number() {
  const std::size_t begin = at_;
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
    if (lex::is_digit(peek())) return fail("a number begins with 0", begin);
  } else if (!digits()) {
    return fail(at_ >= text_.size() ? "it ends too early" : "a value is expected", begin);
  }
  if (peek() == '.') {
    ++at_;
    if (!digits()) return fail("a digit is expected", at_);
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!digits()) return fail("a digit is expected", at_);
  }
  return true;
}

bool Scanner::digits() {
  const std::size_t begin = at_;
  while (lex::is_digit(peek())) ++at_;
  return at_ > begin;
}

bool Scanner::literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail("a value is expected", at_);
  at_ += word.size();
  return true;
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
