#include "server/admin_api.hpp"

#include "base/text.hpp"
#include "http/target.hpp"
#include "ops/credentials.hpp"
#include "ops/database.hpp"
#include "ops/keys.hpp"
#include "ops/master_key.hpp"
#include "ops/model_facts.hpp"
#include "ops/models.hpp"
#include "ops/probe.hpp"
#include "ops/providers.hpp"
#include "ops/requests.hpp"
#include "ops/status.hpp"
#include "server/admin_input.hpp"
#include "server/admin_render.hpp"
#include "server/config_render.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <span>
#include <vector>

namespace aigw::server {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kRoot = "/api/v1/";
constexpr milliseconds kProbeTimeout{10'000};
constexpr milliseconds kProbeTimeoutMax{120'000};
constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// One call: what it is about (`*` of the pattern, decoded), and what came with it.
struct Call {
  const ops::Context& context;
  std::vector<std::string> args;
  std::string_view query;
  std::string_view body;

  UnixMillis now() const { return context.clock(); }
};

using Reply = Result<std::string>;

template <class Write>
std::string document(Write write) {
  std::string out;
  json::Writer writer(out);
  write(writer);
  return out;
}

/// {"NAME": [..]}: an object, so that members can join later.
template <class Rows, class Write>
std::string list(std::string_view name, const Rows& rows, Write write) {
  return document([&](json::Writer& out) {
    out.begin_object().key(name).begin_array();
    for (const auto& row : rows) write(out, row);
    out.end_array().end_object();
  });
}

Status no_fields(const Call& call) {
  AIGW_TRY(Fields::of_body(call.body, {}));
  AIGW_TRY(Fields::of_query(call.query, {}));
  return {};
}

// Keys that we issue.

std::string one_key(const Call& call, const ops::KeyView& row) {
  return document([&](json::Writer& out) { render::key(out, row, call.now()); });
}

std::string fresh_key(const Call& call, const ops::IssuedKey& issued) {
  return document([&](json::Writer& out) { render::issued_key(out, issued, call.now()); });
}

Reply get_keys(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto rows, ops::list_keys(call.context));
  return list("keys", rows, [&](json::Writer& out, const auto& row) { render::key(out, row, call.now()); });
}

Reply post_keys(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"name", "expires_ms"}));
  AIGW_TRY_ASSIGN(const std::string name, fields.required_text("name"));
  AIGW_TRY_ASSIGN(const auto expires_ms, fields.integer("expires_ms"));
  const auto expires = expires_ms ? std::optional(UnixMillis{*expires_ms}) : std::nullopt;
  AIGW_TRY_ASSIGN(const auto issued, ops::issue_key(call.context, name, expires));
  return fresh_key(call, issued);
}

Reply get_key(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto row, ops::show_key(call.context, call.args[0]));
  return one_key(call, row);
}

Reply delete_key(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto row, ops::remove_key(call.context, call.args[0]));
  return one_key(call, row);
}

Reply revoke_key(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto row, ops::revoke_key(call.context, call.args[0]));
  return one_key(call, row);
}

Reply end_key(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto row, ops::end_key(call.context, call.args[0]));
  return one_key(call, row);
}

Reply rotate_key(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto issued, ops::rotate_key(call.context, call.args[0]));
  return fresh_key(call, issued);
}

// Providers' credentials.

/// "/credentials/cred_3", "/credentials/NAME", "/credentials/NAME/LABEL".
std::string credential_choice(const Call& call) {
  return call.args.size() > 1 ? call.args[0] + "/" + call.args[1] : call.args[0];
}

std::string one_credential(const ops::CredentialView& row) {
  return document([&](json::Writer& out) { render::credential(out, row); });
}

Reply get_credentials(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto rows, ops::list_credentials(call.context));
  return list("credentials", rows, render::credential);
}

