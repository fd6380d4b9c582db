#include "adapters/gemini_generate/content_reader.hpp"
#include "adapters/gemini_generate/generation_config.hpp"
#include "adapters/gemini_generate/members.hpp"
#include "adapters/gemini_generate/parts.hpp"
#include "adapters/gemini_generate/tool_reader.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace aigw::adapters::gemini_generate {
namespace {

using json::View;

class RequestDecoder {
 public:
  RequestDecoder(const json::Object& body, std::string_view model, llm::Losses& losses)
      : body_(body), losses_(losses), contents_(losses) {
    request_.dialect = kDialect;
    request_.model = model;
    request_.usage_asked = true;
    request_.body = &body;
  }

  Result<llm::ChatRequest> run() {
    using Row = MemberRow<RequestDecoder>;
    static constexpr std::array kRows = {
        Row{"contents", &RequestDecoder::contents},
        Row{"systemInstruction", &RequestDecoder::system_instruction},
        Row{"tools", &RequestDecoder::tools},
        Row{"toolConfig", &RequestDecoder::tool_config},
        Row{"generationConfig", &RequestDecoder::generation_config},
        Row{"safetySettings", &RequestDecoder::safety},
        Row{"cachedContent", &RequestDecoder::cached_content},
        Row{"serviceTier", &RequestDecoder::service_tier},
        Row{"store", &RequestDecoder::store},
        Row{"labels", &RequestDecoder::labels},
        Row{"model", &RequestDecoder::ignored},
    };
    MemberTable table(*this, kRows, "", losses_);
    for (const json::Member& member : body_.members()) AIGW_TRY(table.read(member.key, View::cut(member.value)));
    settle_choice();
    if (request_.turns.empty() && request_.system.empty()) return bad_field("contents", "is missing");
    return std::move(request_);
  }

 private:
  Status contents(View value) { return contents_.read_contents(value, request_.turns); }
  Status system_instruction(View value) { return contents_.read_system(value, "systemInstruction", request_.system); }
  Status tools(View value) { return read_tools(value, request_.tools, losses_); }
  Status tool_config(View value) { return read_tool_config(value, request_.tool_choice, losses_); }
  Status generation_config(View value) { return read_generation_config(value, request_, losses_); }

  /// Allowing every tool there is limits nothing.
  void settle_choice() {
    std::vector<std::string>& allowed = request_.tool_choice.allowed;
    const bool all = std::ranges::all_of(
        request_.tools, [&](const llm::Tool& tool) { return std::ranges::find(allowed, tool.name) != allowed.end(); });
    if (all) allowed.clear();
  }

  /// No twin elsewhere: others filter as they do.
  Status safety(View) {
    losses_.note("safetySettings", "no such option");
    return {};
  }
  Status cached_content(View) { return only_at_google("cachedContent", "a cache of contents"); }
  Status service_tier(View value) {
    const std::string tier = text::to_lower(value.string().value_or(""));
    if (tier == "standard") request_.service_tier = {"default", "serviceTier"};
    if (tier == "flex" || tier == "priority") request_.service_tier = {tier, "serviceTier"};
    return {};
  }
  Status store(View) {
    losses_.note("store", "no such option");
    return {};
  }
  Status labels(View) {
    losses_.note("labels", "no such option");
    return {};
  }
  Status ignored(View) { return {}; }

  const json::Object& body_;
  llm::Losses& losses_;
  ContentReader contents_;
  llm::ChatRequest request_;
};

}  // namespace

Error only_at_google(std::string_view path, std::string_view what) {
  Error error =
      make_error(ErrorKind::bad_request, std::string(path) + ": " + std::string(what) + " exists at Google only",
                 "Leave it out, or choose a model whose provider speaks gemini-generate");
  error.param = path;
  return error;
}

Result<llm::ChatRequest> decode_request(const json::Object& body, std::string_view model, llm::Losses& losses) {
  return RequestDecoder(body, model, losses).run();
}

}  // namespace aigw::adapters::gemini_generate
