#pragma once
// Turns of a client's request: `contents` and `systemInstruction`. Only for this folder.

#include "json/view.hpp"
#include "llm/loss.hpp"
#include "llm/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::adapters::gemini_generate {

class ContentReader {
 public:
  explicit ContentReader(llm::Losses& losses) : losses_(losses) {}

  /// @errors bad_request naming the path
  Status read_contents(json::View contents, std::vector<llm::Turn>& turns);
  Status read_system(json::View instruction, std::string_view path, std::vector<llm::Block>& blocks);

 private:
  struct Part;
  Status read_turn(json::View content, std::string path, std::vector<llm::Turn>& turns);
  Status read_parts(json::View parts, std::string_view owner, std::vector<llm::Block>& blocks);
  Status read_part(json::View part, std::string path, std::vector<llm::Block>& blocks);
  Status collect(json::View part, Part& out);
  Status add_call(Part& part, std::vector<llm::Block>& blocks);
  Status add_result(Part& part, std::vector<llm::Block>& blocks);
  Status add_media(Part& part, std::vector<llm::Block>& blocks);
  void add_text(Part& part, std::vector<llm::Block>& blocks);

  llm::Losses& losses_;
};

}  // namespace aigw::adapters::gemini_generate
