#include "cli/error_page.hpp"

#include "adapters/registry.hpp"
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "json/view.hpp"
#include "llm/codec.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace aigw::cli {
namespace {

struct Explained {
  ErrorKind kind;
  std::string_view meaning;
  std::string_view advice;
};

using enum ErrorKind;
constexpr std::array kExplained = {
    Explained{bad_http, "The request's framing or a header is broken; the connection is closed.",
              "Look at what builds the request, or at a proxy before aigw: the message names what is wrong."},
    Explained{bad_request, "The body is no JSON, or a field is missing or of the wrong type.",
              "Correct the field that `param` or the message names."},
    Explained{
        unauthorized, "There is no key, or it is unknown, revoked or expired.",
        "Send a key of `aigw keys issue`, as a bearer token or `x-api-key`; `aigw keys list` shows which are active."},
    Explained{forbidden, "The key is known but may not do this.",
              "Use a key that may, or change what this one may do."},
    Explained{host_not_allowed,
              "The Host header names a host that aigw does not answer for (a guard against DNS rebinding).",
              "Add the name to `allowed_hosts` if clients reach aigw by it."},
    Explained{origin_not_allowed, "A web page of another origin is calling.",
              "Call from a program, or from a page of aigw's own origin."},
    Explained{not_found, "There is no such path or object.",
              "Check the path, or the name with the command that lists it."},
    Explained{model_not_found, "No provider serves this model, or several could.",
              "See `aigw models`; name the provider as in `openai/gpt-4o-mini`."},
    Explained{method_not_allowed, "The path exists, but not for this method.", "Use a method that `allow` names."},
    Explained{unsupported_media_type, "The body's type or coding is not taken here.",
              "Send JSON, plain or with gzip or zstd."},
    Explained{expectation_failed, "An `expect` other than 100-continue.", "Leave the header out."},
    Explained{request_timeout, "The request did not come whole in time.",
              "Look at the client's network; `[timeouts]` has the limits."},
    Explained{body_too_large, "The body is larger than allowed.",
              "Send less, or raise the limit of the body in `[limits]`."},
    Explained{headers_too_large, "The head is larger than allowed.", "Send fewer or shorter headers."},
    Explained{uri_too_long, "The request line is longer than allowed.", "Put into the body what stands in the path."},
    Explained{not_implemented, "A method or transfer coding that is not spoken here.",
              "Use chunked or content-length."},
    Explained{version_not_supported, "Not HTTP/1.0 or HTTP/1.1.", "Let the client speak HTTP/1.1."},
    Explained{conflict, "The name is taken, the object changed meanwhile, or another process holds the database.",
              "Choose another name, or let the process that the message names do it."},
    Explained{rate_limited, "More was asked than is allowed now.", "Wait as long as `retry-after` says."},
    Explained{client_gone, "The client left before its answer was complete. It stands in rows only.",
              "Look at the client's own timeout."},
    Explained{upstream_unreachable, "The provider could not be reached: refused, no route, no name, no TLS.",
              "`aigw probe` says which; check its URL, the network and the machine's certificates."},
    Explained{upstream_timeout, "The provider took too long.", "Try again; `[timeouts]` has the limits."},
    Explained{upstream_invalid, "The provider's answer is no valid HTTP or not an answer of its dialect.",
              "Check that its URL and dialect belong together: `aigw providers list`."},
    Explained{upstream_broken, "The provider's answer ended before it was complete.",
              "Try again. The part that came may be billed."},
    Explained{upstream_auth, "The provider refused the credential that aigw holds. The client's key is not at fault.",
              "`aigw keys test PROVIDER`, then `aigw keys rotate PROVIDER`."},
    Explained{upstream_error,
              "The provider answered with an error of its own, or with a page that is none of its dialect's.",
              "Read its message; `aigw show ID` has the status."},
    Explained{overloaded, "A bound is reached: connections, room on the disk, a queue. Nothing was sent to a provider.",
              "Try again after `retry-after`; the log says which bound."},
    Explained{no_credential, "The provider needs a credential and none is stored.", "`aigw keys add PROVIDER`."},
    Explained{database, "The database or the journal could not be read or written.",
              "The message names the file and the reason; nothing was overwritten."},
    Explained{crypto, "A sealed value does not open: the master key is another one, or the row was changed.",
              "Give the master key that sealed it, or store the credential anew."},
    Explained{config, "The configuration or the command line is wrong.", "Correct what the message names."},
    Explained{internal, "A bug of aigw's.", "Please report it with the request's id."},
};

constexpr bool explains_every_kind() {
  for (std::size_t i = 0; i < kExplained.size(); ++i)
    if (static_cast<std::size_t>(kExplained[i].kind) != i) return false;
  return kExplained.size() == static_cast<std::size_t>(internal) + 1;
}
static_assert(explains_every_kind(), "one row a kind, in the order of ErrorKind");

/// "`rate_limit_error`", or with the code that some dialects have besides.
std::string words_in(const llm::Codec& codec, ErrorKind kind) {
  const std::string body = codec.encode_error(make_error(kind, "x"), "");
  const json::View error = json::View::of(body)["error"];
  std::string out = "`" + error["type"].string().value_or("") + "`";
  if (const auto code = error["code"].string()) out += " `" + *code + "`";
  const int status = codec.status_of(make_error(kind, "x"));
  if (status != http_status_of(kind)) out += " with status " + std::to_string(status);
  return out;
}

std::string entry(const Explained& row) {
  std::string out = "- **" + std::string(code_of(row.kind)) + "** (" + std::to_string(http_status_of(row.kind)) + "): ";
  out.append(row.meaning).append("\n  ").append(row.advice).append("\n");
  if (row.kind == client_gone || row.kind == config) return out;  // no client is ever told these
  for (const llm::Codec* codec : adapters::codecs().by_dialect)
    if (codec)
      out.append("  ").append(llm::name_of(codec->dialect())).append(": ").append(words_in(*codec, row.kind)) += "\n";
  return out;
}

}  // namespace

std::string error_page() {
  std::string out =
      "# Errors\n\n"
      "Each error of aigw's own has a code that never changes its meaning. A client gets it in its dialect's words, "
      "with\n"
      "what happened and what to do next; `aigw show ID` has the code and the message of a request's row. A provider's "
      "own\n"
      "errors go through as they came, but for those that would tell a client to change its key when ours is at "
      "fault.\n"
      "This page is what `aigw help errors` prints.\n";
  for (const auto& [source, title] :
       {std::pair{ErrorSource::client, "The client's doing"}, std::pair{ErrorSource::upstream, "The provider's doing"},
        std::pair{ErrorSource::internal, "The gateway's own"}}) {
    out.append("\n## ").append(title).append("\n");
    for (const Explained& row : kExplained)
      if (source_of(row.kind) == source) out += entry(row);
  }
  out +=
      "\n## Exit codes of commands\n"
      "- 0: it worked\n- 1: it did not\n- 2: the command line or the configuration is wrong\n";
  for (const Command& command : commands()) {
    if (command.exit_codes.empty()) continue;
    out.append("\n`aigw ").append(command.name).append("`:\n\n");
    for (std::size_t at = 0; at < command.exit_codes.size();) {
      const std::size_t end = std::min(command.exit_codes.find('\n', at), command.exit_codes.size());
      out.append("    ").append(command.exit_codes.substr(at, end - at)).append("\n");
      at = end + 1;
    }
  }
  return out;
}

}  // namespace aigw::cli
