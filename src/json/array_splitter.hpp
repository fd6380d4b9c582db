#pragma once
// Cuts a JSON array into its elements while it arrives, without changing a byte. Any split of the bytes gives the same
// pieces. Keeps no text of its own, so its caller bounds what may pile up. One thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aigw::json {

class ArraySplitter {
 public:
  /// The offset behind the first complete piece of `buffer`, or npos. The pieces put together are the text: an element
  /// with the bracket or comma before it, and at last the closing bracket. `buffer` begins behind the last piece; bytes
  /// may only be appended to it meanwhile. A text that is no array is one piece where it is one object, and none else.
  std::size_t piece_end(std::string_view buffer);

  /// Where the element begins in the last piece; its size for the closing bracket.
  std::size_t element_offset() const { return element_offset_; }
  bool closed() const { return closed_; }  ///< the closing bracket came by

 private:
  enum class Place : std::uint8_t { between, container, string, scalar };
  bool skip_string(std::string_view buffer);
  std::size_t end_piece(std::size_t size);

  Place place_ = Place::between;
  std::size_t at_ = 0;  ///< how far the buffer was read
  std::size_t depth_ = 0;
  std::size_t element_offset_ = 0;
  bool opened_ = false;  ///< the array's own bracket came by, or there is none
  bool closed_ = false;
};

}  // namespace aigw::json
