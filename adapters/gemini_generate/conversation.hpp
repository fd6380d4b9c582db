#pragma once
// The turns of a request as Gemini takes them: neighbours of one role are one, the calls of a step are answered all and
// in their order by a turn of their own, arguments and results are objects. Only for this folder.

#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::adapters::gemini_generate {

class Conversation {
 public:
  /// Arguments outlive it.
  Conversation(const llm::ChatRequest& request, const llm::EncodeTarget& target, llm::Losses& losses)
      : request_(request), target_(target), losses_(losses) {}

  /// @errors bad_request for what may not be left out
  Status plan();

  /// The value of `contents`.
  void write(json::Writer& out) const;
  /// The member `systemInstruction`, when there is a system text.
  void write_system(json::Writer& out) const;

 private:
  struct Part {
    const llm::Block* block = nullptr;
    const llm::Media* media = nullptr;    ///< of a result, moved out of it
    std::string text = {};                ///< a call's arguments, a result's object
    std::string_view id = {}, name = {};  ///< of a result: its call's
    std::string_view signature = {};
  };
  struct Content {
    llm::Role role = llm::Role::user;
    std::vector<Part> parts = {};
    std::string_view path = {};
    bool is_results = false;  ///< holds nothing but the answers to the calls before it
  };
  struct OpenCall {
    std::string_view id;
    std::string_view name;
    std::string_view path;
    const llm::Block* answer = nullptr;
  };

  Status add(const llm::Turn& turn);
  void add_system(const llm::Turn& turn);
  Status add_assistant(const llm::Turn& turn);
  Status add_user(const llm::Turn& turn);
  /// Pairs a result with its call.
  Status take_result(const llm::Block& block, const llm::ToolResult& result);
  /// The answers so far as a turn of their own, and their media behind it.
  Status close_step();
  Status add_call(Content& content, const llm::Block& block, const llm::ToolCall& call, std::string_view sealed);
  Status add_result(Content& results, Content& moved, const OpenCall& call);
  Status check_media(const llm::Media& media, std::string_view path);
  Content& content_of(llm::Role role, std::string_view path);
  bool is_own(const llm::Seal& seal) const;
  void seal_last_text(Content& content, std::string_view signature);

  void write_part(json::Writer& out, const Part& part) const;
  void write_result(json::Writer& out, const Part& part, const llm::ToolResult& result) const;
  void write_media(json::Writer& out, const llm::Media& media) const;

  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  llm::Losses& losses_;
  std::vector<const llm::Block*> system_;
  std::vector<Content> contents_;
  std::vector<OpenCall> open_;  ///< of the last assistant turn
};

}  // namespace aigw::adapters::gemini_generate
