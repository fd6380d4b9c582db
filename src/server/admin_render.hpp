#pragma once
// The JSON documents of the admin API and of the command line's --json: one function a thing. Pure.

#include "base/error.hpp"
#include "json/writer.hpp"
#include "ops/credentials.hpp"
#include "ops/keys.hpp"
#include "ops/models.hpp"
#include "ops/probe.hpp"
#include "ops/providers.hpp"
#include "ops/requests.hpp"
#include "ops/status.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aigw::server::render {

// Each appends one value to the writer.
void key(json::Writer& out, const ops::KeyView& row, UnixMillis now);
void issued_key(json::Writer& out, const ops::IssuedKey& issued, UnixMillis now);
void credential(json::Writer& out, const ops::CredentialView& row);
void provider(json::Writer& out, const ops::ProviderView& row);
void model(json::Writer& out, const ops::ModelView& row);
void probe(json::Writer& out, const ops::ProbeReport& report);
void request(json::Writer& out, const store::RequestRow& row);
/// `by`: which fields of a row's group mean something.
/// A member of an object: why the newest rows are missing, or null.
void behind(json::Writer& out, const ops::Behind& behind);
void stats(json::Writer& out, const ops::Usage& usage, const store::StatsGroup& by);
/// When and where the catalogue's prices were true.
void prices_of(json::Writer& out, const llm::Registry& registry);
void status(json::Writer& out, const ops::StatusView& status);

}  // namespace aigw::server::render