Reply post_credentials(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"provider", "name", "secret"}));
  AIGW_TRY_ASSIGN(const std::string provider, fields.required_text("provider"));
  AIGW_TRY_ASSIGN(const auto name, fields.text("name"));
  AIGW_TRY_ASSIGN(std::string secret, fields.required_text("secret"));
  AIGW_TRY_ASSIGN(const auto row,
                  ops::put_credential(call.context, provider, name.value_or(std::string(ops::kDefaultCredential)),
                                      Secret(std::move(secret))));
  return one_credential(row);
}

Reply delete_credential(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto row, ops::remove_credential(call.context, credential_choice(call)));
  return one_credential(row);
}

Result<milliseconds> timeout_of(const Fields& fields) {
  AIGW_TRY_ASSIGN(const auto timeout_ms, fields.integer("timeout_ms"));
  const milliseconds timeout = timeout_ms ? milliseconds(*timeout_ms) : kProbeTimeout;
  if (timeout >= milliseconds(1) && timeout <= kProbeTimeoutMax) return timeout;
  Error error = make_error(ErrorKind::bad_request,
                           "timeout_ms must be between 1 and " + std::to_string(kProbeTimeoutMax.count()));
  error.param = "timeout_ms";
  return error;
}

Reply test_credential(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"timeout_ms"}));
  AIGW_TRY_ASSIGN(const milliseconds timeout, timeout_of(fields));
  AIGW_TRY_ASSIGN(const auto report, ops::test_credential(call.context, credential_choice(call), timeout));
  return document([&](json::Writer& out) { render::probe(out, report); });
}

// Providers.

/// What a body says of a provider; `name` comes from the path of a PUT.
Result<config::Provider> provider_said(const Fields& fields, std::string name) {
  config::Provider said;
  said.name = std::move(name);
  const auto text = [&](std::string_view field, std::string& into) -> Status {
    AIGW_TRY_ASSIGN(auto value, fields.text(field));
    if (value) into = *std::move(value);
    return {};
  };
  AIGW_TRY(text("dialect", said.dialect));
  AIGW_TRY(text("base_url", said.base_url));
  AIGW_TRY(text("auth", said.auth));
  AIGW_TRY(text("prices_as", said.prices_as));
  AIGW_TRY_ASSIGN(said.allow_private, fields.flag("allow_private"));
  AIGW_TRY_ASSIGN(said.free, fields.flag("free"));
  AIGW_TRY_ASSIGN(const auto speaks, fields.members("speaks"));
  for (const auto& [dialect, base_url] : speaks) said.speaks.push_back({dialect, base_url});
  return said;
}

std::string one_provider(const ops::ProviderView& row) {
  return document([&](json::Writer& out) { render::provider(out, row); });
}

Reply get_providers(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto rows, ops::list_providers(call.context));
  return list("providers", rows, render::provider);
}

Reply post_providers(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"name", "dialect", "base_url", "auth",
                                                                   "allow_private", "speaks", "prices_as", "free"}));
  AIGW_TRY_ASSIGN(std::string name, fields.required_text("name"));
  AIGW_TRY_ASSIGN(const auto said, provider_said(fields, std::move(name)));
  AIGW_TRY_ASSIGN(const auto row, ops::add_provider(call.context, said));
  return one_provider(row);
}

Reply put_provider(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"dialect", "base_url", "auth", "allow_private",
                                                                   "speaks", "prices_as", "free"}));
  AIGW_TRY_ASSIGN(const auto said, provider_said(fields, call.args[0]));
  AIGW_TRY_ASSIGN(const auto row, ops::set_provider(call.context, said));
  return one_provider(row);
}

Reply delete_provider(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY(ops::remove_provider(call.context, call.args[0]));
  return std::string();
}

Reply learn_provider_models(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"timeout_ms"}));
  AIGW_TRY_ASSIGN(const milliseconds timeout, timeout_of(fields));
  AIGW_TRY_ASSIGN(const auto ids, ops::learn_models(call.context, call.args[0], timeout));
  return list("models", ids, [](json::Writer& out, const std::string& id) { out.string(id); });
}

// What can be asked for, what happened, how things are.

Reply get_models(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto rows, ops::list_models(call.context));
  return document([&](json::Writer& out) {
    out.begin_object().key("models").begin_array();
    for (const auto& row : rows) render::model(out, row);
    out.end_array().key("prices");
    render::prices_of(out, *call.context.registry);
    out.end_object();
  });
}

