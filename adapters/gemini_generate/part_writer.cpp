#include "adapters/gemini_generate/part_writer.hpp"

#include "adapters/gemini_generate/parts.hpp"

#include <utility>

namespace aigw::adapters::gemini_generate {

void write_call_part(json::Writer& out, const llm::ToolCall& call, std::string_view arguments,
                     std::string_view signature) {
  out.begin_object().key("functionCall").begin_object();
  out.member("name", call.name).key("args").raw(arguments);
  if (!call.id.empty()) out.member("id", call.id);
  out.end_object();
  if (!signature.empty()) out.member("thoughtSignature", signature);
  out.end_object();
}

void write_media_part(json::Writer& out, const llm::Media& media) {
  out.begin_object().key("inlineData").begin_object();
  out.member("mimeType", media.mime).member("data", media.data).end_object().end_object();
}

void write_thought_part(json::Writer& out, std::string_view text, std::string_view signature) {
  out.begin_object().member("text", text).member("thought", true);
  if (!signature.empty()) out.member("thoughtSignature", signature);
  out.end_object();
}

void PartWriter::write(const llm::Block& block, llm::Losses& losses) {
  if (const auto* text = block.as<llm::Text>()) {
    write_text(text->text, text->seal);
  } else if (const auto* refusal = block.as<llm::Refusal>()) {
    write_text(refusal->text, std::nullopt);
  } else if (const auto* call = block.as<llm::ToolCall>()) {
    write_call(*call, losses);
  } else if (const auto* thinking = block.as<llm::Thinking>()) {
    if (thinking->redacted) {
      waiting_ = thinking->seal;
      return;
    }
    if (thinking->text.empty() && !thinking->seal) return;
    is_empty_ = false;
    write_thought_part(out_, thinking->text, thinking->seal ? signature_of(*thinking->seal, context_) : "");
  } else if (const auto* media = block.as<llm::Media>()) {
    if (media->form != llm::Media::Form::base64) return losses.add("content", "media");
    is_empty_ = false;
    write_media_part(out_, *media);
  } else if (const auto* opaque = block.as<llm::Opaque>()) {
    losses.add("content", opaque->kind);
  }
}

void PartWriter::write_text(std::string_view text, const std::optional<llm::Seal>& seal) {
  if (text.empty() && !seal) return;
  out_.begin_object().member("text", text);
  end_part(seal);
}

void PartWriter::write_call(const llm::ToolCall& call, llm::Losses& losses) {
  const auto arguments = call_arguments(call);
  if (!arguments) {
    has_broken_call_ = true;
    losses.add("content.functionCall." + call.name, "arguments are no object");
    return;
  }
  if (call.custom) losses.add("content.functionCall." + call.name, "custom tool as function");
  const std::optional<llm::Seal>& seal = call.seal ? call.seal : waiting_;
  write_call_part(out_, call, *arguments, seal ? signature_of(*seal, context_) : "");
  waiting_.reset();
  is_empty_ = false;
}

void PartWriter::end_part(const std::optional<llm::Seal>& seal) {
  if (const std::optional<llm::Seal>& due = seal ? seal : waiting_)
    out_.member("thoughtSignature", signature_of(*due, context_));
  out_.end_object();
  waiting_.reset();
  is_empty_ = false;
}

void PartWriter::finish() {
  if (!waiting_ && !is_empty_) return;
  out_.begin_object().member("text", "");
  end_part(std::nullopt);
}

}  // namespace aigw::adapters::gemini_generate
