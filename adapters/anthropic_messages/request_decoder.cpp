#include "adapters/anthropic_messages/block_reader.hpp"
#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"

#include <array>

namespace aigw::adapters::anthropic_messages {
namespace {

using json::Type;
using json::View;
using llm::Reasoning;

/// The request's own members, one after the other; each has its function.
class RequestDecoder {
 public:
  RequestDecoder(const json::Object& body, llm::Losses& losses) : body_(body), losses_(losses), blocks_(losses) {
    request_.dialect = kDialect;
    request_.body = &body;
    request_.usage_asked = true;
  }

  Result<llm::ChatRequest> run() {
    for (const json::Member& member : body_.members()) {
      const View value = View::cut(member.value);
      if (value.is_null()) continue;
      AIGW_TRY(read(member.key, value));
    }
    if (request_.model.empty()) return bad_field("model", "is missing: name the model to use");
    settle_reasoning();
    return std::move(request_);
  }

 private:
  using Read = Status (RequestDecoder::*)(View);
  struct Row {
    std::string_view name;
    Read read;
  };

  Status read(std::string_view name, View value) {
    static constexpr std::array kRows = {
        Row{"model", &RequestDecoder::model},
        Row{"max_tokens", &RequestDecoder::max_tokens},
        Row{"messages", &RequestDecoder::messages},
        Row{"system", &RequestDecoder::system_prompt},
        Row{"stream", &RequestDecoder::stream},
        Row{"tools", &RequestDecoder::tools},
        Row{"tool_choice", &RequestDecoder::tool_choice},
        Row{"thinking", &RequestDecoder::thinking},
        Row{"output_config", &RequestDecoder::output_config},
        Row{"output_format", &RequestDecoder::output_format},
        Row{"temperature", &RequestDecoder::temperature},
        Row{"top_p", &RequestDecoder::top_p},
        Row{"top_k", &RequestDecoder::top_k},
        Row{"stop_sequences", &RequestDecoder::stop_sequences},
        Row{"metadata", &RequestDecoder::metadata},
        Row{"service_tier", &RequestDecoder::service_tier},
        Row{"speed", &RequestDecoder::speed},
        Row{"cache_control", &RequestDecoder::cache_control},
        Row{"mcp_servers", &RequestDecoder::mcp_servers},
        Row{"container", &RequestDecoder::container},
        Row{"context_management", &RequestDecoder::context_management},
    };
    for (const Row& row : kRows)
      if (json::says(name, row.name)) return (this->*row.read)(value);
    losses_.add(name, "unknown member");
    return {};
  }

  Status model(View value) {
    const auto text = value.string();
    if (!text) return bad_field("model", "must be a string");
    request_.model = *text;
    return {};
  }

  Status stream(View value) {
    const auto wanted = value.boolean();
    if (!wanted) return bad_field("stream", "must be true or false");
    request_.stream = *wanted;
    return {};
  }

  template <class T, class Get>
  Status param(llm::Param<T>& into, std::string_view path, View value, Get get, std::string_view what) {
    auto read = get(value);
    if (!read) return bad_field(path, what);
    into = {std::move(*read), path};
    return {};
  }
  Status max_tokens(View value) {
    return param(
        request_.max_tokens, "max_tokens", value, [](View v) { return v.integer(); }, "must be an integer");
  }
  Status temperature(View value) {
    return param(
        request_.temperature, "temperature", value, [](View v) { return v.number(); }, "must be a number");
  }
  Status top_p(View value) {
    return param(
        request_.top_p, "top_p", value, [](View v) { return v.number(); }, "must be a number");
  }
  Status top_k(View value) {
    return param(
        request_.top_k, "top_k", value, [](View v) { return v.integer(); }, "must be an integer");
  }

  Status stop_sequences(View value) {
    if (value.type() != Type::array) return bad_field("stop_sequences", "must be an array");
    std::vector<std::string> stops;
    bool all_text = true;
    value.each([&](View element) {
      auto text = element.string();
      all_text = all_text && text;
      if (text) stops.push_back(*std::move(text));
    });
    if (!all_text) return bad_field("stop_sequences", "must hold strings");
    if (!stops.empty()) request_.stop = {std::move(stops), "stop_sequences"};
    return {};
  }

