#include "adapters/openai_responses/parts.hpp"
#include "adapters/translation.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"
#include "llm/call_id.hpp"

#include <algorithm>
#include <unordered_map>

namespace aigw::adapters::openai_responses {
namespace {

using llm::Block;
using llm::Dialect;
using llm::Media;
using llm::Role;
using llm::Turn;

constexpr Dialect kOwn = Dialect::openai_responses;

/// Which id a call has here, and which call a result answers: clients repeat ids in long conversations, and Gemini's
/// have none at all.
class CallBook {
 public:
  struct Call {
    std::string id;
    std::string name;
    bool custom = false;
    bool answered = false;
  };
  const Call& open(const llm::ToolCall& call) {
    const std::string original = call.id.empty() ? call.name + "#" + std::to_string(calls_.size()) : call.id;
    std::string id = llm::call_id_for(original, llm::kCallIdCharsMax);
    if (by_id_.contains(call.id))
      id = llm::call_id_for(original + "#" + std::to_string(calls_.size()), llm::kCallIdCharsMax);
    if (!call.id.empty()) by_id_[call.id] = calls_.size();
    calls_.push_back({std::move(id), call.name, call.custom});
    return calls_.back();
  }
  /// Null: no such call.
  Call* answer(const llm::ToolResult& result) {
    if (!result.call_id.empty()) {
      const auto found = by_id_.find(result.call_id);
      if (found == by_id_.end()) return nullptr;
      calls_[found->second].answered = true;
      return &calls_[found->second];
    }
    const auto found = std::ranges::find_if(calls_.begin() + static_cast<std::ptrdiff_t>(first_open_), calls_.end(),
                                            [&](const Call& c) { return !c.answered && c.name == result.name; });
    if (found == calls_.end()) return nullptr;
    found->answered = true;
    while (first_open_ < calls_.size() && calls_[first_open_].answered) ++first_open_;
    return &*found;
  }

 private:
  std::vector<Call> calls_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::size_t first_open_ = 0;
};

/// Gemini's results are objects; the text in the usual wrappers is what the tool said.
std::string text_of(const llm::ToolResult& result) {
  if (!result.is_object) return result.text;
  std::string_view only_name;
  json::View only;
  std::size_t count = 0;
  json::View::of(result.text).each_member([&](std::string_view name, json::View value) {
    only_name = name;
    only = value;
    ++count;
  });
  if (count == 0) return {};
  constexpr std::array<std::string_view, 5> kWrappers = {"output", "result", "return_value", "content", "error"};
  if (count == 1 && std::ranges::find(kWrappers, only_name) != kWrappers.end())
    if (auto text = only.string()) return *std::move(text);
  return result.text;
}

class InputEncoder {
 public:
  InputEncoder(json::Writer& out, const llm::ChatRequest& request, const llm::EncodeTarget& target, llm::Losses& losses)
      : out_(out), request_(request), target_(target), losses_(losses) {}

  Status write() {
    out_.begin_array();
    // `instructions` hold system text alone; input must not be empty.
    if (request_.system_role == "developer" || request_.turns.empty()) {
      for (const Block& block : request_.system)
        if (const auto* text = block.as<llm::Text>()) plain_message(request_.system_role, text->text);
    }
    for (const Turn& turn : request_.turns) AIGW_TRY(one(turn));
    out_.end_array();
    if (!request_.turns.empty() && request_.turns.back().role == Role::assistant)
      losses_.add(request_.turns.back().path, "prefill may not be continued");
    return {};
  }

 private:
  void plain_message(std::string_view role, std::string_view text) {
    out_.begin_object().member("type", "message").member("role", role).member("content", text).end_object();
  }

  Status one(const Turn& turn) {
    if (turn.role == Role::system) {
      std::string text;
      for (const Block& block : turn.blocks)
        if (const auto* piece = block.as<llm::Text>()) text.append(text.empty() ? "" : "\n\n").append(piece->text);
      if (!text.empty()) plain_message("system", text);
      return {};
    }
    for (const Block& block : turn.blocks) AIGW_TRY(this->block(block, turn.role));
    end_message();
    return {};
  }

  Status block(const Block& block, Role role) {
    if (block.cache_marker) losses_.note(block.path, "no breakpoints");
    if (const auto* text = block.as<llm::Text>()) {
      if (text->seal) losses_.note(block.path, "signature of another provider");
      if (text->text.empty()) return {};
      begin_part(role, role == Role::assistant ? "output_text" : "input_text").member("text", text->text);
      if (role == Role::assistant) out_.key("annotations").raw("[]");
      out_.end_object();
    } else if (const auto* refusal = block.as<llm::Refusal>()) {
      begin_part(role, "refusal").member("refusal", refusal->text).end_object();
    } else if (const auto* media = block.as<Media>()) {
      if (role != Role::assistant) return this->media(*media, block.path, role);
      losses_.add(block.path, "no media of the assistant's");
    } else if (const auto* call = block.as<llm::ToolCall>()) {
      if (call->seal) losses_.add(block.path, "reasoning of another provider");
      this->call(*call);
    } else if (const auto* result = block.as<llm::ToolResult>()) {
      return this->result(*result, block.path);
    } else if (const auto* thinking = block.as<llm::Thinking>()) {
      this->thinking(*thinking, block.path);
    } else if (const auto* opaque = block.as<llm::Opaque>()) {
      return this->opaque(*opaque, block.path);
    }
    return {};
  }

