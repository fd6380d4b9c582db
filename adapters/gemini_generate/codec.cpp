#include "adapters/gemini_generate/codec.hpp"

#include "adapters/foreign_seals.hpp"
#include "adapters/gemini_generate/names.hpp"
#include "adapters/model_members.hpp"
#include "adapters/request_fields.hpp"
#include "http/target.hpp"
#include "json/writer.hpp"
#include "llm/model_pages.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters {
namespace gemini_generate {

std::optional<TokenUsage> read_usage(json::View usage_metadata) {
  using Keys = std::array<std::string_view, 6>;
  const auto [prompt_count, fed_back, cached_count, candidates, thoughts, total] =
      usage_metadata.members(Keys{"promptTokenCount", "toolUsePromptTokenCount", "cachedContentTokenCount",
                                  "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"});
  if (!prompt_count && !candidates && !total) return std::nullopt;
  const auto count = [](json::View view) { return std::max<std::int64_t>(0, view.integer().value_or(0)); };
  const std::int64_t cached = count(cached_count);
  const std::int64_t prompt = std::max(count(prompt_count), cached);
  const std::int64_t reasoning = count(thoughts);
  return TokenUsage{.input = prompt - cached + count(fed_back),
                    .cache_read = cached,
                    .cache_write = 0,
                    .output = count(candidates) + reasoning,
                    .reasoning = reasoning};
}

}  // namespace gemini_generate

namespace {

using gemini_generate::RpcError;
using json::Type;
using llm::Operation;

/// A member in either of its spellings.
const json::Member* find_either(const json::Object& body, std::string_view camel, std::string_view snake) {
  const json::Member* member = body.find(camel);
  return member ? member : body.find(snake);
}

Type type_of(const json::Member* member) { return member ? json::type_of(member->value) : Type::null; }

/// Google reads `maxOutputTokens` and `max_output_tokens` as one field, parsers before it as two: neither is picked.
Status refuse_double_spelling(const json::Object& body) {
  if (const auto twice = gemini_generate::spelled_twice(body))
    return bad_field(*twice, "stands there in both spellings: keep one");
  const json::Member* config = find_either(body, "generationConfig", "generation_config");
  if (type_of(config) != Type::object) return {};
  AIGW_TRY_ASSIGN(const json::Object inner, json::scan_object(config->value));
  if (const auto twice = gemini_generate::spelled_twice(inner))
    return bad_field(config->key, "holds '" + *twice + "' in both spellings: keep one");
  return {};
}

Status check_contents(const json::Object& body) {
  const json::Member* contents = body.find("contents");
  switch (type_of(contents)) {
    case Type::object:  // Google takes a single turn without its list
      return {};
    case Type::array:
      if (!contents->element_types.has_only(Type::object)) return bad_field("contents", "must hold objects only");
      return {};
    case Type::null:
      return bad_field("contents", "is missing");
    default:
      return bad_field("contents", "must be an array");
  }
}

Status check_generate(const json::Object& body) {
  AIGW_TRY(refuse_double_spelling(body));
  AIGW_TRY(check_contents(body));
  const json::Member* config = find_either(body, "generationConfig", "generation_config");
  if (const Type type = type_of(config); type != Type::object && type != Type::null)
    return bad_field(config->key, "must be an object");
  return {};
}

Status check_embed(const json::Object& body) {
  if (type_of(body.find("content")) == Type::object) return {};
  const json::Member* requests = body.find("requests");
  if (type_of(requests) == Type::array && requests->element_types.has_only(Type::object)) return {};
  return requests ? bad_field("requests", "must be an array of objects") : bad_field("content", "must be an object");
}

constexpr std::size_t kPageSizeMax = 100'000;  // Google takes larger ones too, and cuts at 1000

void write_model(json::Writer& out, const llm::ModelView& model) {
  out.begin_object();
  out.member("name", "models/" + std::string(model.id));
  out.member("displayName", model.id);
  if (model.context_tokens_max > 0) out.member("inputTokenLimit", model.context_tokens_max);
  if (model.output_tokens_max > 0) out.member("outputTokenLimit", model.output_tokens_max);
  out.key("supportedGenerationMethods").begin_array();
  if (model.capabilities.find("embeddings") != std::string_view::npos)
    out.string("embedContent").string("batchEmbedContents");
  else
    out.string("generateContent").string("streamGenerateContent").string("countTokens");
  out.end_array();
  write_pricing(out, model);
  write_capabilities(out, "capabilities", model);
  out.end_object();
}

class GeminiGenerateCodec final : public llm::Codec, public llm::ModelPages {
 public:
  llm::Dialect dialect() const override { return llm::Dialect::gemini_generate; }