/// The body is the file itself.
Reply import_models(const Call& call) {
  AIGW_TRY(Fields::of_query(call.query, {}));
  AIGW_TRY_ASSIGN(const auto done, ops::import_models(call.context, call.body));
  return document([&](json::Writer& out) {
    out.begin_object()
        .member("source", done.source)
        .member("models", done.models)
        .member("left_out", done.left_out)
        .end_object();
  });
}

Reply put_model(const Call& call) {
  AIGW_TRY_ASSIGN(
      const Fields fields,
      Fields::of_body(call.body, {"context_tokens_max", "output_tokens_max", "input_pico_usd", "cache_read_pico_usd",
                                  "cache_write_pico_usd", "output_pico_usd", "capabilities"}));
  store::ModelFactRow row;
  row.provider = call.args[0];
  row.model = call.args[1];
  AIGW_TRY_ASSIGN(row.context_tokens_max, fields.integer("context_tokens_max"));
  AIGW_TRY_ASSIGN(row.output_tokens_max, fields.integer("output_tokens_max"));
  AIGW_TRY_ASSIGN(row.input_pico_usd, fields.integer("input_pico_usd"));
  AIGW_TRY_ASSIGN(row.cache_read_pico_usd, fields.integer("cache_read_pico_usd"));
  AIGW_TRY_ASSIGN(row.cache_write_pico_usd, fields.integer("cache_write_pico_usd"));
  AIGW_TRY_ASSIGN(row.output_pico_usd, fields.integer("output_pico_usd"));
  AIGW_TRY_ASSIGN(row.capabilities, fields.text("capabilities"));
  AIGW_TRY(ops::set_model(call.context, std::move(row)));
  return std::string();
}

Reply delete_model(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY(ops::remove_model(call.context, call.args[0], call.args[1]));
  return std::string();
}

Reply delete_imported_models(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const std::int64_t removed, ops::remove_imported_models(call.context));
  return document([&](json::Writer& out) { out.begin_object().member("removed", removed).end_object(); });
}

Reply get_stats(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_query(call.query, {"since_ms", "until_ms", "by"}));
  AIGW_TRY_ASSIGN(const auto since_ms, fields.integer("since_ms"));
  AIGW_TRY_ASSIGN(const auto until_ms, fields.integer("until_ms"));
  AIGW_TRY_ASSIGN(const auto names, fields.texts("by"));
  AIGW_TRY_ASSIGN(const store::StatsGroup by, ops::group_by(names));
  const UnixMillis until{until_ms.value_or(call.now().value + 1)};  // exclusive: what just happened is in it
  const UnixMillis since{since_ms.value_or(std::max<std::int64_t>(0, until.value - kDayMs))};
  const auto end = until_ms ? ops::StatsEnd::as_said : ops::StatsEnd::open;
  AIGW_TRY_ASSIGN(const auto usage, ops::stats(call.context, {since, until, by}, end));
  return document([&](json::Writer& out) { render::stats(out, usage, by); });
}

Reply get_requests(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_query(call.query, {"last", "after", "cursor", "limit"}));
  ops::RequestQuery query;
  AIGW_TRY_ASSIGN(query.last, fields.integer("last"));
  AIGW_TRY_ASSIGN(const auto after, fields.text("after"));
  AIGW_TRY_ASSIGN(const auto limit, fields.integer("limit"));
  AIGW_TRY_ASSIGN(const auto cursor, fields.integer("cursor"));
  if (limit) query.limit = *limit;
  if (cursor) query.cursor = static_cast<std::uint64_t>(*cursor);
  if (after) {
    query.after = RequestId::parse(*after);
    if (!query.after)
      return make_error(ErrorKind::bad_request, "\"after\" is no request id",
                        "Ids look like req_0abc... and stand in each row.");
  }
  AIGW_TRY_ASSIGN(const auto page, ops::list_requests(call.context, query));
  return document([&](json::Writer& out) {
    out.begin_object().key("requests").begin_array();
    for (const auto& row : page.rows) render::request(out, row);
    out.end_array().member("cursor", static_cast<std::int64_t>(page.cursor)).member("missed", page.missed);
    render::behind(out, page.behind);
    out.end_object();
  });
}