  Status system_prompt(View value) {
    if (value.type() == Type::string) {
      request_.system.push_back({.value = llm::Text{value.string().value_or("")}, .path = "system"});
      return {};
    }
    if (value.type() != Type::array) return bad_field("system", "must be text or an array of text blocks");
    AIGW_TRY(blocks_.read_list(value, "system", request_.system));
    for (const llm::Block& block : request_.system)
      if (!block.as<llm::Text>()) return bad_field(block.path, "must be a text block");
    return {};
  }

  Status messages(View value) {
    if (value.type() != Type::array) return bad_field("messages", "must be an array");
    std::size_t index = 0;
    Status status;
    value.each([&](View element) {
      if (status) status = message(element, at("messages", index++));
    });
    return status;
  }

  Status message(View value, std::string path) {
    if (value.type() != Type::object) return bad_field(path, "must be an object");
    llm::Turn turn{.path = std::move(path)};
    View content;
    std::string role;
    value.each_member([&](std::string_view name, View member) {
      if (json::says(name, "role"))
        role = member.string().value_or("");
      else if (json::says(name, "content"))
        content = member;
      else
        losses_.add(at(turn.path, name), "unknown member");
    });
    if (role == "assistant")
      turn.role = llm::Role::assistant;
    else if (role == "system")
      turn.role = llm::Role::system;
    else if (role != "user")
      return bad_field(at(turn.path, "role"), "must be user or assistant");
    AIGW_TRY(blocks_.read_content(content, at(turn.path, "content"), turn.blocks));
    request_.turns.push_back(std::move(turn));
    return {};
  }

  Status tools(View value) {
    if (value.type() != Type::array) return bad_field("tools", "must be an array");
    std::size_t index = 0;
    Status status;
    value.each([&](View element) {
      if (status) status = tool(element, at("tools", index++));
    });
    return status;
  }

  Status tool(View value, std::string path) {
    if (value.type() != Type::object) return bad_field(path, "must be an object");
    llm::Tool tool{.path = std::move(path)};
    std::string type = value["type"].string().value_or("custom");
    if (type.starts_with("tool_search_tool_")) {  // what it would find is sent at once
      losses_.add(tool.path, "tools sent undeferred");
      return {};
    }
    if (type != "custom") {
      tool.kind = llm::Tool::Kind::hosted;
      tool.name = std::move(type);
      tool.schema = value.raw();
      request_.tools.push_back(std::move(tool));
      return {};
    }
    value.each_member([&](std::string_view name, View member) {
      if (member.is_null() || json::says(name, "type")) return;
      if (json::says(name, "name"))
        tool.name = member.string().value_or("");
      else if (json::says(name, "description"))
        tool.description = member.string().value_or("");
      else if (json::says(name, "input_schema"))
        tool.schema = member.raw();
      else if (json::says(name, "strict"))
        tool.strict = member.boolean();
      else if (json::says(name, "cache_control"))
        tool.cache_marker = true;
      else
        tool_extra(tool.path, name, member);
    });
    if (tool.name.empty()) return bad_field(at(tool.path, "name"), "must be text and not empty");
    request_.tools.push_back(std::move(tool));
    return {};
  }

  void tool_extra(std::string_view path, std::string_view name, View value) {
    if (value.raw() == "false" || value.raw() == "[]") return;
    if (name == "eager_input_streaming")
      losses_.note(at(path, name), "no such option");
    else
      losses_.add(at(path, name), name == "defer_loading" ? "sent undeferred" : "no such option");
  }

  Status tool_choice(View value) {
    using Mode = llm::ToolChoice::Mode;
    const std::string type = value["type"].string().value_or("");
    llm::ToolChoice& choice = request_.tool_choice;
    if (type == "auto")
      choice.mode = Mode::automatic;
    else if (type == "any")
      choice.mode = Mode::required;
    else if (type == "none")
      choice.mode = Mode::none;
    else if (type == "tool")
      choice.mode = Mode::named;
    else
      return bad_field("tool_choice.type", "must be auto, any, tool or none");
    choice.name = value["name"].string().value_or("");
    if (choice.mode == Mode::named && choice.name.empty()) return bad_field("tool_choice.name", "is missing");
    if (value["disable_parallel_tool_use"].boolean().value_or(false)) choice.parallel = false;
    return {};
  }

