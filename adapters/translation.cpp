#include "adapters/translation.hpp"

#include "base/base64.hpp"
#include "base/text.hpp"
#include "json/view.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aigw::adapters {
namespace {

struct Magic {
  std::string_view bytes;
  std::string_view mime;
};
constexpr std::array kMagic = {
    Magic{"\x89PNG", "image/png"},
    Magic{"\xFF\xD8\xFF", "image/jpeg"},
    Magic{"GIF8", "image/gif"},
    Magic{"%PDF", "application/pdf"},
};

struct Extension {
  std::string_view text;
  std::string_view mime;
};
constexpr std::array kExtensions = {
    Extension{".png", "image/png"},         Extension{".jpg", "image/jpeg"},  Extension{".jpeg", "image/jpeg"},
    Extension{".gif", "image/gif"},         Extension{".webp", "image/webp"}, Extension{".pdf", "application/pdf"},
    Extension{".txt", "text/plain"},        Extension{".mp3", "audio/mpeg"},  Extension{".wav", "audio/wav"},
    Extension{".mp4", "video/mp4"},         Extension{".webm", "video/webm"}, Extension{".mov", "video/quicktime"},
    Extension{".csv", "text/csv"},          Extension{".html", "text/html"},  Extension{".md", "text/markdown"},
    Extension{".json", "application/json"},
};

/// Under which Google's SDKs put a text that a function returned.
constexpr std::array<std::string_view, 4> kResultKeys = {"output", "result", "return_value", "content"};

}  // namespace

Error cannot_express(std::string_view path, std::string_view what, llm::Dialect target) {
  std::string message(path);
  message.append(": ").append(what).append("; ").append(llm::name_of(target)).append(" cannot express it");
  Error error = make_error(ErrorKind::bad_request, std::move(message),
                           "Leave it out, or choose a model whose provider speaks your dialect");
  error.param = path;
  return error;
}

Error hosted_elsewhere(const llm::Tool& tool, llm::Dialect target) {
  return cannot_express(tool.path, "tool " + tool.name + " runs at its provider", target);
}

bool asks_for_nothing(const llm::Tool& tool) {
  return tool.kind == llm::Tool::Kind::hosted && tool.name == "web_search_options" &&
         tool.schema.find_first_not_of("{} \t\r\n") == std::string_view::npos;
}

std::string_view sniff_mime(std::string_view base64_text) {
  const auto bytes = base64::decode(base64_text.substr(0, std::min<std::size_t>(base64_text.size() / 4 * 4, 24)));
  if (!bytes) return {};
  for (const Magic& magic : kMagic)
    if (bytes->starts_with(magic.bytes)) return magic.mime;
  if (bytes->size() >= 12 && bytes->starts_with("RIFF") && bytes->substr(8, 4) == "WEBP") return "image/webp";
  return {};
}

std::string_view mime_of_url(std::string_view url) {
  const std::string path = text::to_lower(url.substr(0, url.find_first_of("?#")));
  for (const Extension& extension : kExtensions)
    if (path.ends_with(extension.text)) return extension.mime;
  return {};
}

llm::Media::Kind media_kind_of(std::string_view mime) {
  using Kind = llm::Media::Kind;
  if (mime.starts_with("image/")) return Kind::image;
  if (mime.starts_with("audio/")) return Kind::audio;
  if (mime.starts_with("video/")) return Kind::video;
  return Kind::document;
}

std::optional<DataUrl> parse_data_url(std::string_view url) {
  if (url.size() < 5 || !text::equal_ignore_case(url.substr(0, 5), "data:")) return std::nullopt;
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view head = url.substr(5, comma - 5);
  if (!text::to_lower(head).ends_with(";base64")) return std::nullopt;
  DataUrl out{std::string(head.substr(0, head.find(';'))), standard_base64(url.substr(comma + 1))};
  if (const std::string_view told = sniff_mime(out.base64); !told.empty()) out.mime = told;
  if (out.mime == "image/jpg") out.mime = "image/jpeg";
  return out;
}

std::string standard_base64(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  std::ranges::replace(out, '-', '+');
  std::ranges::replace(out, '_', '/');
  while (out.size() % 4 != 0 && out.size() % 4 != 1) out += '=';
  return out;
}

PlainResult plain_result(const llm::ToolResult& result) {
  PlainResult out{result.text, result.is_error};
  if (!result.is_object) return out;
  std::size_t members = 0;
  std::optional<std::string> only;
  bool is_error = false;
  json::View::of(result.text).each_member([&](std::string_view name, json::View value) {
    ++members;
    is_error = name == "error";
    if (is_error || std::ranges::find(kResultKeys, name) != kResultKeys.end()) only = value.string();
  });
  if (members == 0) return {.text = "", .is_error = result.is_error};
  if (members == 1 && only) return {*std::move(only), result.is_error || is_error};
  return out;
}

std::size_t bytes_likely(const llm::ChatRequest& request) {
  constexpr std::size_t kOtherNames = 512;
  return kOtherNames + (request.body ? request.body->text().size() : 0);
}

std::string at(std::string_view path, std::string_view member) {
  std::string out;
  out.reserve(path.size() + 1 + member.size());
  out.append(path);
  if (!out.empty()) out += '.';
  return out.append(member);
}

std::string at(std::string_view path, std::size_t index) { return at({}, path, index); }

std::string at(std::string_view path, std::string_view list, std::size_t index) {
  char digits[20];
  const std::string_view number(digits, std::to_chars(digits, digits + sizeof digits, index).ptr);
  std::string out;
  out.reserve(path.size() + list.size() + 3 + number.size());
  out.append(path);
  if (!path.empty()) out += '.';
  out.append(list);
  out += '[';
  out.append(number);
  out += ']';
  return out;
}

}  // namespace aigw::adapters
