#include "adapters/gemini_generate/generation_config.hpp"

#include "adapters/gemini_generate/members.hpp"
#include "adapters/gemini_generate/parts.hpp"
#include "base/text.hpp"

namespace aigw::adapters::gemini_generate {
namespace {

using json::Type;
using json::View;
using llm::OutputFormat;
using llm::Reasoning;

class ConfigReader {
 public:
  ConfigReader(llm::ChatRequest& request, llm::Losses& losses) : request_(request), losses_(losses) {}

  Status run(View config) {
    using Row = MemberRow<ConfigReader>;
    static constexpr std::array kRows = {
        Row{"maxOutputTokens", &ConfigReader::max_tokens},
        Row{"temperature", &ConfigReader::temperature},
        Row{"topP", &ConfigReader::top_p},
        Row{"topK", &ConfigReader::top_k},
        Row{"stopSequences", &ConfigReader::stop},
        Row{"thinkingConfig", &ConfigReader::thinking},
        Row{"responseMimeType", &ConfigReader::mime_type},
        Row{"responseSchema", &ConfigReader::typed_schema},
        Row{"responseJsonSchema", &ConfigReader::json_schema},
        Row{"responseFormat", &ConfigReader::response_format},
        Row{"responseModalities", &ConfigReader::modalities},
        Row{"candidateCount", &ConfigReader::candidates},
        Row{"seed", &ConfigReader::seed},
        Row{"presencePenalty", &ConfigReader::presence_penalty},
        Row{"frequencyPenalty", &ConfigReader::frequency_penalty},
        Row{"responseLogprobs", &ConfigReader::logprobs},
        Row{"logprobs", &ConfigReader::top_logprobs},
        Row{"mediaResolution", &ConfigReader::media_resolution},
        Row{"speechConfig", &ConfigReader::no_speech},
        Row{"imageConfig", &ConfigReader::no_images},
        Row{"enableEnhancedCivicAnswers", &ConfigReader::ignored},
    };
    AIGW_TRY(read_members(*this, config, "generationConfig", kRows, losses_));
    settle_output();
    return {};
  }

 private:
  Status integer(llm::Param<std::int64_t>& into, std::string_view path, View value) {
    into = {read_integer(value), path};
    return into ? Status{} : bad_field(path, "must be an integer");
  }
  Status number(llm::Param<double>& into, std::string_view path, View value) {
    into = {value.number(), path};
    return into ? Status{} : bad_field(path, "must be a number");
  }

  Status max_tokens(View v) {
    constexpr std::string_view kPath = "generationConfig.maxOutputTokens";
    AIGW_TRY(integer(request_.max_tokens, kPath, v));
    return *request_.max_tokens > 0 ? Status{} : bad_field(kPath, "must be positive");
  }
  Status temperature(View v) { return number(request_.temperature, "generationConfig.temperature", v); }
  Status top_p(View v) { return number(request_.top_p, "generationConfig.topP", v); }
  Status top_k(View v) { return integer(request_.top_k, "generationConfig.topK", v); }
  Status candidates(View v) { return integer(request_.candidates, "generationConfig.candidateCount", v); }
  Status seed(View v) { return integer(request_.seed, "generationConfig.seed", v); }
  Status top_logprobs(View v) { return integer(request_.top_logprobs, "generationConfig.logprobs", v); }
  Status presence_penalty(View v) { return number(request_.presence_penalty, "generationConfig.presencePenalty", v); }
  Status frequency_penalty(View v) {
    return number(request_.frequency_penalty, "generationConfig.frequencyPenalty", v);
  }
  Status logprobs(View v) {
    request_.logprobs = {v.boolean(), "generationConfig.responseLogprobs"};
    return request_.logprobs ? Status{} : bad_field(request_.logprobs.path, "must be true or false");
  }

