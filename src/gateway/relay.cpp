#include "gateway/relay.hpp"

#include "http/limits.hpp"

#include <algorithm>

namespace aigw::gateway {

void Relay::note(llm::EventKind kind) {
  switch (kind) {
    case llm::EventKind::hidden:
    case llm::EventKind::notice:
      break;
    case llm::EventKind::content:
      content_ = true;
      break;
    case llm::EventKind::closing:
      closed_ = true;
      break;
    case llm::EventKind::error:
      failed_first_ = failed_first_ || (!failed_ && !content_);
      failed_ = true;
      break;
  }
}

std::size_t Relay::event_end(std::string_view text, AtEnd at_end) {
  if (tap_->framing() == llm::RequestFacts::Framing::json_array) return array_.piece_end(text);
  return http::event_end(text, scan_from_, at_end == AtEnd::yes);
}

/// An element of an array is seen as an event of its own.
http::SseEvent Relay::parse(std::string_view raw) const {
  if (tap_->framing() == llm::RequestFacts::Framing::sse) return http::parse_event(raw);
  const std::string_view element = raw.substr(std::min(raw.size(), array_.element_offset()));
  return {.raw = raw, .event = {}, .data = element, .has_data = !element.empty()};
}

void Relay::take_event(std::string_view raw) {
  const http::SseEvent event = parse(raw);
  if (closed_ && event.has_data && tap_->rewrites()) return;
  const llm::EventKind kind = tap_->on_event(event);
  // An answer that is over does not go on; a mark of the end behind its last event is no going on.
  if (closed_ && event.has_data && kind != llm::EventKind::notice) return;
  note(kind);
  if (tap_->rewrites())
    pending_.append(tap_->take());
  else if (kind != llm::EventKind::hidden)
    pending_.append(raw);
}

Status Relay::feed(std::string_view bytes, AtEnd at_end) {
  const bool end = at_end == AtEnd::yes;
  if (!tap_) {
    content_ = content_ || !bytes.empty();
    pending_.append(bytes);
    return {};
  }
  // Most reads hold whole events: they are cut where they lie, and only a torn one is copied together.
  std::string_view text = bytes;
  if (!partial_.empty()) {
    partial_.append(bytes);
    text = partial_;
  }
  std::size_t taken = 0;
  for (;;) {
    const std::size_t size = event_end(text.substr(taken), at_end);
    if (size == std::string_view::npos) break;
    take_event(text.substr(taken, size));
    taken += size;
  }
  if (end && taken < text.size()) {
    take_event(text.substr(taken));  // some providers end without the last blank line
    taken = text.size();
  }
  if (end && tap_->rewrites()) {
    note(tap_->at_end());
    pending_.append(tap_->take());
  }
  // A long event arrives in many reads: what is kept of it stays where it is.
  if (partial_.empty())
    partial_.assign(text.substr(taken));
  else
    partial_.erase(0, taken);
  if (partial_.size() > http::limits::kSseEventBytes)
    return make_error(ErrorKind::upstream_invalid, "the provider sent one stream event larger than 16 MiB");
  return {};
}

}  // namespace aigw::gateway
