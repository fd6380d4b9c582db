#include "adapters/openai_chat/codec.hpp"

#include "adapters/foreign_seals.hpp"
#include "adapters/model_members.hpp"
#include "adapters/request_fields.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters {
namespace openai_chat {

/// Pictures and transcriptions count in responses' words.
static std::optional<TokenUsage> read_media_usage(json::View usage) {
  const auto [input, output] = usage.members(std::array<std::string_view, 2>{"input_tokens", "output_tokens"});
  if (!input.integer() || !output.integer()) return std::nullopt;
  return TokenUsage{.input = std::max<std::int64_t>(0, *input.integer()),
                    .output = std::max<std::int64_t>(0, *output.integer())};
}

std::optional<TokenUsage> read_usage(json::View usage) {
  if (usage.type() != json::Type::object) return std::nullopt;
  using Keys = std::array<std::string_view, 8>;
  const auto [prompt_tokens, completion_tokens, total_tokens, details, completion_details, hits, cached_tokens,
              num_cached] =
      usage.members(Keys{"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
                         "completion_tokens_details", "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens"});
  if (!prompt_tokens && !completion_tokens) return read_media_usage(usage);
  const auto count = [](json::View view) { return std::max<std::int64_t>(0, view.integer().value_or(0)); };
  std::int64_t prompt = count(prompt_tokens);
  std::int64_t completion = count(completion_tokens);
  std::int64_t cached = 0;
  for (const json::View view : {details["cached_tokens"], hits, cached_tokens, num_cached})
    if (cached == 0) cached = count(view);
  const std::int64_t written = count(details["cache_write_tokens"]);
  std::int64_t reasoning = count(completion_details["reasoning_tokens"]);
  const auto total = total_tokens.integer();
  if (total && *total != prompt + completion && *total == prompt + completion + reasoning)
    completion += reasoning;
  else
    reasoning = std::min(reasoning, completion);
  prompt = std::max(prompt, cached + written);
  return TokenUsage{.input = prompt - cached - written,
                    .cache_read = cached,
                    .cache_write = written,
                    .output = completion,
                    .reasoning = reasoning};
}

}  // namespace openai_chat

namespace {

using llm::Operation;

constexpr std::int64_t kTokensMax = 2'147'483'647;
constexpr std::int64_t kChoicesMax = 128;  // OpenAI's own bound for `n`, API reference 2026-11

/// "rate_limit_exceeded" and the like for OpenAI's `code`, and its `type`.
struct ErrorWords {
  std::string_view type;
  std::string_view code;
};

ErrorWords words_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unauthorized:
      return {"invalid_request_error", "invalid_api_key"};
    case ErrorKind::forbidden:
      return {"invalid_request_error", "permission_denied"};
    case ErrorKind::rate_limited:
      return {"requests", "rate_limit_exceeded"};
    case ErrorKind::overloaded:
      return {"server_error", "server_is_overloaded"};
    case ErrorKind::body_too_large:
      return {"invalid_request_error", "request_too_large"};
    case ErrorKind::upstream_timeout:
      return {"server_error", "timeout"};
    default:
      break;
  }
  return {error.source() == ErrorSource::client ? "invalid_request_error" : "server_error", error.code()};
}

void write_error(json::Writer& out, const Error& error) {
  const ErrorWords words = words_of(error);
  out.begin_object().key("error").begin_object();
  out.key("message").string(error.next.empty() ? error.message : error.message + ". " + error.next);
  out.key("type").string(words.type);
  out.key("param");
  if (error.param.empty())
    out.null();
  else
    out.string(error.param);
  out.key("code").string(words.code);
  out.end_object().end_object();
}

void write_model(json::Writer& out, const llm::ModelView& model) {
  out.begin_object();
  out.key("id").string(model.id);
  out.key("object").string("model");
  out.key("created").integer(0);
  out.key("owned_by").string(model.owner);
  if (model.context_tokens_max > 0) out.key("context_length").integer(model.context_tokens_max);
  if (model.output_tokens_max > 0) out.key("max_output_tokens").integer(model.output_tokens_max);
  write_pricing(out, model);
  write_capabilities(out, "capabilities", model);
  out.end_object();
}

class OpenAiChatCodec final : public llm::Codec {
 public:
  llm::Dialect dialect() const override { return llm::Dialect::openai_chat; }

