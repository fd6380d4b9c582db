#include "adapters/gemini_generate/partial_args.hpp"

#include "json/writer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace aigw::adapters::gemini_generate {
namespace {

constexpr std::size_t kNodesMax = 10'000;
constexpr std::size_t kDepthMax = 64;

/// One step of a path: a member's name, or an index.
struct Step {
  std::string name = {};
  std::optional<std::size_t> index = {};
};

/// Takes the next step off `$.city.names[0]` or `$['city']`; nothing when there is none that can be read.
std::optional<Step> take_step(std::string_view& path) {
  if (path.starts_with("['") || path.starts_with("[\"")) {
    const auto end = path.find(path.substr(1, 1) == "'" ? "']" : "\"]", 2);
    if (end == std::string_view::npos) return std::nullopt;
    Step step{.name = std::string(path.substr(2, end - 2))};
    path.remove_prefix(end + 2);
    return step;
  }
  if (path.starts_with('[')) {
    std::size_t index = 0;
    const auto [end, failure] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
    if (failure != std::errc{} || end == path.data() + path.size() || *end != ']' || index >= kNodesMax)
      return std::nullopt;
    path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
    return Step{.index = index};
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  const std::size_t size = std::min(path.find_first_of(".["), path.size());
  if (size == 0) return std::nullopt;
  Step step{.name = std::string(path.substr(0, size))};
  path.remove_prefix(size);
  return step;
}

}  // namespace

struct PartialArgs::Node {
  enum class Kind : std::uint8_t { null, raw, text, object, array } kind = Kind::null;
  std::string value = {};
  std::vector<std::pair<std::string, Node>> children = {};  ///< in order; an array's have no names

  void write(json::Writer& out) const {
    switch (kind) {
      case Kind::null:
        out.null();
        break;
      case Kind::raw:
        out.raw(value);
        break;
      case Kind::text:
        out.string(value);
        break;
      case Kind::object:
        out.begin_object();
        for (const auto& [name, child] : children) {
          out.key(name);
          child.write(out);
        }
        out.end_object();
        break;
      case Kind::array:
        out.begin_array();
        for (const auto& [name, child] : children) child.write(out);
        out.end_array();
        break;
    }
  }
};

PartialArgs::PartialArgs() : root_(std::make_unique<Node>()) { root_->kind = Node::Kind::object; }
PartialArgs::~PartialArgs() = default;
PartialArgs::PartialArgs(PartialArgs&&) noexcept = default;
PartialArgs& PartialArgs::operator=(PartialArgs&&) noexcept = default;

PartialArgs::Node* PartialArgs::node_at(std::string_view path) {
  if (path.starts_with('$')) path.remove_prefix(1);
  Node* node = root_.get();
  for (std::size_t depth = 0; !path.empty(); ++depth) {
    const auto step = take_step(path);
    if (!step || depth >= kDepthMax) return nullptr;
    node->kind = step->index ? Node::Kind::array : Node::Kind::object;
    std::size_t at = 0;
    if (step->index) {
      at = *step->index;
    } else {
      const auto known = std::ranges::find(node->children, step->name, [](const auto& child) { return child.first; });
      at = static_cast<std::size_t>(known - node->children.begin());
    }
    while (node->children.size() <= at) {
      if (++nodes_ > kNodesMax) return nullptr;
      node->children.emplace_back(step->name, Node{});
    }
    node = &node->children[at].second;
  }
  return node == root_.get() ? nullptr : node;
}

void PartialArgs::add(json::View piece) {
  Node* node = node_at(piece["jsonPath"].string().value_or(""));
  if (!node) return;
  if (const auto text = piece["stringValue"].string()) {
    node->kind = Node::Kind::text;
    node->value.append(*text);
  } else {
    for (const std::string_view name : {"numberValue", "boolValue"})
      if (const json::View value = piece[name]) {
        node->kind = Node::Kind::raw;
        node->value = value.raw();
      }
  }
}

std::string PartialArgs::json() const {
  std::string text;
  json::Writer out(text);
  root_->write(out);
  return text;
}

}  // namespace aigw::adapters::gemini_generate