Reply get_request(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto row, ops::show_request(call.context, call.args[0]));
  return document([&](json::Writer& out) { render::request(out, row); });
}

Reply post_probe(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"providers", "timeout_ms"}));
  AIGW_TRY_ASSIGN(const auto names, fields.texts("providers"));
  AIGW_TRY_ASSIGN(const milliseconds timeout, timeout_of(fields));
  AIGW_TRY_ASSIGN(const auto reports, ops::probe(call.context, names, timeout));
  return list("providers", reports, render::probe);
}

Reply get_status(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto found, ops::status(call.context));
  return document([&](json::Writer& out) { render::status(out, found); });
}

// The database as a file.

Reply post_flush(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY(ops::flush_journal(call.context));
  return std::string();
}

Reply post_vacuum(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const auto sizes, ops::compact_database(call.context));
  return document([&](json::Writer& out) {
    out.begin_object().member("bytes_before", sizes.bytes_before).member("bytes_after", sizes.bytes_after).end_object();
  });
}

Reply get_config(const Call& call) {
  AIGW_TRY(no_fields(call));
  return config_json(*call.context.config->get(), call.context.config->problem());
}

Reply get_config_export(const Call& call) {
  AIGW_TRY(no_fields(call));
  AIGW_TRY_ASSIGN(const std::string toml, ops::export_providers(call.context));
  return document([&](json::Writer& out) { out.begin_object().member("toml", toml).end_object(); });
}

Reply post_config_seal(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"secret"}));
  AIGW_TRY_ASSIGN(std::string secret, fields.required_text("secret"));
  AIGW_TRY_ASSIGN(const std::string sealed, ops::seal_for_file(call.context, Secret(std::move(secret))));
  return document([&](json::Writer& out) { out.begin_object().member("sealed", sealed).end_object(); });
}

Reply rotate_master_key(const Call& call) {
  AIGW_TRY_ASSIGN(const Fields fields, Fields::of_body(call.body, {"key"}));
  AIGW_TRY_ASSIGN(auto given, fields.text("key"));
  AIGW_TRY_ASSIGN(const auto change, ops::rotate_master_key(call.context, Secret(std::move(given).value_or(""))));
  return document([&](json::Writer& out) {
    out.begin_object().member("file", change.file.string()).member("previous", change.previous.string()).end_object();
  });
}

struct Route {
  std::string_view pattern;  ///< below /api/v1/; `*` is one segment
  std::string_view method;
  Reply (*handler)(const Call&);
  int status = 200;
};

constexpr std::array kRoutes = {
    Route{"config", "GET", get_config},
    Route{"config/export", "GET", get_config_export},
    Route{"config/seal", "POST", post_config_seal},
    Route{"credentials", "GET", get_credentials},
    Route{"credentials", "POST", post_credentials, 201},
    Route{"credentials/*", "DELETE", delete_credential},
    Route{"credentials/*/*", "DELETE", delete_credential},
    Route{"credentials/*/*/test", "POST", test_credential},
    Route{"credentials/*/test", "POST", test_credential},
    Route{"database/flush", "POST", post_flush, 204},
    Route{"database/vacuum", "POST", post_vacuum},
    Route{"keys", "GET", get_keys},
    Route{"keys", "POST", post_keys, 201},
    Route{"keys/*", "DELETE", delete_key},
    Route{"keys/*", "GET", get_key},
    Route{"keys/*/end", "POST", end_key},
    Route{"keys/*/revoke", "POST", revoke_key},
    Route{"keys/*/rotate", "POST", rotate_key, 201},
    Route{"master-key/rotate", "POST", rotate_master_key},
    Route{"models", "GET", get_models},
    Route{"models/*/*", "DELETE", delete_model, 204},
    Route{"models/*/*", "PUT", put_model, 204},
    Route{"models/import", "POST", import_models},
    Route{"models/imported", "DELETE", delete_imported_models},
    Route{"probe", "POST", post_probe},
    Route{"providers", "GET", get_providers},
    Route{"providers", "POST", post_providers, 201},
    Route{"providers/*", "DELETE", delete_provider, 204},
    Route{"providers/*", "PUT", put_provider},
    Route{"providers/*/learn", "POST", learn_provider_models},
    Route{"requests", "GET", get_requests},
    Route{"requests/*", "GET", get_request},
    Route{"stats", "GET", get_stats},
    Route{"status", "GET", get_status},
};
static_assert(std::ranges::adjacent_find(kRoutes, std::ranges::greater_equal{},
                                         [](const Route& r) { return std::pair(r.pattern, r.method); }) ==
                  kRoutes.end(),
              "keep routes sorted by pattern and method, each once");

