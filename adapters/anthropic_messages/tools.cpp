#include "adapters/anthropic_messages/tools.hpp"

#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/translation.hpp"
#include "llm/schema.hpp"

#include <algorithm>

namespace aigw::adapters::anthropic_messages {
namespace {

using Mode = llm::ToolChoice::Mode;

/// A free-text tool as a function with one text: what the text has to be stands in its description.
std::string schema_of_custom(const llm::Tool& tool) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("type", "object").key("properties").begin_object().key("input").begin_object();
  out.member("type", "string");
  const json::View format = json::View::of(tool.schema);
  if (const auto definition = format["definition"].string())
    out.member("description", "Text of this " + format["syntax"].string().value_or("") + " grammar:\n" + *definition);
  out.end_object().end_object().key("required").raw(R"(["input"])").end_object();
  return text;
}

}  // namespace

Status Tools::plan() {
  for (const llm::Tool& tool : request_.tools) AIGW_TRY(add(tool));
  if (!items_.empty()) settle_choice();
  return {};
}

Status Tools::add(const llm::Tool& tool) {
  if (asks_for_nothing(tool)) {
    losses_.add(tool.path, "web search");
    return {};
  }
  if (tool.kind == llm::Tool::Kind::hosted) return hosted_elsewhere(tool, kDialect);
  if (std::ranges::any_of(items_, [&](const Item& item) { return item.tool->name == tool.name; })) {
    losses_.add(tool.path, "second tool of that name");
    return {};
  }
  Item item{.tool = &tool};
  if (tool.kind == llm::Tool::Kind::custom) {
    losses_.add(tool.path, "custom tool as function");
    item.schema = schema_of_custom(tool);
  } else {
    if (const auto why = llm::unusable_root(tool.schema))
      return cannot_express(tool.path, "tool parameters: " + std::string(*why), kDialect);
    item.schema = llm::schema_for(llm::SchemaTarget::anthropic, tool.schema, tool.path, losses_);
    if (item.schema.empty()) item.schema = R"({"type":"object"})";
    item.strict = tool.strict.value_or(false) && llm::is_strict(item.schema);
    if (tool.strict.value_or(false) && !item.strict) losses_.add(at(tool.path, "strict"), "schema is not closed");
  }
  items_.push_back(std::move(item));
  return {};
}

void Tools::settle_choice() {
  const llm::ToolChoice& choice = request_.tool_choice;
  mode_ = choice.mode;
  name_ = choice.name;
  if (!choice.allowed.empty()) {
    if (mode_ == Mode::required && choice.allowed.size() == 1) {
      mode_ = Mode::named;
      name_ = choice.allowed.front();
    } else {
      losses_.add(choice.path, "allowed_tools");
    }
  }
  if (is_forced() && target_.traits.refuses_forced_tool) {
    losses_.add(choice.path, "model cannot be forced");
    mode_ = Mode::automatic;
  }
}

bool Tools::is_forced() const { return mode_ == Mode::required || mode_ == Mode::named; }

std::size_t Tools::cache_markers() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(items_, [](const Item& item) { return item.tool->cache_marker; }));
}

void Tools::write(json::Writer& out, CacheMarkers& markers) const {
  if (items_.empty()) return;
  out.key("tools").begin_array();
  for (const Item& item : items_) {
    out.begin_object().member("name", item.tool->name);
    if (!item.tool->description.empty()) out.member("description", item.tool->description);
    out.key("input_schema").raw(item.schema);
    if (item.strict) out.member("strict", true);
    markers.write(out, item.tool->cache_marker);
    out.end_object();
  }
  out.end_array();
  write_choice(out);
}

void Tools::write_choice(json::Writer& out) const {
  const bool one_at_a_time = request_.tool_choice.parallel == false;
  if (mode_ == Mode::unset && !one_at_a_time) return;
  out.key("tool_choice").begin_object();
  switch (mode_) {
    case Mode::none:
      out.member("type", "none");
      break;
    case Mode::required:
      out.member("type", "any");
      break;
    case Mode::named:
      out.member("type", "tool").member("name", name_);
      break;
    case Mode::unset:
    case Mode::automatic:
      out.member("type", "auto");
      break;
  }
  if (one_at_a_time && mode_ != Mode::none) out.member("disable_parallel_tool_use", true);
  out.end_object();
}

}  // namespace aigw::adapters::anthropic_messages