  /// The model and whether it is a stream stand in the path.
  Result<llm::RequestFacts> read_request(Operation operation, const json::Object& body) const override {
    llm::RequestFacts facts;
    facts.usage_asked = true;
    switch (operation) {
      case Operation::chat:
        AIGW_TRY(check_generate(body));
        break;
      case Operation::count_tokens:
        if (type_of(find_either(body, "generateContentRequest", "generate_content_request")) != Type::object)
          AIGW_TRY(check_contents(body));
        break;
      case Operation::embeddings:
        AIGW_TRY(check_embed(body));
        break;
      default:
        break;
    }
    return facts;
  }

  void ask_for_usage(Operation, const json::Object&, const llm::RequestFacts&,
                     std::vector<json::Edit>&) const override {}

  void strip_foreign_seals(const json::Object& body, std::vector<json::Edit>& edits) const override {
    strip_gemini_seals(body, edits);
  }

  llm::AnswerFacts read_answer(Operation operation, const json::Object& answer) const override {
    llm::AnswerFacts facts;
    if (const json::View error = answer["error"]; error && !error.is_null())
      facts.error_type = error["status"].string().value_or("error");
    facts.model_served = answer["modelVersion"].string().value_or("");
    facts.usage = gemini_generate::read_usage(answer["usageMetadata"]);
    switch (operation) {
      case Operation::count_tokens:
        facts.is_answer = answer["totalTokens"].integer().has_value();
        break;
      case Operation::embeddings:
        facts.is_answer = answer["embedding"].type() == Type::object || answer["embeddings"].type() == Type::array;
        break;
      default:
        // A blocked prompt has no candidates.
        facts.is_answer = answer["candidates"].type() == Type::array || answer["promptFeedback"].type() == Type::object;
    }
    return facts;
  }

  std::unique_ptr<llm::StreamTap> stream_tap(Operation, const llm::RequestFacts& facts) const override {
    return gemini_generate::make_stream_tap(facts.framing);
  }

  std::string encode_error(const Error& error, std::string_view) const override {
    constexpr std::int64_t kOverloadedRetryMs = 1'000;
    const std::string message = error.next.empty() ? error.message : error.message + ". " + error.next;
    return gemini_generate::encode_rpc_error(
        {.http_status = status_of(error),
         .message = message,
         .reason = error.code(),
         .field = error.param,
         .retry_after_ms = error.kind == ErrorKind::overloaded ? kOverloadedRetryMs : 0});
  }

  std::string encode_stream_error(const Error& error, std::string_view request_id) const override {
    return "data: " + encode_error(error, request_id) + "\r\n\r\n";
  }

  Result<llm::ModelPage> read_page(std::string_view query) const override {
    llm::ModelPage page;
    AIGW_TRY_ASSIGN(page.limit, read_page_size(query, "pageSize", kPageSizeMax));
    AIGW_TRY_ASSIGN(page.after, http::percent_decode(http::query_value(query, "pageToken")));
    return page;
  }

  std::string encode_models(std::span<const llm::ModelView> models) const override {
    return encode_page(models, More::no);
  }

  std::string encode_page(std::span<const llm::ModelView> models, More more) const override {
    std::string text;
    json::Writer out(text);
    out.begin_object().key("models").begin_array();
    for (const llm::ModelView& model : models) write_model(out, model);
    out.end_array();
    if (more == More::yes) out.key("nextPageToken").string(models.back().id);
    out.end_object();
    return text;
  }

  std::string encode_model(const llm::ModelView& model) const override {
    std::string text;
    json::Writer out(text);
    write_model(out, model);
    return text;
  }
};

}  // namespace

const llm::Codec& gemini_generate_codec() {
  static const GeminiGenerateCodec codec;
  return codec;
}

}  // namespace aigw::adapters
