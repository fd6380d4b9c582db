#pragma once
// How a request is put to a target: passthrough, passthrough with named edits, or translated.

#include "gateway/match.hpp"
#include "http/message.hpp"
#include "http/multipart.hpp"
#include "llm/translator.hpp"
#include "policy/route.hpp"

#include <optional>
#include <string>

namespace aigw::gateway {

/// One attempt's request. Made fresh for each: the client's own bytes are never touched.
struct Plan {
  std::string head;                        ///< request line and fields, ready to be written
  std::optional<std::string> edited_body;  ///< none: the client's bytes go as they are
};

/// What a request is, as far as planning needs it. Views outlive the plan.
struct RequestView {
  const http::RequestHead* head = nullptr;
  std::string_view query;
  std::string_view body;               ///< decoded
  const json::Object* json = nullptr;  ///< none for a request without a body, and for a form
  const http::FormField* form_model = nullptr;
  const llm::RequestFacts* facts = nullptr;
  UnixMillis at;  ///< now, for signatures
};

Plan make_plan(const RequestView& request, const Route& route, const policy::Target& target, const llm::Codec& codec);

/// A request in another dialect than the client's: nothing of the client's head goes along.
Plan make_translated_plan(const llm::EncodedRequest& request, llm::Operation operation, const llm::RequestFacts& facts,
                          const policy::Target& target, UnixMillis at);

}  // namespace aigw::gateway
