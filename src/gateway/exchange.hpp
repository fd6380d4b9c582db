#pragma once
// The life of one request (PHASES.md draws it). Performs no I/O, reads no clock, starts no thread: it yields steps and
// is told events. Belongs to one connection's thread; lives until its `finish` step.

#include "base/request_id.hpp"
#include "gateway/gateway.hpp"
#include "gateway/match.hpp"
#include "gateway/plan.hpp"
#include "gateway/ready.hpp"
#include "gateway/relay.hpp"
#include "gateway/reply.hpp"
#include "gateway/script.hpp"
#include "gateway/step.hpp"
#include "gateway/translation.hpp"
#include "http/framing.hpp"
#include "ledger/record.hpp"
#include "llm/reframer.hpp"
#include "policy/authenticate.hpp"
#include "policy/route.hpp"
#include "policy/snapshot.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aigw::gateway {

class Exchange {
 public:
  /// `gateway`, `head` and `last_caller`, if any, outlive the exchange. Guards, matches and authenticates at once, so
  /// that the driver knows before the body whether it is wanted.
  Exchange(const Gateway& gateway, RequestId id, const http::RequestHead& head, ClientTerms terms, Instant received_at,
           policy::LastCaller* last_caller = nullptr);
  Exchange(const Exchange&) = delete;

  /// False: the request is refused or needs no body; its bytes may be thrown away as they come.
  bool wants_body() const {
    return !refusal_ && route_.kind == Route::Kind::surface && head_.method == http::Method::post;
  }

  /// The body is complete (`body` outlives the exchange). First step.
  const Step& start(std::string_view body, ServerState state);
  /// The body could not be read: the request is refused with this error.
  const Step& start_refused(Error error);
  /// `event` outlives the step that it answers.
  const Step& next(const Event& event);

  std::string_view id_text() const { return {id_chars_.data(), id_chars_.size()}; }
  /// At `finish`: how it went, for logs and metrics.
  struct Ending {
    int status = 0;                        ///< what the client was told
    const ledger::Settled* row = nullptr;  ///< null: it has none
    std::optional<ErrorKind> error;        ///< why it did not succeed
  };
  Ending ending() const;

 private:
  struct Perform;  // suspends the script at step_

  Script run();
  Script run_local();
  Script run_models();
  Script run_surface();
  Script take_token();
  Script call_upstream();
  Script relay_stream();
  Script send_stream(bool last);
  Script collect_whole();
  Script settle_and_answer_whole();
  Script settle_and_answer_translated();
  Script answer_estimate();
  Script refuse();
  Script settle(ledger::Outcome outcome, int status, std::string_view error);

  Status prepare();
  Status read_body();
  Status read_path_model();
  Status read_form(std::string_view boundary);
  Result<bool> is_translated() const;
  Status translate();
  void make_plan();
  Result<policy::Target> find_target() const;
  bool wants_another_call();
  bool answer_is_stream(std::string_view first_bytes) const;
  std::string_view as_events(std::string_view bytes);
  Error refused_key() const;
  Error upstream_failure(std::string_view body) const;
  std::optional<llm::ProviderError> error_of_cloud(std::string_view body) const;
  const llm::Translator& translator() const {  ///< of the client's dialect
    return *gateway_.codecs->translators[static_cast<std::size_t>(codec_->dialect())];
  }
  void add_target_headers(HeadBuilder& head) const;
  void add_answer_head(HeadBuilder& head) const;
  void add_cost(HeadBuilder& head) const;
  void price();

  Perform perform(Step::Kind kind);
  template <class... Pieces>
  Perform send(const Pieces&... pieces);

  const Gateway& gateway_;
  const policy::Snapshot* const snapshot_;
  const RequestId id_;
  const RequestId::Text id_chars_;
  const http::RequestHead& head_;
  const ClientTerms terms_;
  const Instant received_at_;
  ServerState state_ = ServerState::ready;

  // admitted
  http::Target where_;
  Route route_;
  const llm::Codec* codec_ = nullptr;  ///< of the client
  const policy::IssuedKey* key_ = nullptr;
  std::optional<Error> refusal_;  ///< why the client gets an error of ours instead of an answer

  // the request
  std::string_view wire_body_;
  std::string decoded_body_;
  std::string_view body_;
  json::Object json_;
  llm::RequestFacts facts_;
  std::optional<http::FormField> form_model_;  ///< of an upload

  // the call
  policy::Target target_;
  std::unique_ptr<Translation> translation_;  ///< none: both sides speak the same dialect
  Plan plan_;
  Instant call_at_;
  Instant call_ends_at_ = Instant::max();
  std::vector<ledger::Attempt> attempts_;
  const http::ResponseHead* answer_head_ = nullptr;
  bool client_gone_ = false;

  // the answer
  std::unique_ptr<llm::Reframer> reframer_;  ///< none: the answer comes in its dialect's own framing
  std::string reframed_;
  std::optional<Error> broken_;  ///< why the stream ends before its end
  std::optional<Relay> relay_;
  std::string answer_;  ///< a whole answer, or the first bytes of one whose kind is still open
  bool answer_ended_ = false;
  std::string out_;  ///< our head and other bytes of our own
  char chunk_line_[24];
  bool committed_ = false;  ///< bytes of the answer went to the client
  bool keep_alive_ = true;

  // the record
  bool opened_ = false;
  bool settled_ = false;
  int own_status_ = 0;                      ///< of an answer that is nobody else's
  std::optional<ErrorKind> refused_for_{};  ///< what refuse() answered with
  ledger::Open open_;
  ledger::Settled row_;
  llm::AnswerFacts answer_facts_;
  std::string row_error_;
  std::string row_lost_;

  Step step_;
  Event nothing_yet_;
  const Event* event_ = &nothing_yet_;
  std::coroutine_handle<> waiting_;
  Script script_;
};

inline Exchange::Ending Exchange::ending() const {
  Ending out{settled_ ? row_.status : own_status_, settled_ ? &row_ : nullptr, refused_for_};
  if (!settled_ || out.error || row_.outcome == ledger::Outcome::succeeded) return out;
  out.error = row_.outcome == ledger::Outcome::aborted ? ErrorKind::client_gone : ErrorKind::upstream_error;
  return out;
}

}  // namespace aigw::gateway
