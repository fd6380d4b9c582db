#include "adapters/openai_responses/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"

#include <algorithm>

namespace aigw::adapters::openai_responses {
namespace {

class RequestDecoder {
 public:
  RequestDecoder(const json::Object& body, llm::Losses& losses) : body_(body), losses_(losses) {
    out_.dialect = llm::Dialect::openai_responses;
    out_.body = &body;
    out_.usage_asked = true;
  }

  Result<llm::ChatRequest> read();

 private:
  using Read = Status (RequestDecoder::*)(json::View);
  struct Row {
    std::string_view name;
    Read read = nullptr;         ///< null: of no effect elsewhere, or read before the others
    std::string_view loss = {};  ///< why nothing comes of it
  };

  Status instructions(json::View value) {
    auto text = value.string();
    if (!text) return bad_field("instructions", "must be text");
    if (!text->empty()) out_.system.push_back({.value = llm::Text{.text = *std::move(text)}, .path = "instructions"});
    return {};
  }
  Status tools(json::View value) { return decode_tools(value, out_, losses_); }
  Status input(json::View value) { return decode_input(value, out_, losses_); }
  Status tool_choice(json::View value) { return decode_tool_choice(value, out_, losses_); }

  Status model(json::View value) {
    out_.model = value.string().value_or("");
    return {};
  }
  Status stream(json::View value) {
    out_.stream = value.boolean().value_or(false);
    return {};
  }
  Status parallel(json::View value) {
    out_.tool_choice.parallel = value.boolean();
    out_.tool_choice.parallel_path = "parallel_tool_calls";
    return {};
  }
  Status max_tokens(json::View value) {
    out_.max_tokens = {value.integer(), "max_output_tokens"};
    return {};
  }
  Status temperature(json::View value) {
    out_.temperature = {value.number(), "temperature"};
    return out_.temperature ? Status() : bad_field("temperature", "must be a number");
  }
  Status top_p(json::View value) {
    out_.top_p = {value.number(), "top_p"};
    return out_.top_p ? Status() : bad_field("top_p", "must be a number");
  }
  Status top_logprobs(json::View value) {
    out_.top_logprobs = {value.integer(), "top_logprobs"};
    return {};
  }
  Status service_tier(json::View value) {
    out_.service_tier = {value.string(), "service_tier"};
    return {};
  }
  Status safety_identifier(json::View value) {
    out_.end_user = {value.string(), "safety_identifier"};
    return {};
  }
  Status user(json::View value) {
    if (!out_.end_user) out_.end_user = {value.string(), "user"};
    return {};
  }
  Status cache_key(json::View value) {
    out_.cache_key = {value.string(), "prompt_cache_key"};
    return {};
  }
  Status metadata(json::View value) {
    if (value.type() != json::Type::object) return bad_field("metadata", "must be an object");
    if (value.raw().find(':') != std::string_view::npos) out_.metadata = {value.raw(), "metadata"};
    return {};
  }
  Status store(json::View value) {
    out_.store = {value.boolean(), "store"};
    return {};
  }
  Status include(json::View value) {
    value.each([this](json::View word) {
      const auto text = word.string();
      if (text == "reasoning.encrypted_content") out_.sealed_reasoning_asked = true;
      if (text == "message.output_text.logprobs") out_.logprobs = {true, "include"};
    });
    return {};
  }

  Status reasoning(json::View value) {
    struct Fields {
      json::View effort, summary, generate_summary;
    };
    static constexpr std::array kFields = {Field<Fields>{"effort", &Fields::effort},
                                           Field<Fields>{"summary", &Fields::summary},
                                           Field<Fields>{"generate_summary", &Fields::generate_summary}};
    if (value.type() != json::Type::object) return bad_field("reasoning", "must be an object");
    const auto fields = read_fields(value, kFields, "reasoning", losses_);
    out_.reasoning.path = "reasoning";
    if (fields.effort) {
      const auto level = llm::level_named(fields.effort.string().value_or(""));
      if (level)
        out_.reasoning.level = *level;
      else
        losses_.add("reasoning.effort", "unknown effort");
    }
    if (fields.summary || fields.generate_summary) out_.reasoning.show = llm::Reasoning::Show::summary;
    return {};
  }

  Status text(json::View value) {
    struct Fields {
      json::View format, verbosity;
    };
    static constexpr std::array kFields = {Field<Fields>{"format", &Fields::format},
                                           Field<Fields>{"verbosity", &Fields::verbosity}};
    if (value.type() != json::Type::object) return bad_field("text", "must be an object");
    const auto fields = read_fields(value, kFields, "text", losses_);
    if (fields.verbosity) out_.verbosity = {fields.verbosity.string(), "text.verbosity"};
    return fields.format ? format(fields.format) : Status();
  }

