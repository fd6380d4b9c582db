#pragma once
// What came with an admin call, body or query, read by name: unknown names are refused with a "did you mean", wrong
// types say which field. Values; one thread.

#include "base/error.hpp"
#include "json/dom.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aigw::server {

class Fields {
 public:
  using Names = std::initializer_list<std::string_view>;

  /// A JSON object; an empty body is an empty object. @errors bad_request
  static Result<Fields> of_body(std::string_view body, Names known);
  /// "a=1&b=x", decoded. @errors bad_request
  static Result<Fields> of_query(std::string_view query, Names known);

  // Each: none when the field is absent or null. @errors bad_request: a wrong type
  Result<std::optional<std::string>> text(std::string_view name) const;
  Result<std::optional<std::int64_t>> integer(std::string_view name) const;  ///< not negative
  Result<bool> flag(std::string_view name) const;                            ///< absent: false
  Result<std::vector<std::string>> texts(std::string_view name) const;       ///< a list; in a query: comma separated
  Result<std::vector<std::pair<std::string, std::string>>> members(std::string_view name) const;  ///< {"a": "b"}

  /// @errors bad_request: it is absent
  Result<std::string> required_text(std::string_view name) const;

 private:
  const json::Dom* find(std::string_view name) const;
  json::Dom object_ = json::Dom::object();
  bool of_query_ = false;
};

}  // namespace aigw::server
