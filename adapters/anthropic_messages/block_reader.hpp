#pragma once
// Content blocks of a client's messages. Only for this folder.

#include "base/error.hpp"
#include "json/view.hpp"
#include "llm/block.hpp"
#include "llm/loss.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::adapters::anthropic_messages {

/// bad_request for what no other dialect has.
Error only_here(std::string_view path, std::string_view what);

class BlockReader {
 public:
  explicit BlockReader(llm::Losses& losses) : losses_(losses) {}

  /// Text or a list of blocks. @errors bad_request naming the path
  Status read_content(json::View content, std::string_view path, std::vector<llm::Block>& into);
  Status read_list(json::View list, std::string_view path, std::vector<llm::Block>& into);

 private:
  Status read_block(json::View value, std::string path, std::vector<llm::Block>& into);
  Result<llm::Text> text(json::View value, std::string_view path);
  Result<llm::Media> media(json::View value, llm::Media::Kind kind, std::string_view path);
  Result<llm::ToolCall> tool_call(json::View value, std::string_view path);
  Result<llm::ToolResult> tool_result(json::View value, std::string_view path);
  Status result_part(json::View value, std::string_view path, llm::ToolResult& into);
  std::string search_result(json::View value, std::string_view path);

  llm::Losses& losses_;
};

}  // namespace aigw::adapters::anthropic_messages
