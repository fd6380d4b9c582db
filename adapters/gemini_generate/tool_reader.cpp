#include "adapters/gemini_generate/tool_reader.hpp"

#include "adapters/gemini_generate/members.hpp"
#include "base/text.hpp"

namespace aigw::adapters::gemini_generate {
namespace {

using json::Type;
using json::View;
using Mode = llm::ToolChoice::Mode;

constexpr std::string_view kChoicePath = "toolConfig.functionCallingConfig";

/// One element of functionDeclarations.
Status read_declaration(View declaration, std::string path, std::vector<llm::Tool>& into, llm::Losses& losses) {
  if (declaration.type() != Type::object) return bad_field(path, "must be an object");
  llm::Tool tool{.path = std::move(path)};
  View typed;
  declaration.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "name")
      tool.name = value.string().value_or("");
    else if (name == "description")
      tool.description = value.string().value_or("");
    else if (name == "parameters")
      typed = value;
    else if (is_named(name, "parametersJsonSchema"))
      tool.schema = value.raw();
    else if (name == "response" || name == "behavior" || is_named(name, "responseJsonSchema"))
      losses.note(at(tool.path, name), "no such option");
    else
      losses.add(at(tool.path, name), "unknown member");
  });
  if (tool.schema.empty() && typed) tool.schema = typed.raw();
  if (tool.name.empty()) return bad_field(at(tool.path, "name"), "must be text and not empty");
  into.push_back(std::move(tool));
  return {};
}

Status read_tool(View tool, const std::string& path, std::vector<llm::Tool>& into, llm::Losses& losses) {
  if (tool.type() != Type::object) return bad_field(path, "must be an object");
  Status status;
  tool.each_member([&](std::string_view name, View value) {
    if (value.is_null() || !status) return;
    if (!is_named(name, "functionDeclarations")) {
      into.push_back(
          {.kind = llm::Tool::Kind::hosted, .name = std::string(name), .schema = tool.raw(), .path = at(path, name)});
      return;
    }
    std::size_t index = 0;
    const std::string list = at(path, name);
    each_or_only(value, [&](View declaration) {
      if (status) status = read_declaration(declaration, at(list, index++), into, losses);
    });
  });
  return status;
}

class ChoiceReader {
 public:
  ChoiceReader(llm::ToolChoice& choice, llm::Losses& losses) : choice_(choice), losses_(losses) {}

  Status run(View config) {
    static constexpr std::array kRows = {
        MemberRow<ChoiceReader>{"functionCallingConfig", &ChoiceReader::calling},
        MemberRow<ChoiceReader>{"retrievalConfig", &ChoiceReader::retrieval},
        MemberRow<ChoiceReader>{"includeServerSideToolInvocations", &ChoiceReader::ignored},
    };
    return read_members(*this, config, "toolConfig", kRows, losses_);
  }

 private:
  Status calling(View config) {
    static constexpr std::array kRows = {
        MemberRow<ChoiceReader>{"mode", &ChoiceReader::mode},
        MemberRow<ChoiceReader>{"allowedFunctionNames", &ChoiceReader::names},
        MemberRow<ChoiceReader>{"streamFunctionCallArguments", &ChoiceReader::ignored},
    };
    AIGW_TRY(read_members(*this, config, kChoicePath, kRows, losses_));
    choice_.path = kChoicePath;
    if (choice_.mode == Mode::required && choice_.allowed.size() == 1) {
      choice_.mode = Mode::named;
      choice_.name = std::move(choice_.allowed.front());
      choice_.allowed.clear();
    }
    return {};
  }

  Status mode(View value) {
    const std::string word = text::to_lower(value.string().value_or(""));
    if (word == "auto" || word == "validated")
      choice_.mode = Mode::automatic;
    else if (word == "any")
      choice_.mode = Mode::required;
    else if (word == "none")
      choice_.mode = Mode::none;
    else if (word != "mode_unspecified")
      return bad_field(at(kChoicePath, "mode"), "must be AUTO, ANY, NONE or VALIDATED");
    return {};
  }

  Status names(View value) {
    if (value.type() != Type::array) return bad_field(at(kChoicePath, "allowedFunctionNames"), "must be an array");
    value.each([&](View name) {
      if (auto text = name.string()) choice_.allowed.push_back(*std::move(text));
    });
    return {};
  }

  Status retrieval(View) {
    losses_.add("toolConfig.retrievalConfig", "no such option");
    return {};
  }
  Status ignored(View) { return {}; }

  llm::ToolChoice& choice_;
  llm::Losses& losses_;
};

}  // namespace

Status read_tools(View tools, std::vector<llm::Tool>& into, llm::Losses& losses) {
  if (tools.type() != Type::array && tools.type() != Type::object) return bad_field("tools", "must be an array");
  const bool is_list = tools.type() == Type::array;
  std::size_t index = 0;
  Status status;
  each_or_only(tools, [&](View tool) {
    if (status) status = read_tool(tool, is_list ? at("tools", index++) : "tools", into, losses);
  });
  return status;
}

Status read_tool_config(View config, llm::ToolChoice& choice, llm::Losses& losses) {
  return ChoiceReader(choice, losses).run(config);
}

}  // namespace aigw::adapters::gemini_generate