  json::Writer& begin_part(Role role, std::string_view type) {
    if (!in_message_) {
      out_.begin_object().member("type", "message");
      out_.member("role", role == Role::assistant ? "assistant" : "user").key("content").begin_array();
      in_message_ = true;
    }
    return out_.begin_object().member("type", type);
  }
  void end_message() {
    if (in_message_) out_.end_array().end_object();
    in_message_ = false;
  }

  Status media(const Media& media, const std::string& path, Role role) {
    if (media.form == Media::Form::file) return cannot_express(path, "a file uploaded to another provider", kOwn);
    if (media.kind == Media::Kind::audio) return cannot_express(path, "audio", kOwn);
    if (media.kind == Media::Kind::video) return cannot_express(path, "video", kOwn);
    if (media.kind == Media::Kind::image) {
      begin_part(role, "input_image").key("image_url");
      out_.string(media.form == Media::Form::url ? media.data : data_url(media));
      out_.member("detail", media.detail.empty() ? std::string_view("auto") : std::string_view(media.detail));
      out_.end_object();
      return {};
    }
    if (const auto text = text_of_document(media)) {
      losses_.add(path, "document as text");
      begin_part(role, "input_text").member("text", *text).end_object();
      return {};
    }
    begin_part(role, "input_file");
    if (media.form == Media::Form::url)
      out_.member("file_url", media.data);
    else
      out_.member("filename", media.name.empty() ? std::string_view("document.pdf") : std::string_view(media.name))
          .member("file_data", data_url(media));
    out_.end_object();
    return {};
  }

  static std::string data_url(const Media& media) {
    std::string out = "data:";
    out.append(media.mime.empty() ? std::string_view("application/octet-stream") : std::string_view(media.mime));
    return out.append(";base64,").append(media.data);
  }

  /// A document that is text is sent as such: OpenAI's files are PDFs.
  static std::optional<std::string> text_of_document(const Media& media) {
    std::string title = media.name.empty() ? "" : media.name + "\n";
    if (media.form == Media::Form::text) return title + media.data;
    if (media.form != Media::Form::base64 || !media.mime.starts_with("text/")) return std::nullopt;
    const auto text = base64::decode(media.data);
    if (!text) return std::nullopt;
    return title + *text;
  }

  void call(const llm::ToolCall& call) {
    end_message();
    const CallBook::Call& known = book_.open(call);
    out_.begin_object().member("type", call.custom ? "custom_tool_call" : "function_call");
    out_.member("call_id", known.id).member("name", call.name);
    if (call.custom)
      out_.member("input", call.arguments);
    else
      out_.member("arguments", call.arguments.empty() ? std::string_view("{}") : std::string_view(call.arguments));
    out_.end_object();
  }

  Status result(const llm::ToolResult& result, const std::string& path) {
    end_message();
    const CallBook::Call* call = book_.answer(result);
    const std::string id = call ? call->id : llm::call_id_for(result.call_id, llm::kCallIdCharsMax);
    const bool custom = call ? call->custom : result.custom;
    if (result.is_error) losses_.add(path, "no error flag");
    out_.begin_object().member("type", custom ? "custom_tool_call_output" : "function_call_output");
    out_.member("call_id", id).key("output");
    const std::string text = text_of(result);
    if (result.media.empty()) {
      out_.string(text);
    } else {
      out_.begin_array();
      in_message_ = true;  // parts of an output are written like those of a message
      if (!text.empty()) begin_part(Role::user, "input_text").member("text", text).end_object();
      for (const Media& media : result.media) AIGW_TRY(this->media(media, path, Role::user));
      in_message_ = false;
      out_.end_array();
    }
    out_.end_object();
    return {};
  }

  void thinking(const llm::Thinking& thinking, const std::string& path) {
    const auto& seal = thinking.seal;
    const bool native = seal && seal->dialect == kOwn &&
                        (seal->provider == target_.provider || (seal->provider.empty() && request_.dialect == kOwn));
    if (!native) {
      losses_.add(path, "reasoning of another provider");
      return;
    }
    end_message();
    out_.begin_object().member("type", "reasoning").key("summary").begin_array();
    if (!thinking.text.empty())
      out_.begin_object().member("type", "summary_text").member("text", thinking.text).end_object();
    out_.end_array().member("encrypted_content", seal->bytes).end_object();
  }

  Status opaque(const llm::Opaque& opaque, const std::string& path) {
    if (opaque.dialect == kOwn) {
      end_message();
      out_.raw(opaque.json);
      return {};
    }
    if (text::contains(opaque.kind, "compaction")) return cannot_express(path, "a compaction block", kOwn);
    losses_.add(path, "block of a server tool");
    return {};
  }

  json::Writer& out_;
  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  llm::Losses& losses_;
  CallBook book_;
  bool in_message_ = false;
};

}  // namespace

Status encode_input(json::Writer& out, const llm::ChatRequest& request, const llm::EncodeTarget& target,
                    llm::Losses& losses) {
  return InputEncoder(out, request, target, losses).write();
}

}  // namespace aigw::adapters::openai_responses
