#pragma once
// Tools and the choice among them, as the Messages API takes them. Only for this folder.

#include "adapters/anthropic_messages/cache_markers.hpp"
#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <vector>

namespace aigw::adapters::anthropic_messages {

class Tools {
 public:
  /// Arguments outlive it.
  Tools(const llm::ChatRequest& request, const llm::EncodeTarget& target, llm::Losses& losses)
      : request_(request), target_(target), losses_(losses) {}

  /// @errors bad_request: tools that run at another provider, schemas that no tool can have
  Status plan();

  std::size_t cache_markers() const;
  /// The model has to call a tool.
  bool is_forced() const;
  /// The members `tools` and `tool_choice`.
  void write(json::Writer& out, CacheMarkers& markers) const;

 private:
  struct Item {
    const llm::Tool* tool = nullptr;
    std::string schema = {};
    bool strict = false;
  };

  Status add(const llm::Tool& tool);
  void settle_choice();
  void write_choice(json::Writer& out) const;

  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  llm::Losses& losses_;
  std::vector<Item> items_;
  llm::ToolChoice::Mode mode_ = llm::ToolChoice::Mode::unset;
  std::string_view name_;
};

}  // namespace aigw::adapters::anthropic_messages