  Status thinking(View value) {
    const std::string type = value["type"].string().value_or("");
    Reasoning& reasoning = request_.reasoning;
    reasoning.path = "thinking";
    if (type == "enabled") {
      reasoning.budget_tokens = value["budget_tokens"].integer();
      if (!reasoning.budget_tokens) return bad_field("thinking.budget_tokens", "must be an integer");
      reasoning.level = llm::level_of_budget(*reasoning.budget_tokens);
    } else if (type == "adaptive") {
      reasoning.level = Reasoning::Level::automatic;
    } else if (type == "disabled") {
      reasoning.level = Reasoning::Level::off;
    } else {
      losses_.add("thinking.type", "unknown type");
    }
    const std::string display = value["display"].string().value_or("");
    if (display == "summarized") reasoning.show = Reasoning::Show::summary;
    if (display == "omitted") reasoning.show = Reasoning::Show::hidden;
    return {};
  }

  Status output_config(View value) {
    Status status;
    value.each_member([&](std::string_view name, View member) {
      if (member.is_null() || !status) return;
      if (json::says(name, "format"))
        status = output(member, "output_config.format");
      else if (json::says(name, "effort"))
        effort_ = member.string().value_or("");
      else
        losses_.add(at("output_config", name), "unknown member");
    });
    return status;
  }
  Status output_format(View value) { return output(value, "output_format"); }

  Status output(View value, std::string_view path) {
    if (value["type"].string() != "json_schema") return bad_field(at(path, "type"), "must be json_schema");
    const View schema = value["schema"];
    if (schema.type() != Type::object) return bad_field(at(path, "schema"), "must be an object");
    request_.output = {.kind = llm::OutputFormat::Kind::schema, .schema = schema.raw(), .path = path};
    return {};
  }

  /// An effort says how much an adaptive model thinks; a budget and "disabled" are the clearer words.
  void settle_reasoning() {
    if (effort_.empty()) return;
    Reasoning& reasoning = request_.reasoning;
    const auto level = llm::level_named(effort_);
    if (!level) {
      losses_.add("output_config.effort", "unknown effort");
    } else if (reasoning.level == Reasoning::Level::unset || reasoning.level == Reasoning::Level::automatic) {
      reasoning.level = *level;
      reasoning.path = "output_config.effort";
    }
  }

  Status metadata(View value) {
    value.each_member([&](std::string_view name, View member) {
      if (member.is_null()) return;
      if (auto text = member.string(); text && json::says(name, "user_id"))
        request_.end_user = {*std::move(text), "metadata.user_id"};
      else
        losses_.add(at("metadata", name), "unknown member");
    });
    return {};
  }

  Status service_tier(View value) {
    const std::string tier = value.string().value_or("");
    if (tier == "standard_only")
      request_.service_tier = {"default", "service_tier"};
    else if (tier == "auto")
      request_.service_tier = {"auto", "service_tier"};
    else
      losses_.add("service_tier", "unknown tier");
    return {};
  }

  Status speed(View value) {
    if (value.string() == "fast")
      request_.service_tier = {"fast", "speed"};
    else if (value.string() != "standard")
      losses_.add("speed", "unknown speed");
    return {};
  }

  Status cache_control(View) {
    losses_.note("cache_control", "no breakpoints");
    return {};
  }

  Status mcp_servers(View value) {
    if (value.raw() == "[]") return {};
    return only_here("mcp_servers", "MCP servers are called by Anthropic itself");
  }
  Status container(View) { return only_here("container", "a container lives at Anthropic"); }

  Status context_management(View) {
    losses_.add("context_management", "no context editing");
    return {};
  }

  const json::Object& body_;
  llm::Losses& losses_;
  BlockReader blocks_;
  llm::ChatRequest request_;
  std::string effort_;
};

}  // namespace

Result<llm::ChatRequest> decode_request(const json::Object& body, llm::Losses& losses) {
  return RequestDecoder(body, losses).run();
}

}  // namespace aigw::adapters::anthropic_messages
