#include "json/key_set.hpp"

#include "json/lex.hpp"

#include <cstring>
#include <random>

namespace aigw::json {
namespace {

constexpr std::size_t kLinearKeys = 16;
constexpr std::size_t kKeptKeys = 4096;  // scratch that a thread keeps between texts
constexpr std::uint32_t kDecodedBit = 0x80000000U;

// Seeded, so that nobody can send keys that all fall on one slot.
std::uint64_t seed() {
  static const std::uint64_t value = (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
  return value;
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t hash(std::string_view text, std::uint64_t salt) {
  std::uint64_t state = seed() ^ salt;
  while (text.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    state = mix(state ^ word, 0x9E3779B97F4A7C15ULL);
    text.remove_prefix(8);
  }
  std::uint64_t word = text.size();
  for (const char c : text) word = (word << 8U) | static_cast<unsigned char>(c);
  return mix(state ^ word, 0xD6E8FEB86659FD93ULL);
}

}  // namespace

void KeySet::reset(std::string_view text) {
  text_ = text;
  decoded_.clear();
  keys_.clear();
  hashed_.clear();
  in_table_ = 0;
  table_.clear();
  if (keys_.capacity() > kKeptKeys) std::vector<Key>().swap(keys_);
  if (table_.capacity() > kKeptKeys) std::vector<std::uint32_t>().swap(table_);
  if (decoded_.capacity() > kKeptKeys) std::string().swap(decoded_);
}

std::string_view KeySet::text_of(Key key) const {
  if ((key.offset & kDecodedBit) == 0) return text_.substr(key.offset, key.bytes);
  return std::string_view(decoded_).substr(key.offset & ~kDecodedBit, key.bytes);
}

bool KeySet::add(Mark mark, std::string_view written, bool has_escapes) {
  Key key{static_cast<std::uint32_t>(written.data() - text_.data()), static_cast<std::uint32_t>(written.size())};
  if (has_escapes) {
    const std::size_t offset = decoded_.size();
    lex::append_unescaped(decoded_, written);
    key = {static_cast<std::uint32_t>(offset) | kDecodedBit, static_cast<std::uint32_t>(decoded_.size() - offset)};
  }
  keys_.push_back(key);
  const std::size_t count = keys_.size() - mark.key;
  if (count <= kLinearKeys) {
    const std::string_view text = text_of(key);
    for (std::size_t i = mark.key; i + 1 < keys_.size(); ++i)
      if (keys_[i].bytes == key.bytes && text_of(keys_[i]) == text) return false;
    return true;
  }
  if (count == kLinearKeys + 1) {
    hashed_.push_back({mark, mark.key});
    for (std::size_t i = mark.key; i + 1 < keys_.size(); ++i) insert(mark, static_cast<std::uint32_t>(i));
  }
  return insert(mark, static_cast<std::uint32_t>(keys_.size() - 1));
}

void KeySet::close(Mark mark) {
  if (!hashed_.empty() && hashed_.back().mark.key == mark.key) {
    // The last in are the first out, so no later key has probed past them: their slots can simply be emptied.
    for (std::size_t i = keys_.size(); i-- > mark.key;) {
      std::size_t slot = slot_of(mark, text_of(keys_[i]));
      while (table_[slot] != i + 1) slot = (slot + 1) & (table_.size() - 1);
      table_[slot] = 0;
      --in_table_;
    }
    hashed_.pop_back();
  }
  keys_.resize(mark.key);
  decoded_.resize(mark.decoded);
}

std::size_t KeySet::slot_of(Mark mark, std::string_view text) const {
  return hash(text, mark.key) & (table_.size() - 1);
}

bool KeySet::insert(Mark mark, std::uint32_t index) {
  if ((in_table_ + 1) * 2 > table_.size()) grow();
  const std::string_view text = text_of(keys_[index]);
  std::size_t slot = slot_of(mark, text);
  for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
    const std::uint32_t other = table_[slot] - 1;
    if (other >= mark.key && text_of(keys_[other]) == text) return false;
  }
  table_[slot] = index + 1;
  hashed_.back().keys_end = index + 1;
  ++in_table_;
  return true;
}

void KeySet::grow() {
  constexpr std::size_t kSlotsMin = 128;
  table_.assign(table_.empty() ? kSlotsMin : table_.size() * 2, 0);
  for (const Hashed& object : hashed_) {
    for (std::uint32_t index = object.mark.key; index < object.keys_end; ++index) {
      std::size_t slot = slot_of(object.mark, text_of(keys_[index]));
      while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
      table_[slot] = index + 1;
    }
  }
}

}  // namespace aigw::json
