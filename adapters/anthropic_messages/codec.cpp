#include "adapters/anthropic_messages/codec.hpp"

#include "adapters/foreign_seals.hpp"
#include "adapters/model_members.hpp"
#include "adapters/request_fields.hpp"
#include "http/target.hpp"
#include "json/writer.hpp"
#include "llm/model_pages.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters {
namespace anthropic_messages {

TokenUsage merge_usage(TokenUsage known, json::View usage) {
  const auto take = [](json::View view, std::int64_t& into) {
    if (const auto count = view.integer()) into = std::max<std::int64_t>(0, *count);
  };
  const auto [input, read, written, output, details] = usage.members(
      std::array<std::string_view, 5>{"input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
                                      "output_tokens", "output_tokens_details"});
  take(input, known.input);
  take(read, known.cache_read);
  take(written, known.cache_write);
  take(output, known.output);
  take(details["thinking_tokens"], known.reasoning);
  return known;
}

namespace {

struct TypeRow {
  std::string_view type;
  int status;
};
constexpr std::array kTypes = {
    TypeRow{"api_error", 500},         TypeRow{"authentication_error", 401},
    TypeRow{"billing_error", 402},     TypeRow{"invalid_request_error", 400},
    TypeRow{"not_found_error", 404},   TypeRow{"overloaded_error", 529},
    TypeRow{"permission_error", 403},  TypeRow{"rate_limit_error", 429},
    TypeRow{"request_too_large", 413}, TypeRow{"timeout_error", 504},
};

}  // namespace

int status_of_type(std::string_view type) {
  const auto row = std::ranges::find(kTypes, type, &TypeRow::type);
  return row == kTypes.end() ? 0 : row->status;
}

}  // namespace anthropic_messages

namespace {

using llm::Operation;

constexpr std::int64_t kTokensMax = 2'147'483'647;

std::string_view type_of_error(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unauthorized:
      return "authentication_error";
    case ErrorKind::forbidden:
    case ErrorKind::host_not_allowed:
    case ErrorKind::origin_not_allowed:
      return "permission_error";
    case ErrorKind::not_found:
    case ErrorKind::model_not_found:
      return "not_found_error";
    case ErrorKind::body_too_large:
      return "request_too_large";
    case ErrorKind::rate_limited:
      return "rate_limit_error";
    case ErrorKind::overloaded:
      return "overloaded_error";
    case ErrorKind::upstream_timeout:
      return "timeout_error";
    default:
      return error.source() == ErrorSource::client ? "invalid_request_error" : "api_error";
  }
}

std::string error_json(const Error& error, std::string_view request_id) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("type").string("error").key("error").begin_object();
  out.key("type").string(type_of_error(error));
  std::string message = error.next.empty() ? error.message : error.message + ". " + error.next;
  if (error.source() != ErrorSource::client) message = std::string(error.code()) + ": " + message;
  out.key("message").string(message);
  out.end_object().key("request_id").string(request_id).end_object();
  return text;
}

void write_model(json::Writer& out, const llm::ModelView& model) {
  out.begin_object().key("type").string("model");
  out.key("id").string(model.id).key("display_name").string(model.id);
  out.key("created_at").string("1970-01-01T00:00:00Z");
  const auto limit = [&](std::string_view name, std::int64_t tokens) {
    out.key(name);
    tokens > 0 ? out.integer(tokens) : out.null();
  };
  limit("max_input_tokens", model.context_tokens_max);
  limit("max_tokens", model.output_tokens_max);
  out.key("capabilities").null();  // has nine members or none, and we know but a few
  write_pricing(out, model);
  write_capabilities(out, "features", model);
  out.end_object();
}

class AnthropicMessagesCodec final : public llm::Codec, public llm::ModelPages {
 public:
  llm::Dialect dialect() const override { return llm::Dialect::anthropic_messages; }

  Result<llm::RequestFacts> read_request(Operation operation, const json::Object& body) const override {
    llm::RequestFacts facts;
    AIGW_TRY_ASSIGN(facts.model, read_model(body));
    AIGW_TRY(check_messages(body, "messages", Messages::some_not_null));
    if (operation == Operation::chat) {
      AIGW_TRY(check_integer(body, "max_tokens", 1, kTokensMax));
      AIGW_TRY_ASSIGN(facts.stream, read_stream(body));
    }
    facts.usage_asked = true;
    return facts;
  }

  void ask_for_usage(Operation, const json::Object&, const llm::RequestFacts&,
                     std::vector<json::Edit>&) const override {}

  void strip_foreign_seals(const json::Object& body, std::vector<json::Edit>& edits) const override {
    strip_messages_seals(body, edits);
  }

  llm::AnswerFacts read_answer(Operation operation, const json::Object& answer) const override {
    llm::AnswerFacts facts;
    if (const json::View error = answer["error"]; error && !error.is_null())
      facts.error_type = error["type"].string().value_or("error");
    if (operation == Operation::count_tokens) {
      facts.is_answer = answer["input_tokens"].integer().has_value();
      return facts;
    }
    facts.model_served = answer["model"].string().value_or("");
    if (const json::View usage = answer["usage"]; usage.type() == json::Type::object)
      facts.usage = anthropic_messages::merge_usage({}, usage);
    facts.is_answer = answer["content"].type() == json::Type::array;
    return facts;
  }

  std::unique_ptr<llm::StreamTap> stream_tap(Operation, const llm::RequestFacts&) const override {
    return anthropic_messages::make_stream_tap();
  }

  std::string encode_error(const Error& error, std::string_view request_id) const override {
    return error_json(error, request_id);
  }

  std::string encode_stream_error(const Error& error, std::string_view request_id) const override {
    return "event: error\ndata: " + error_json(error, request_id) + "\n\n";
  }

  int status_of(const Error& error) const override {
    return error.kind == ErrorKind::overloaded ? 529 : error.http_status();
  }

  Result<llm::ModelPage> read_page(std::string_view query) const override {
    llm::ModelPage page;
    AIGW_TRY_ASSIGN(page.limit, read_page_size(query, "limit", 1000));
    AIGW_TRY_ASSIGN(page.after, http::percent_decode(http::query_value(query, "after_id")));
    AIGW_TRY_ASSIGN(page.before, http::percent_decode(http::query_value(query, "before_id")));
    return page;
  }

  std::string encode_models(std::span<const llm::ModelView> models) const override {
    return encode_page(models, More::no);
  }

  std::string encode_page(std::span<const llm::ModelView> models, More more) const override {
    std::string text;
    json::Writer out(text);
    out.begin_object().key("data").begin_array();
    for (const llm::ModelView& model : models) write_model(out, model);
    out.end_array().key("has_more").boolean(more == More::yes);
    out.key("first_id");
    models.empty() ? out.null() : out.string(models.front().id);
    out.key("last_id");
    models.empty() ? out.null() : out.string(models.back().id);
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

const llm::Codec& anthropic_messages_codec() {
  static const AnthropicMessagesCodec codec;
  return codec;
}

}  // namespace aigw::adapters