/// The segments that stand for `*`, raw; none when the path is another.
std::optional<std::vector<std::string_view>> match(std::string_view pattern,
                                                   std::span<const std::string_view> segments) {
  std::vector<std::string_view> args;
  const auto wanted = text::split(pattern, '/');
  if (wanted.size() != segments.size()) return std::nullopt;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*" && !segments[i].empty())
      args.push_back(segments[i]);
    else if (wanted[i] != segments[i])
      return std::nullopt;
  }
  return args;
}

struct Found {
  const Route* route = nullptr;
  std::vector<std::string_view> args;
};

Result<Found> find_route(std::string_view method, std::string_view path) {
  if (!path.starts_with(kRoot))
    return make_error(ErrorKind::not_found, "the admin API begins with " + std::string(kRoot));
  const auto segments = text::split(path.substr(kRoot.size()), '/');
  std::string allowed;
  for (const Route& route : kRoutes) {
    auto args = match(route.pattern, segments);
    if (args && route.method == method) return Found{&route, *std::move(args)};
    if (args) allowed.append(allowed.empty() ? "" : ", ").append(route.method);
  }
  if (allowed.empty()) return make_error(ErrorKind::not_found, "no such path: " + std::string(path.substr(0, 200)));
  return make_error(ErrorKind::method_not_allowed, std::string(method.substr(0, 20)) + " is not for this path",
                    "Use " + allowed + ".");
}

Result<ApiReply> answer(const ops::Context& context, std::string_view method, std::string_view target,
                        std::string_view body) {
  const std::size_t mark = target.find('?');
  Call call{context, {}, mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1), body};
  AIGW_TRY_ASSIGN(const Found found, find_route(method, target.substr(0, mark)));
  for (const auto raw : found.args) {
    AIGW_TRY_ASSIGN(std::string arg, http::percent_decode(raw));
    call.args.push_back(std::move(arg));
  }
  AIGW_TRY_ASSIGN(std::string out, found.route->handler(call));
  return ApiReply{.status = found.route->status, .body = std::move(out)};
}

}  // namespace

ApiReply problem(const Error& error) {
  // Deeper causes are for the log; a person gets the sentence and the way out.
  std::string body = document([&](json::Writer& out) {
    out.begin_object()
        .member("type", "about:blank")
        .member("title", error.code())
        .member("status", error.http_status())
        .member("detail", error.message)
        .member("code", error.code());
    out.key("next");
    error.next.empty() ? out.null() : out.string(error.next);
    if (!error.param.empty())
      out.key("errors")
          .begin_array()
          .begin_object()
          .member("field", error.param)
          .member("detail", error.message)
          .end_object()
          .end_array();
    out.end_object();
  });
  return {.status = error.http_status(), .content_type = "application/problem+json", .body = std::move(body)};
}

ApiReply AdminApi::handle(std::string_view method, std::string_view target, std::string_view body) const {
  try {
    auto reply = answer(context_, method, target, body);
    return reply ? *std::move(reply) : problem(reply.error());
  } catch (const std::exception& broken) {  // a library's; the socket's server must go on
    return problem(
        make_error(ErrorKind::internal, std::string("an unexpected failure: ") + broken.what(), "Please report it."));
  }
}

}  // namespace aigw::server
