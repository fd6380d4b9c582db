#include "adapters/openai_responses/codec.hpp"

#include "adapters/foreign_seals.hpp"
#include "adapters/openai_chat/codec.hpp"
#include "adapters/request_fields.hpp"
#include "json/writer.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters {
namespace openai_responses {

std::optional<TokenUsage> read_usage(json::View usage) {
  if (usage.type() != json::Type::object) return std::nullopt;
  using Keys = std::array<std::string_view, 4>;
  const auto [input_tokens, output_tokens, input_details, output_details] =
      usage.members(Keys{"input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"});
  if (!input_tokens && !output_tokens) return std::nullopt;
  const auto count = [](json::View view) { return std::max<std::int64_t>(0, view.integer().value_or(0)); };
  const auto [read_view, written_view] =
      input_details.members(std::array<std::string_view, 2>{"cached_tokens", "cache_write_tokens"});
  const std::int64_t cached = count(read_view);
  const std::int64_t written = count(written_view);
  const std::int64_t input = std::max(count(input_tokens), cached + written);
  const std::int64_t output = count(output_tokens);
  return TokenUsage{.input = input - cached - written,
                    .cache_read = cached,
                    .cache_write = written,
                    .output = output,
                    .reasoning = std::min(count(output_details["reasoning_tokens"]), output)};
}

std::string failure_events(const StreamFailure& failure) {
  // Nested as OpenAI sends it; the flat members beside it are what its specification says.
  const json::View error = json::View::of(failure.error);
  const auto member_of = [&](std::string_view name) {
    const json::View value = error[name];
    return value ? value.raw() : std::string_view("null");
  };
  std::string out = "event: error\ndata: ";
  json::Writer first(out);
  first.begin_object().member("type", "error").member("sequence_number", failure.sequence);
  first.key("error").raw(failure.error);
  for (const std::string_view name : {"code", "message", "param"}) first.key(name).raw(member_of(name));
  first.end_object();
  out += "\n\nevent: response.failed\ndata: ";
  json::Writer second(out);
  second.begin_object().member("type", "response.failed").member("sequence_number", failure.sequence + 1);
  second.key("response").begin_object();
  second.member("id", failure.response_id).member("object", "response").member("created_at", failure.created_s);
  second.member("status", "failed").key("error").begin_object();
  second.key("code").raw(member_of("code")).key("message").raw(member_of("message")).end_object();
  second.key("incomplete_details").null().key("instructions").null();
  second.member("model", failure.model).key("output").array_of(failure.output);
  second.member("parallel_tool_calls", true).member("tool_choice", "auto").key("tools").raw("[]");
  second.key("metadata").raw("{}").key("temperature").null().key("top_p").null().key("usage").null();
  second.end_object().end_object();
  return out += "\n\n";
}

}  // namespace openai_responses

namespace {

using llm::Operation;

constexpr std::int64_t kTokensMax = 2'147'483'647;

class OpenAiResponsesCodec final : public llm::Codec {
 public:
  llm::Dialect dialect() const override { return llm::Dialect::openai_responses; }

  Result<llm::RequestFacts> read_request(Operation operation, const json::Object& body) const override {
    llm::RequestFacts facts;
    AIGW_TRY_ASSIGN(facts.model, read_model(body));
    if (const json::View input = body["input"];
        input && !input.is_null() && input.type() != json::Type::string && input.type() != json::Type::array)
      return bad_field("input", "must be text or an array of items");
    AIGW_TRY(check_integer(body, "max_output_tokens", 1, kTokensMax));
    if (operation == Operation::chat) {
      AIGW_TRY_ASSIGN(facts.stream, read_stream(body));
    }
    facts.usage_asked = true;
    return facts;
  }

  void ask_for_usage(Operation, const json::Object&, const llm::RequestFacts&,
                     std::vector<json::Edit>&) const override {}

  void strip_foreign_seals(const json::Object& body, std::vector<json::Edit>& edits) const override {
    strip_responses_seals(body, edits);
  }

  llm::AnswerFacts read_answer(Operation operation, const json::Object& answer) const override {
    llm::AnswerFacts facts;
    if (operation == Operation::count_tokens) {
      facts.is_answer = answer["input_tokens"].integer().has_value();
      return facts;
    }
    // A response that failed is an answer with an error in it; an error alone is none.
    facts.is_answer = answer["output"].type() == json::Type::array;
    if (const json::View error = answer["error"]; !facts.is_answer && error && !error.is_null())
      facts.error_type = error["code"].string().value_or(error["type"].string().value_or("error"));
    facts.model_served = answer["model"].string().value_or("");
    facts.usage = openai_responses::read_usage(answer["usage"]);
    return facts;
  }

  std::unique_ptr<llm::StreamTap> stream_tap(Operation, const llm::RequestFacts&) const override {
    return openai_responses::make_stream_tap();
  }

  // Errors and lists of models have one form in both of OpenAI's dialects.
  std::string encode_error(const Error& error, std::string_view request_id) const override {
    return openai_chat_codec().encode_error(error, request_id);
  }
  std::string encode_stream_error(const Error& error, std::string_view request_id) const override {
    const std::string body = encode_error(error, request_id);
    return openai_responses::failure_events({.response_id = request_id, .error = json::View::of(body)["error"].raw()});
  }
  std::string encode_models(std::span<const llm::ModelView> models) const override {
    return openai_chat_codec().encode_models(models);
  }
  std::string encode_model(const llm::ModelView& model) const override {
    return openai_chat_codec().encode_model(model);
  }
};

}  // namespace

const llm::Codec& openai_responses_codec() {
  static const OpenAiResponsesCodec codec;
  return codec;
}

}  // namespace aigw::adapters
