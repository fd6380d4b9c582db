#include "scripted_exchange.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::test;
using ledger::Outcome;

namespace {

const std::string kForm =
    "--xY\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nlocal/whisper\r\n--xY\r\nContent-Disposition: "
    "form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n--xY--\r\n";

/// An upload instead of JSON.
ScriptedExchange& as_form(ScriptedExchange& exchange) {
  exchange.head().headers.clear();
  return exchange.header("host", "localhost")
      .header("authorization", "Bearer " + std::string(kKey))
      .header("content-type", "multipart/form-data; boundary=xY");
}

}  // namespace

SCENARIO("an upload finds its provider by the form's model and goes on whole, but for the model's prefix") {
  ScriptedExchange exchange("/v1/audio/transcriptions", kForm);
  REQUIRE(as_form(exchange).start().kind == Step::Kind::call);
  std::string expected = kForm;
  expected.replace(expected.find("local/whisper"), 13, "whisper");
  CHECK(exchange.upstream_body() == expected);
  CHECK(exchange.upstream_head().find("content-length: " + std::to_string(expected.size())) != std::string::npos);
  exchange.answer_head(200, {{"content-type", "text/plain"}});
  exchange.answer_bytes("hello", true);
  REQUIRE(exchange.finished());
  CHECK(exchange.client_body() == "hello");
  CHECK(exchange.rows()[0].outcome == Outcome::succeeded);
  CHECK(exchange.rows()[0].model_requested == "local/whisper");
}

SCENARIO("an upload without a model is refused with the field's name") {
  ScriptedExchange exchange("/v1/audio/transcriptions", "--xY--\r\n");
  as_form(exchange).start();
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 400 "));
  CHECK(exchange.client_body().find(R"("param":"model")") != std::string::npos);
}

SCENARIO("pictures are metered by the usage that comes with them; an empty answer is none") {
  ScriptedExchange exchange("/v1/images/generations", R"({"model":"local/tuned","prompt":"a cat"})");
  exchange.start();
  exchange.answer_head(200, {{"content-type", "application/json"}});
  GIVEN("an answer") {
    exchange.answer_bytes(R"({"created":1,"data":[{"b64_json":"eA=="}],"usage":{"input_tokens":5,"output_tokens":7}})",
                          true);
    CHECK(exchange.rows()[0].tokens ==
          TokenUsage{.input = 5, .cache_read = 0, .cache_write = 0, .output = 7, .reasoning = 0});
    CHECK(exchange.rows()[0].cost.has_value());
  }
  GIVEN("nothing") {
    exchange.answer_bytes("", true);
    CHECK(exchange.client_bytes().starts_with("HTTP/1.1 502 "));
  }
}

SCENARIO("a stored response is asked of the only provider that keeps such") {
  ScriptedExchange exchange("/v1/responses/resp_1", {}, http::Method::get);
  exchange.start();
  REQUIRE(exchange.finished());
  CHECK(exchange.client_bytes().starts_with("HTTP/1.1 404 "));
  CHECK(exchange.client_body().find("no provider speaks openai-responses") != std::string::npos);
}
