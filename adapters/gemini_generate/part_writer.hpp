#pragma once
// The blocks of an answer as parts for a client. Only for this folder.

#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <optional>
#include <string>

namespace aigw::adapters::gemini_generate {

/// Writes the elements of one `parts` array. A seal without text of its own rides on the next part.
class PartWriter {
 public:
  /// Arguments outlive it.
  PartWriter(json::Writer& out, const llm::AnswerContext& context) : out_(out), context_(context) {}

  void write(const llm::Block& block, llm::Losses& losses);
  /// What still waits for a part, and a part where there is none.
  void finish();

  /// A call whose arguments are no object was left out: an agent would run whatever stood there instead.
  bool has_broken_call() const { return has_broken_call_; }

 private:
  void write_text(std::string_view text, const std::optional<llm::Seal>& seal);
  void write_call(const llm::ToolCall& call, llm::Losses& losses);
  void end_part(const std::optional<llm::Seal>& seal);

  json::Writer& out_;
  const llm::AnswerContext& context_;
  std::optional<llm::Seal> waiting_;
  bool is_empty_ = true;
  bool has_broken_call_ = false;
};

// One part each, complete; also for streams.
void write_call_part(json::Writer& out, const llm::ToolCall& call, std::string_view arguments,
                     std::string_view signature);
void write_media_part(json::Writer& out, const llm::Media& media);
void write_thought_part(json::Writer& out, std::string_view text, std::string_view signature);

}  // namespace aigw::adapters::gemini_generate
