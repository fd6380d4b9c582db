#pragma once
// Bytes read and not yet taken. Its memory can be given back while the connection idles. One thread.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace aigw::net {

class Buffer {
 public:
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::size_t capacity() const { return capacity_; }
  void consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for at least `bytes` more; what is in it moves to the front when that helps.
  std::pair<char*, std::size_t> prepare(std::size_t bytes) {
    if (capacity_ - end_ < bytes) {
      const std::size_t used = size();
      if (capacity_ - used >= bytes) {
        std::memmove(data_.get(), data_.get() + begin_, used);
      } else {
        const std::size_t grown = std::max(used + bytes, capacity_ * 2);
        auto bigger = std::make_unique_for_overwrite<char[]>(grown);
        if (used > 0) std::memcpy(bigger.get(), data_.get() + begin_, used);
        data_ = std::move(bigger);
        capacity_ = grown;
      }
      begin_ = 0;
      end_ = used;
    }
    return {data_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t bytes) { end_ += bytes; }
  void release() {
    if (!empty()) return;
    data_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace aigw::net