  Result<llm::RequestFacts> read_request(Operation operation, const json::Object& body) const override {
    llm::RequestFacts facts;
    AIGW_TRY_ASSIGN(facts.model, read_model(body));
    switch (operation) {
      case Operation::chat:
        AIGW_TRY(check_messages(body, "messages", Messages::objects_or_none));
        [[fallthrough]];
      case Operation::completions: {
        AIGW_TRY(check_integer(body, "max_tokens", 1, kTokensMax));
        AIGW_TRY(check_integer(body, "max_completion_tokens", 1, kTokensMax));
        AIGW_TRY(check_integer(body, "n", 1, kChoicesMax));
        AIGW_TRY_ASSIGN(facts.stream, read_stream(body));
        facts.usage_asked = body["stream_options"]["include_usage"].raw() == "true";
        break;
      }
      case Operation::embeddings:
      case Operation::moderations: {
        const json::Member* input = body.find("input");
        const json::Type type = input ? json::type_of(input->value) : json::Type::null;
        if (type == json::Type::null) return bad_field("input", "is missing");
        if (type == json::Type::boolean || (type == json::Type::object && operation == Operation::embeddings))
          return bad_field("input", "must be text, tokens, or an array of these");
        break;
      }
      default:
        break;
    }
    return facts;
  }

  void ask_for_usage(Operation operation, const json::Object& body, const llm::RequestFacts& facts,
                     std::vector<json::Edit>& edits) const override {
    if ((operation != Operation::chat && operation != Operation::completions) || !facts.stream || facts.usage_asked)
      return;
    const json::Member* options = body.find("stream_options");
    if (!options) {
      edits.push_back(json::add_member(body, "stream_options", R"({"include_usage":true})"));
      return;
    }
    const json::View view = json::View::of(options->value);
    if (view.type() == json::Type::null) {
      edits.push_back(json::replace_value(*options, R"({"include_usage":true})"));
    } else if (const json::View usage = view["include_usage"]; usage) {
      const auto offset = options->value_offset + static_cast<std::size_t>(usage.raw().data() - options->value.data());
      edits.push_back({offset, usage.raw().size(), "true"});
    } else if (view.type() == json::Type::object) {
      const bool empty = options->value.find_first_not_of(" \t\r\n", 1) == options->value.size() - 1;
      edits.push_back({options->value_offset + 1, 0, empty ? R"("include_usage":true)" : R"("include_usage":true,)"});
    }
  }

  void strip_foreign_seals(const json::Object& body, std::vector<json::Edit>& edits) const override {
    strip_chat_seals(body, edits);
  }

  llm::AnswerFacts read_answer(Operation operation, const json::Object& body) const override {
    llm::AnswerFacts facts;
    const std::string_view list_key = operation == Operation::chat || operation == Operation::completions ? "choices"
                                      : operation == Operation::moderations                               ? "results"
                                                                                                          : "data";
    if (const json::View error = body["error"]; error && !error.is_null())
      facts.error_type = error["code"].string().value_or(error["type"].string().value_or("error"));
    facts.model_served = body["model"].string().value_or("");
    facts.usage = openai_chat::read_usage(body["usage"]);
    facts.is_answer = body[list_key].type() == json::Type::array;
    return facts;
  }

  std::unique_ptr<llm::StreamTap> stream_tap(Operation, const llm::RequestFacts& facts) const override {
    return openai_chat::make_stream_tap(facts.stream && !facts.usage_asked);
  }

  std::string encode_error(const Error& error, std::string_view) const override {
    std::string text;
    json::Writer out(text);
    write_error(out, error);
    return text;
  }

  std::string encode_stream_error(const Error& error, std::string_view) const override {
    std::string text;
    json::Writer out(text);
    write_error(out, error);
    return "data: " + text + "\n\n";
  }

  std::string encode_models(std::span<const llm::ModelView> models) const override {
    std::string text;
    json::Writer out(text);
    out.begin_object().key("object").string("list").key("data").begin_array();
    for (const llm::ModelView& model : models) write_model(out, model);
    out.end_array();
    // Codex reads "models" alone, as rows of its own catalogue with a system prompt in each: none of ours replaces
    // those.
    out.key("models").begin_array().end_array().end_object();
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

const llm::Codec& openai_chat_codec() {
  static const OpenAiChatCodec codec;
  return codec;
}

}  // namespace aigw::adapters