  Status stop(View value) {
    constexpr std::string_view kPath = "generationConfig.stopSequences";
    if (value.type() != Type::array) return bad_field(kPath, "must be an array");
    std::vector<std::string> stops;
    bool all_text = true;
    value.each([&](View element) {
      auto text = element.string();
      all_text = all_text && text;
      if (text) stops.push_back(*std::move(text));
    });
    if (!all_text) return bad_field(kPath, "must hold strings");
    if (!stops.empty()) request_.stop = {std::move(stops), kPath};
    return {};
  }

  Status thinking(View value) {
    using Row = MemberRow<ConfigReader>;
    static constexpr std::array kRows = {
        Row{"includeThoughts", &ConfigReader::include_thoughts},
        Row{"thinkingBudget", &ConfigReader::budget},
        Row{"thinkingLevel", &ConfigReader::level},
    };
    request_.reasoning.path = "generationConfig.thinkingConfig";
    return read_members(*this, value, request_.reasoning.path, kRows, losses_);
  }
  Status include_thoughts(View value) {
    using Show = Reasoning::Show;
    request_.reasoning.show = value.boolean().value_or(false) ? Show::summary : Show::hidden;
    return {};
  }
  Status budget(View value) {
    const auto tokens = read_integer(value);
    if (!tokens) return bad_field("generationConfig.thinkingConfig.thinkingBudget", "must be an integer");
    request_.reasoning.level = llm::level_of_budget(*tokens);
    if (*tokens > 0) request_.reasoning.budget_tokens = tokens;
    return {};
  }
  Status level(View value) {
    const std::string word = text::to_lower(value.string().value_or(""));
    if (word.empty() || word == "thinking_level_unspecified") return {};
    const auto level = llm::level_named(word);
    if (level)
      request_.reasoning.level = *level;
    else
      losses_.add("generationConfig.thinkingConfig.thinkingLevel", "unknown level");
    return {};
  }

  Status mime_type(View value) {
    mime_ = value.string().value_or("");
    return {};
  }
  Status typed_schema(View value) {
    typed_ = value;
    return {};
  }
  Status json_schema(View value) {
    json_ = value;
    return {};
  }
  /// The newer way to say the same.
  Status response_format(View value) {
    const View text = either(value, "text");
    if (!text) return only_at_google("generationConfig.responseFormat", "audio and image output");
    if (const auto mime = either(text, "mimeType").string()) mime_ = *mime;
    if (const View schema = either(text, "schema")) json_ = schema;
    return {};
  }

  void settle_output() {
    OutputFormat& output = request_.output;
    if (json_ || typed_) {
      output.kind = OutputFormat::Kind::schema;
      output.schema = (json_ ? json_ : typed_).raw();
      output.path = json_ ? "generationConfig.responseJsonSchema" : "generationConfig.responseSchema";
    } else if (mime_ == "application/json") {
      output.kind = OutputFormat::Kind::json;
      output.path = "generationConfig.responseMimeType";
    } else if (!mime_.empty() && mime_ != "text/plain") {
      losses_.add("generationConfig.responseMimeType", "no such format");
    }
  }

  Status modalities(View value) {
    Status status;
    each_or_only(value, [&](View element) {
      const std::string word = text::to_lower(element.string().value_or(""));
      if (status && word != "text" && word != "modality_unspecified")
        status = only_at_google("generationConfig.responseModalities", word + " output modality");
    });
    return status;
  }

  Status media_resolution(View value) {
    if (!value.string().value_or("").ends_with("_UNSPECIFIED"))
      losses_.add("generationConfig.mediaResolution", "no such option");
    return {};
  }
  Status no_speech(View) {
    losses_.add("generationConfig.speechConfig", "no speech");
    return {};
  }
  Status no_images(View) {
    losses_.add("generationConfig.imageConfig", "no image output");
    return {};
  }
  Status ignored(View) { return {}; }

  llm::ChatRequest& request_;
  llm::Losses& losses_;
  std::string mime_;
  View typed_, json_;
};

}  // namespace

Status read_generation_config(View config, llm::ChatRequest& request, llm::Losses& losses) {
  return ConfigReader(request, losses).run(config);
}

}  // namespace aigw::adapters::gemini_generate
