#pragma once
// A stream on its way through: whole events at once, byte for byte, less the ones that only we asked for.

#include "base/error.hpp"
#include "http/sse.hpp"
#include "json/array_splitter.hpp"
#include "llm/codec.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aigw::gateway {

class Relay {
 public:
  /// Without a tap the bytes go through unseen (a content coding that nobody asked for).
  explicit Relay(std::unique_ptr<llm::StreamTap> tap) : tap_(std::move(tap)) {}

  enum class AtEnd : bool { no, yes };
  /// Takes bytes as they came; what may go on to the client is added to pending().
  /// @errors upstream_invalid when one event outgrows its limit
  Status feed(std::string_view bytes, AtEnd at_end);

  std::string_view pending() const { return pending_; }
  void sent() { pending_.clear(); }

  bool has_content() const { return content_; }        ///< an event that a client waits for came by
  bool closed() const { return closed_; }              ///< the dialect's last event came by
  bool failed() const { return failed_; }              ///< the provider's in-band error came by
  bool failed_first() const { return failed_first_; }  ///< ... and it came before any content
  bool complete() const { return !tap_ || closed_ || tap_->complete(); }
  llm::StreamTap* tap() const { return tap_.get(); }

 private:
  std::size_t event_end(std::string_view text, AtEnd at_end);
  http::SseEvent parse(std::string_view raw) const;
  void take_event(std::string_view raw);
  void note(llm::EventKind kind);

  std::unique_ptr<llm::StreamTap> tap_;
  std::string partial_;  ///< of the event that is still arriving
  std::size_t scan_from_ = 0;
  json::ArraySplitter array_;
  std::string pending_;
  bool content_ = false;
  bool closed_ = false;
  bool failed_ = false;
  bool failed_first_ = false;
};

}  // namespace aigw::gateway
