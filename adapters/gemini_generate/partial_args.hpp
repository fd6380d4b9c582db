#pragma once
// Arguments of a call that arrive piece by piece, each with the path of the value that it belongs to: Vertex with
// `streamFunctionCallArguments`. Bounded; one thread.

#include "json/view.hpp"

#include <memory>
#include <string>

namespace aigw::adapters::gemini_generate {

class PartialArgs {
 public:
  PartialArgs();
  ~PartialArgs();
  PartialArgs(PartialArgs&&) noexcept;
  PartialArgs& operator=(PartialArgs&&) noexcept;

  /// One element of `partialArgs`. What it cannot place it leaves out.
  void add(json::View piece);
  /// All of it as an object.
  std::string json() const;

 private:
  struct Node;
  Node* node_at(std::string_view path);
  std::unique_ptr<Node> root_;
  std::size_t nodes_ = 0;
};

}  // namespace aigw::adapters::gemini_generate
