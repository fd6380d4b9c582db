#pragma once
// Header fields in their order, names compared without case. Flat: one text and one table, both kept by clear(), so a
// warm object allocates nothing. One thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::http {

struct Field {
  std::string_view name;  ///< as it was given
  std::string_view value;
};

class Headers {
 public:
  /// Views into the object, valid until the next add() or clear().
  class Iterator {
   public:
    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Headers* headers_;
    std::size_t index_;
  };

  void add(std::string_view name, std::string_view value);
  /// For a reader of heads: copies the whole of `text` at once. @pre empty
  void adopt(std::string_view text);
  /// A field whose views point into the text that was adopted last, at where it stood then.
  void add_adopted(const Field& field) {
    push({static_cast<std::uint32_t>(field.name.data() - adopted_), static_cast<std::uint32_t>(field.name.size()),
          static_cast<std::uint32_t>(field.value.data() - adopted_), static_cast<std::uint32_t>(field.value.size())});
  }
  /// The first of that name.
  std::optional<std::string_view> get(std::string_view name) const {
    if (!may_have(name)) return std::nullopt;
    return find(name);
  }
  std::size_t count(std::string_view name) const { return may_have(name) ? count_all(name) : 0; }
  bool has(std::string_view name) const { return get(name).has_value(); }

  std::size_t size() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  Field operator[](std::size_t index) const { return {name_of(slots_[index]), value_of(slots_[index])}; }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, slots_.size()}; }
  void clear();

 private:
  struct Slot {
    std::uint32_t name_offset;
    std::uint32_t name_bytes;
    std::uint32_t value_offset;
    std::uint32_t value_bytes;
  };
  void push(const Slot& slot) {
    slots_.push_back(slot);
    lengths_ |= length_bit(slot.name_bytes);
  }
  std::string_view name_of(const Slot& slot) const { return {text_.data() + slot.name_offset, slot.name_bytes}; }
  std::string_view value_of(const Slot& slot) const { return {text_.data() + slot.value_offset, slot.value_bytes}; }
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count_all(std::string_view name) const;
  static std::uint64_t length_bit(std::size_t name_bytes) { return std::uint64_t{1} << (name_bytes % 64); }
  bool may_have(std::string_view name) const { return (lengths_ & length_bit(name.size())) != 0; }
  std::string text_;
  const char* adopted_ = nullptr;  ///< where the adopted text began; only for differences
  std::vector<Slot> slots_;
  std::uint64_t lengths_ = 0;  ///< which name lengths occur: most look-ups are for names that are not there
};

/// Whether a comma list like `Connection: keep-alive, close` holds `token`, without case.
bool has_token(std::string_view list, std::string_view token);

}  // namespace aigw::http
