#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"
#include "base/base64.hpp"

#include <array>

namespace aigw::adapters::openai_chat {
namespace {

using json::Writer;
using llm::Block;
using llm::Losses;
using llm::Media;
using Form = llm::Media::Form;
using Kind = llm::Media::Kind;

void write_text(Writer& out, std::string_view text) {
  out.begin_object().member("type", "text").member("text", text).end_object();
}

std::string data_url(const Media& media) {
  std::string url = "data:";
  url.append(media.mime.empty() ? "application/octet-stream" : media.mime);
  return url.append(";base64,").append(media.data);
}

/// The words that the client's dialect has for a file that only its own provider holds, or that only it can fetch.
Error no_such_form(const std::string& path, const Media& media) {
  constexpr std::array<std::string_view, 4> kNames = {"image", "file", "audio file", "video file"};
  std::string what(kNames[static_cast<std::size_t>(media.kind)]);
  what.append(media.form == Form::url    ? " by URL"
              : media.form == Form::file ? " by file id"
                                         : " of type " + media.mime);
  return cannot_express(path, what, kDialect);
}

Status write_image(Writer& out, const Media& media, const std::string& path) {
  if (media.form == Form::file) return no_such_form(path, media);
  out.begin_object().member("type", "image_url").key("image_url").begin_object();
  out.member("url", media.form == Form::url ? media.data : data_url(media));
  if (!media.detail.empty()) out.member("detail", media.detail);
  out.end_object().end_object();
  return {};
}

Status write_audio(Writer& out, const Media& media, const std::string& path) {
  const bool is_wav = media.mime == "audio/wav" || media.mime == "audio/x-wav" || media.mime == "audio/wave";
  const bool is_mp3 = media.mime == "audio/mpeg" || media.mime == "audio/mp3";
  if (media.form != Form::base64 || (!is_wav && !is_mp3)) return no_such_form(path, media);
  out.begin_object().member("type", "input_audio").key("input_audio").begin_object();
  out.member("data", media.data).member("format", std::string_view(is_wav ? "wav" : "mp3"));
  out.end_object().end_object();
  return {};
}

/// Chat models read PDFs; a text goes in as text.
Status write_document(Writer& out, const Media& media, const std::string& path, Losses& losses) {
  if (media.form == Form::url || media.form == Form::file) return no_such_form(path, media);
  std::optional<std::string> text;
  if (media.form == Form::text)
    text = media.data;
  else if (media.mime.starts_with("text/"))
    text = base64::decode(media.data);
  if (text) {
    write_text(out, media.name.empty() ? *text : media.name + "\n" + *text);
    losses.add(path, "document as text");
    return {};
  }
  out.begin_object().member("type", "file").key("file").begin_object();
  out.member("filename", media.name.empty() ? "document.pdf" : media.name).member("file_data", data_url(media));
  out.end_object().end_object();
  return {};
}

Status write_media(Writer& out, const Media& media, const std::string& path, Losses& losses) {
  switch (media.kind) {
    case Kind::image:
      return write_image(out, media, path);
    case Kind::audio:
      return write_audio(out, media, path);
    case Kind::document:
      return write_document(out, media, path, losses);
    case Kind::video:
      break;
  }
  return no_such_form(path, media);
}

}  // namespace

Status write_part(Writer& out, const Block& block, Losses& losses) {
  if (const auto* text = block.as<llm::Text>()) {
    write_text(out, text->text);
  } else if (const auto* media = block.as<Media>()) {
    return write_media(out, *media, block.path, losses);
  } else if (const auto* opaque = block.as<llm::Opaque>()) {
    return cannot_express(block.path, opaque->kind + " block", kDialect);
  } else {
    losses.add(block.path, "not of a user");
  }
  return {};
}

}  // namespace aigw::adapters::openai_chat
