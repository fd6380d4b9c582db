#pragma once
// The keys of all objects that are open at one place of a JSON text: finds a repeated key in any of them. Up to 16 keys
// of an object are compared one by one, beyond that through one hash table that all objects share. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::json {

class KeySet {
 public:
  /// Forgets everything; keeps a little memory for the next text.
  void reset(std::string_view text);

  /// The marks at which an object opens; give it back to `add` and `close`.
  struct Mark {
    std::uint32_t key = 0;
    std::uint32_t decoded = 0;
  };
  Mark open() const { return {static_cast<std::uint32_t>(keys_.size()), static_cast<std::uint32_t>(decoded_.size())}; }
  void close(Mark mark);

  /// Adds a key of the innermost open object, which opened at `mark`: `written` is a part of the text, between the
  /// quotes, with well-formed escapes. False when the object has it already.
  bool add(Mark mark, std::string_view written, bool has_escapes);

  std::size_t size() const { return keys_.size(); }
  /// The decoded text of the key that was added last.
  std::string_view last() const { return text_of(keys_.back()); }

 private:
  struct Key {
    std::uint32_t offset;  ///< in the text, or in decoded_ when the top bit is set
    std::uint32_t bytes;
  };
  /// An open object whose keys are in table_. They are contiguous: only the innermost object gets keys.
  struct Hashed {
    Mark mark;
    std::uint32_t keys_end;
  };
  std::string_view text_of(Key key) const;
  std::size_t slot_of(Mark mark, std::string_view text) const;
  bool insert(Mark mark, std::uint32_t index);
  void grow();

  std::string_view text_;
  std::string decoded_;               ///< keys that were written with escapes
  std::vector<Key> keys_;             ///< a stack: an object's keys lie behind its mark
  std::vector<std::uint32_t> table_;  ///< index into keys_ plus 1; open addressing
  std::vector<Hashed> hashed_;        ///< outermost first
  std::size_t in_table_ = 0;
};

}  // namespace aigw::json
