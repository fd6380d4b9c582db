#pragma once
// An Exchange driven by hand: the test plays network, provider, client, clock and disk.

#include "adapters/registry.hpp"
#include "base/crypto.hpp"
#include "gateway/exchange.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aigw::test {

using gateway::Event;
using gateway::Step;
using std::chrono::seconds;

inline constexpr std::string_view kKey = "aigw_test_key";

/// Providers: `openai` (well-known, with a key), `claude` (custom, anthropic), `gem` (custom, gemini), `local` (custom,
/// chat, list: llama).
inline policy::SnapshotPtr snapshot() {
  auto made = std::make_shared<policy::Snapshot>();
  made->registry = &adapters::registry();
  made->keys.emplace(crypto::sha256(kKey), policy::IssuedKey{KeyId{7}, "laptop"});
  const auto add = [&](std::string name, llm::Dialect dialect, llm::Auth auth, std::string host,
                       std::string path) -> policy::Provider& {
    policy::Provider provider;
    provider.name = std::move(name);
    provider.key = Secret("sk-provider");
    provider.endpoints.push_back(
        {dialect, auth, {.tls = false, .host = host, .port = 80, .path = std::move(path), .authority = host}});
    made->providers.push_back(std::move(provider));
    return made->providers.back();
  };
  add("claude", llm::Dialect::anthropic_messages, llm::Auth::x_api_key, "claude.test", "");
  add("gem", llm::Dialect::gemini_generate, llm::Auth::x_goog_api_key, "gem.test", "");
  auto& local = add("local", llm::Dialect::openai_chat, llm::Auth::bearer, "local.test", "/v1");
  local.models.emplace().insert("llama");
  local.prices["tuned"] = {.input = {1}, .cache_read = {1}, .cache_write = {1}, .output = {1}};
  auto& openai = add("openai", llm::Dialect::openai_chat, llm::Auth::bearer, "openai.test", "/v1");
  openai.well_known = true;
  openai.pricing = {policy::Pricing::Kind::as_listed, "openai"};
  return made;
}

class ScriptedExchange {
 public:
  explicit ScriptedExchange(std::string path, std::string body = {}, http::Method method = http::Method::post)
      : body_(std::move(body)) {
    gateway_.registry = &adapters::registry();
    gateway_.codecs = &adapters::codecs();
    gateway_.version = "test";
    gateway_.snapshot = snapshot();
    gateway_.seals = std::make_shared<llm::SealTable>();
    gateway_.options = std::make_shared<llm::OptionMemory>();
    head_.method = method;
    head_.method_text = http::name_of(method);
    head_.target = std::move(path);
    header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", "Bearer " + std::string(kKey));
  }
  ScriptedExchange& header(std::string_view name, std::string_view value) {
    head_.headers.add(name, value);
    return *this;
  }
  ScriptedExchange& without_key() {
    head_.headers.clear();
    return header("host", "localhost").header("content-type", "application/json");
  }
  http::RequestHead& head() { return head_; }
  gateway::Gateway& gateway() { return gateway_; }
  gateway::Settings& settings() { return gateway_.settings; }

  /// Runs until the provider is to be called, or the exchange is over.
  const Step& start() {
    exchange_.emplace(
        gateway_, RequestId{1}, head_,
        gateway::ClientTerms{.version_minor = 1, .keep_alive = true, .head_only = head_.method == http::Method::head},
        now_);
    step_ = &exchange_->start(body_, gateway::ServerState::ready);
    return serve();
  }

  const Step& answer_head(int status, std::vector<std::pair<std::string, std::string>> fields, bool reused = false) {
    answer_head_.clear();
    answer_head_.status = status;
    for (const auto& [name, value] : fields) answer_head_.headers.add(name, value);
    Event event;
    event.kind = Event::Kind::head;
    event.head = &answer_head_;
    event.reused = reused;
    return give(std::move(event));
  }
  const Step& answer_bytes(std::string_view bytes, bool end = false) {
    Event event;
    event.kind = Event::Kind::bytes;
    event.bytes = bytes;
    event.end = end;
    return give(std::move(event));
  }
  const Step& fail(ErrorKind kind, Retry retry = Retry::no) {
    Event event;
    event.kind = Event::Kind::failed;
    event.error = make_error(kind, "scripted");
    event.error->retry = retry;
    return give(std::move(event));
  }
  const Step& happen(Event::Kind kind) {
    Event event;
    event.kind = kind;
    return give(std::move(event));
  }