  Status format(json::View value) {
    using Kind = llm::OutputFormat::Kind;
    llm::OutputFormat& out = out_.output;
    out.path = "text.format";
    const std::string type = value["type"].string().value_or("");
    if (type == "text") return {};
    if (type == "json_object") {
      out.kind = Kind::json;
      return {};
    }
    if (type != "json_schema") return bad_field("text.format.type", "must be text, json_object or json_schema");
    const auto [name, description, schema, strict] =
        value.members(std::array<std::string_view, 4>{"name", "description", "schema", "strict"});
    if (schema.type() != json::Type::object) return bad_field("text.format.schema", "must be an object");
    out = {.kind = Kind::schema,
           .name = name.string().value_or(""),
           .description = description.string().value_or(""),
           .schema = schema.raw(),
           .strict = strict.boolean(),
           .path = "text.format"};
    return {};
  }

  /// What OpenAI keeps and nobody else has.
  Status state(std::string_view path, std::string_view what) {
    Error error = make_error(ErrorKind::bad_request,
                             std::string(path) + ": " + std::string(what) +
                                 " lives at the provider that made it; no other dialect can express it",
                             "Send the whole conversation as input, or name a provider that speaks openai-responses");
    error.param = path;
    return error;
  }
  Status previous(json::View) { return state("previous_response_id", "the state of a previous response"); }
  Status conversation(json::View) { return state("conversation", "a conversation's state"); }
  Status prompt(json::View) { return state("prompt", "a stored prompt"); }
  Status background(json::View value) {
    if (value.raw() != "true") return {};
    return state("background", "a background response");
  }
  Status truncation(json::View value) {
    if (value.string() == "auto") losses_.add("truncation", "not truncated");
    return {};
  }

  static std::span<const Row> rows();

  const json::Object& body_;
  llm::Losses& losses_;
  llm::ChatRequest out_;
};

std::span<const RequestDecoder::Row> RequestDecoder::rows() {
  using D = RequestDecoder;
  static constexpr std::array kRows = {
      Row{"background", &D::background},
      Row{"client_metadata"},  // Codex, for OpenAI's own telemetry
      Row{"context_management", nullptr, "not managed"},
      Row{"conversation", &D::conversation},
      Row{"include", &D::include},
      Row{"input"},
      Row{"instructions"},
      Row{"max_output_tokens", &D::max_tokens},
      Row{"max_tool_calls", nullptr, "not limited"},
      Row{"metadata", &D::metadata},
      Row{"model", &D::model},
      Row{"moderation", nullptr, "not moderated"},
      Row{"parallel_tool_calls", &D::parallel},
      Row{"previous_response_id", &D::previous},
      Row{"prompt", &D::prompt},
      Row{"prompt_cache_key", &D::cache_key},
      Row{"prompt_cache_options"},
      Row{"prompt_cache_retention"},
      Row{"reasoning", &D::reasoning},
      Row{"safety_identifier", &D::safety_identifier},
      Row{"service_tier", &D::service_tier},
      Row{"store", &D::store},
      Row{"stream", &D::stream},
      Row{"stream_options"},
      Row{"temperature", &D::temperature},
      Row{"text", &D::text},
      Row{"tool_choice", &D::tool_choice},
      Row{"tools"},
      Row{"top_logprobs", &D::top_logprobs},
      Row{"top_p", &D::top_p},
      Row{"truncation", &D::truncation},
      Row{"user", &D::user},
  };
  return kRows;
}

Result<llm::ChatRequest> RequestDecoder::read() {
  // What stands outside of the conversation comes first, whatever the order in the body.
  for (const auto& [name, read] :
       {std::pair{"instructions", &RequestDecoder::instructions}, std::pair{"tools", &RequestDecoder::tools},
        std::pair{"input", &RequestDecoder::input}})
    if (const json::View value = body_[name]; value && !value.is_null()) AIGW_TRY((this->*read)(value));
  for (const json::Member& member : body_.members()) {
    const json::View value = json::View::cut(member.value);
    if (value.is_null()) continue;
    const auto row = std::ranges::find(rows(), member.key, &Row::name);
    if (row == rows().end())
      losses_.add(member.key, "unknown member");
    else if (!row->loss.empty())
      losses_.add(member.key, row->loss);
    else if (row->read)
      AIGW_TRY((this->*row->read)(value));
  }
  if (out_.system.empty() && out_.turns.empty()) return bad_field("input", "is empty: say something");
  return std::move(out_);
}

}  // namespace

Result<llm::ChatRequest> decode_request(const json::Object& body, llm::Losses& losses) {
  return RequestDecoder(body, losses).read();
}

}  // namespace aigw::adapters::openai_responses
