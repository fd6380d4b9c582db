#include "server/admin_render.hpp"

#include "base/text.hpp"
#include "ops/names.hpp"
#include "ops/provider_rules.hpp"

namespace aigw::server::render {
namespace {

using json::Writer;

void maybe_time(Writer& out, std::string_view name, std::optional<UnixMillis> at) {
  out.key(name);
  at ? out.string(to_iso8601(*at)) : out.null();
}

void maybe_text(Writer& out, std::string_view name, std::string_view text) {
  out.key(name);
  text.empty() ? out.null() : out.string(text);
}

void maybe_millis(Writer& out, std::string_view name, std::optional<std::uint32_t> micros) {
  out.key(name);
  micros ? out.number(*micros / 1000.0) : out.null();
}

void tokens(Writer& out, const TokenUsage& usage) {
  out.begin_object()
      .member("input", usage.input)
      .member("cache_read", usage.cache_read)
      .member("cache_write", usage.cache_write)
      .member("output", usage.output)
      .end_object();
}

void quantiles(Writer& out, std::string_view name, const store::Quantiles& found) {
  out.key(name).begin_object();
  maybe_millis(out, "p50", found.p50_us);
  maybe_millis(out, "p95", found.p95_us);
  maybe_millis(out, "p99", found.p99_us);
  out.end_object();
}

// The members of a sum, into an object that is open.
void figures_members(Writer& out, const store::StatsFigures& sum) {
  out.member("requests", sum.requests)
      .member("succeeded", sum.succeeded)
      .member("failed", sum.failed)
      .member("aborted", sum.aborted)
      .member("refused", sum.refused)
      .member("unknown", sum.unknown)
      .member("unpriced_requests", sum.unpriced_requests)
      .member("cost_nano_usd", sum.cost.value);
  out.key("tokens");
  tokens(out, sum.tokens);
  quantiles(out, "latency_ms", sum.latency);
  quantiles(out, "ttft_ms", sum.ttft);
}

void price(Writer& out, const std::optional<policy::ModelPrice>& price) {
  if (!price) {
    out.null();
    return;
  }
  out.begin_object()
      .member("input", price->input.value)
      .member("cache_read", price->cache_read.value)
      .member("cache_write", price->cache_write.value)
      .member("output", price->output.value)
      .end_object();
}

void key_members(Writer& out, const ops::KeyView& row, UnixMillis now) {
  out.member("id", ops::id_text("key", row.id.value))
      .member("name", row.name)
      .member("prefix", row.prefix)
      .member("state", ops::state_of(row, now))
      .member("created_at", to_iso8601(row.created));
  maybe_time(out, "last_used_at", row.last_used);
  maybe_time(out, "expires_at", row.expires);
  maybe_time(out, "revoked_at", row.revoked);
}

}  // namespace

void key(Writer& out, const ops::KeyView& row, UnixMillis now) {
  out.begin_object();
  key_members(out, row, now);
  out.end_object();
}

void issued_key(Writer& out, const ops::IssuedKey& issued, UnixMillis now) {
  out.begin_object();
  key_members(out, issued.row, now);
  out.member("key", issued.secret.reveal());
  out.end_object();
}

void credential(Writer& out, const ops::CredentialView& row) {
  out.begin_object()
      .member("id", ops::id_text("cred", row.id.value))
      .member("provider", row.provider)
      .member("name", row.name);
  maybe_text(out, "hint", row.hint);
  out.member("created_at", to_iso8601(row.created)).end_object();
}

void provider(Writer& out, const ops::ProviderView& row) {
  out.begin_object().member("name", row.provider.name).member("origin", ops::name_of(row.origin));
  if (row.line > 0) out.member("line", row.line);
  out.key("endpoints").begin_array();
  for (const auto& endpoint : row.provider.endpoints)
    out.begin_object()
        .member("dialect", llm::name_of(endpoint.dialect))
        .member("base_url", ops::url_text(endpoint.url))
        .member("auth", ops::name_of(endpoint.auth))
        .end_object();
  out.end_array().member("allow_private", row.provider.allow_private);
  maybe_text(out, "prices_as", row.provider.pricing.listed_as);
  out.member("free", row.provider.pricing.kind == policy::Pricing::Kind::free)
      .member("has_key", row.has_key())
      .member("callable", row.callable());
  maybe_text(out, "problem", row.problem ? row.problem->text() : std::string());
  out.end_object();
}

void model(Writer& out, const ops::ModelView& row) {
  out.begin_object()
      .member("id", row.id)
      .member("provider", row.provider)
      .member("callable", row.callable)
      .member("learnt", row.learnt);
  const auto limit = [&](std::string_view name, std::int64_t tokens_max) {
    out.key(name);
    tokens_max > 0 ? out.integer(tokens_max) : out.null();
  };
  limit("context_tokens_max", row.context_tokens_max);
  limit("output_tokens_max", row.output_tokens_max);
  out.key("price_pico_usd_per_token");
  price(out, row.price);
  out.member("price_source", row.price_source);
  maybe_text(out, "capabilities", row.capabilities);
  out.member("origin", row.origin);
  out.end_object();
}

void probe(Writer& out, const ops::ProbeReport& report) {
  out.begin_object()
      .member("provider", report.provider)
      .member("url", report.url)
      .member("healthy", report.healthy())
      .member("reached", report.reached)
      .member("key", ops::name_of(report.key));
  out.key("status");
  report.status > 0 ? out.integer(report.status) : out.null();
  out.key("latency_ms");
  report.status > 0 ? out.number(static_cast<double>(report.latency_us) / 1000.0) : out.null();
  maybe_text(out, "error", report.error);
  out.end_object();
}

/// "path: reason" lines as objects; those with a "~" had no effect on the answer.
void lost(Writer& out, std::string_view lines) {
  for (const auto& [name, is_note] : {std::pair{"lost", false}, std::pair{"notes", true}}) {
    out.key(name).begin_array();
    for (std::string_view line : text::split(lines, '\n')) {
      const auto colon = line.find(": ");
      if (line.starts_with('~') != is_note || colon == std::string_view::npos) continue;
      if (is_note) line.remove_prefix(1);
      const std::size_t end = is_note ? colon - 1 : colon;
      out.begin_object().member("path", line.substr(0, end)).member("reason", line.substr(end + 2)).end_object();
    }
    out.end_array();
  }
}

void request(Writer& out, const store::RequestRow& row) {
  out.begin_object().member("id", row.id.text()).member("at", to_iso8601(row.id.at()));
  maybe_text(out, "key", row.key_name);
  maybe_text(out, "client_dialect", llm::name_of(row.client_dialect));
  maybe_text(out, "operation", llm::name_of(row.operation));
  maybe_text(out, "provider", row.provider);
  maybe_text(out, "provider_dialect", llm::name_of(row.provider_dialect));
  maybe_text(out, "model_requested", row.model_requested);
  maybe_text(out, "model_served", row.model_served);
  out.key("status");
  row.status > 0 ? out.integer(row.status) : out.null();
  out.member("outcome", ledger::name_of(row.outcome)).member("stream", row.stream);
  out.key("attempts").begin_array();
  for (const auto& attempt : row.attempts) {
    out.begin_object().member("provider", attempt.provider).key("status");
    attempt.status > 0 ? out.integer(attempt.status) : out.null();
    maybe_millis(out, "latency_ms", attempt.latency_us);
    maybe_text(out, "error", attempt.error);
    out.end_object();
  }
  out.end_array().key("tokens");
  row.tokens ? tokens(out, *row.tokens) : static_cast<void>(out.null());
  out.member("usage_source", ledger::name_of(row.usage_source)).key("cost_nano_usd");
  row.cost ? out.integer(row.cost->value) : out.null();
  const bool ended = row.outcome != ledger::Outcome::open;
  maybe_millis(out, "latency_ms", ended ? std::optional(row.latency_us) : std::nullopt);
  maybe_millis(out, "ttft_ms", row.ttft_us);
  out.member("bytes_in", row.bytes_in).member("bytes_out", row.bytes_out);
  maybe_text(out, "error", row.error);
  lost(out, row.lost);
  out.end_object();
}

void behind(Writer& out, const ops::Behind& behind) {
  out.key("behind");
  if (!behind) return static_cast<void>(out.null());
  out.begin_object().member("message", behind->message).member("next", behind->next).end_object();
}

void stats(Writer& out, const ops::Usage& usage, const store::StatsGroup& by) {
  const store::StatsReport& report = usage.report;
  out.begin_object().member("since", to_iso8601(report.since)).member("until", to_iso8601(report.until));
  out.key("totals").begin_object();
  figures_members(out, report.totals);
  out.end_object().key("rows").begin_array();
  for (const auto& row : report.rows) {
    out.begin_object().key("group").begin_object();
    if (by.hour) out.member("hour", to_iso8601(row.hour));
    if (by.model) maybe_text(out, "model", row.model);
    if (by.provider) maybe_text(out, "provider", row.provider);
    if (by.key) maybe_text(out, "key", row.key);
    out.end_object();
    figures_members(out, row.figures);
    out.end_object();
  }
  out.end_array();
  behind(out, usage.behind);
  out.end_object();
}

void prices_of(Writer& out, const llm::Registry& registry) {
  out.begin_object().member("date", registry.models_date).member("source", registry.models_source).end_object();
}

void status(Writer& out, const ops::StatusView& status) {
  out.begin_object().member("version", status.version).member("now", to_iso8601(status.now));
  maybe_time(out, "started_at", status.started.value > 0 ? std::optional(status.started) : std::nullopt);
  out.member("keys", status.keys)
      .member("providers", status.providers)
      .member("credentials", status.credentials)
      .member("ledger_lag_bytes", static_cast<std::int64_t>(status.ledger_lag_bytes))
      .member("prices_date", status.models_date)
      .end_object();
}

}  // namespace aigw::server::render