  void pass(Duration time) { now_ += time; }
  void disk_full_from_now() { disk_full_ = true; }
  void client_leaves_at_next_send() { client_leaves_ = true; }

  const Step& step() const { return *step_; }
  bool finished() const { return step_->kind == Step::Kind::finish; }
  const std::string& upstream_head() const { return upstream_head_; }
  const std::string& upstream_body() const { return upstream_body_; }
  const std::string& client_bytes() const { return client_bytes_; }
  std::string client_body() const { return client_bytes_.substr(client_bytes_.find("\r\n\r\n") + 4); }
  bool aborted_upstream() const { return aborted_; }
  int calls() const { return calls_; }

  struct Row {
    ledger::Outcome outcome;
    int status;
    std::optional<TokenUsage> tokens;
    std::optional<NanoUsd> cost;
    std::string provider, model_requested, model_served, error, lost;
    std::size_t attempts;
    std::size_t client_bytes_before;  ///< that had gone to the client when the row was written
  };
  const std::vector<Row>& rows() const { return rows_; }
  int opened() const { return opened_; }

 private:
  const Step& give(Event event) {
    event.now = now_;
    step_ = &exchange_->next(std::move(event));
    return serve();
  }

  /// Performs what needs no decision of the test.
  const Step& serve() {
    for (;;) {
      Event event;
      event.now = now_;
      switch (step_->kind) {
        case Step::Kind::finish:
          return *step_;
        case Step::Kind::read:
        case Step::Kind::pause:
          return *step_;
        case Step::Kind::call:
          ++calls_;
          upstream_head_ = step_->call.head;
          upstream_body_ = step_->call.body;
          return *step_;
        case Step::Kind::send:
          for (std::size_t i = 0; i < step_->piece_count; ++i) client_bytes_.append(step_->pieces[i]);
          event.kind = client_leaves_ ? Event::Kind::client_gone : Event::Kind::sent;
          break;
        case Step::Kind::record_open:
          opened_ += !disk_full_;
          record(event);
          break;
        case Step::Kind::await_open:
          record(event);
          break;
        case Step::Kind::record_settled: {
          const ledger::Settled& row = *step_->settled;
          if (!disk_full_)
            rows_.push_back({row.outcome, row.status, row.tokens, row.cost, std::string(row.provider),
                             std::string(row.model_requested), std::string(row.model_served), std::string(row.error),
                             std::string(row.lost), row.attempts.size(), client_bytes_.size()});
          record(event);
          break;
        }
        case Step::Kind::abort_upstream:
          aborted_ = true;
          break;
      }
      step_ = &exchange_->next(std::move(event));
    }
  }
  void record(Event& event) const {
    event.kind = disk_full_ ? Event::Kind::failed : Event::Kind::recorded;
    if (disk_full_) event.error = make_error(ErrorKind::overloaded, "the disk is full");
  }

  gateway::Gateway gateway_;
  http::RequestHead head_;
  http::ResponseHead answer_head_;
  std::string body_;
  Instant now_ = Instant{} + seconds(1000);
  std::optional<gateway::Exchange> exchange_;
  const Step* step_ = nullptr;
  std::string upstream_head_, upstream_body_, client_bytes_;
  std::vector<Row> rows_;
  int opened_ = 0;
  int calls_ = 0;
  bool aborted_ = false;
  bool disk_full_ = false;
  bool client_leaves_ = false;
};

/// The body of a chunked answer, joined.
inline std::string unchunk(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.find("\r\n");
    const std::size_t size = std::stoul(std::string(text.substr(0, line)), nullptr, 16);
    if (size == 0) break;
    out.append(text.substr(line + 2, size));
    text.remove_prefix(line + 2 + size + 2);
  }
  return out;
}

}  // namespace aigw::test
