// The translators without a gateway around them, for tests and for looking at one case.
//
//   translate request CLIENT PROVIDER [--model M] [--stream] < body      the body for the provider; losses on stderr
//   translate answer PROVIDER CLIENT --request FILE [--stream] [--split N] [--array] < answer
//   translate error PROVIDER CLIENT STATUS < body
//
// FILE is the client's request. --split feeds a stream N bytes at a time. Exit 1: refused, the reason on stderr.

#include "adapters/model_traits.hpp"
#include "adapters/translators.hpp"
#include "http/sse.hpp"
#include "llm/block_ledger.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace aigw;

std::string read_all(std::istream& in) { return {std::istreambuf_iterator<char>(in), {}}; }

[[noreturn]] void fail(std::string_view text, int code) {
  std::cerr << text << "\n";
  std::exit(code);
}

const llm::Translator& translator(std::string_view name) {
  const auto dialect = llm::dialect_named(name);
  if (!dialect) fail("no such dialect", 2);
  return *adapters::translator(*dialect);
}

struct Options {
  std::string model, request_file, body;
  bool stream = false;
  bool array = false;
  std::size_t split = 1U << 20U;
};

void tell(const llm::Losses& losses) {
  for (const llm::Loss& loss : losses.losses()) std::cerr << "lost " << loss.path << ": " << loss.reason << "\n";
  for (const llm::Loss& loss : losses.notes()) std::cerr << "note " << loss.path << ": " << loss.reason << "\n";
}

int run_request(const llm::Translator& client, const llm::Translator& provider, const Options& options) {
  auto object = json::scan_object(options.body);
  if (!object) fail("refused: " + object.error().text(), 1);
  llm::Losses losses;
  auto request = client.decode_request(*object, options.model, losses);
  if (!request) fail("refused: " + request.error().text(), 1);
  request->stream = request->stream || options.stream;  // Gemini says it in the path
  const std::string model = options.model.empty() ? request->model : options.model;
  const llm::EncodeTarget target{.provider = "p", .model = model, .traits = adapters::model_traits(model)};
  auto encoded = provider.encode_request(*request, target, losses);
  if (!encoded) fail("refused: " + encoded.error().text(), 1);
  tell(losses);
  std::cerr << "path " << encoded->path << "\n" << encoded->headers;
  std::cout << encoded->body;
  return 0;
}

int run_stream(const llm::Translator& provider, llm::StreamEncoder& encoder, const Options& options) {
  llm::BlockLedger ledger(encoder);
  const auto decoder = provider.stream_decoder();
  http::SseSplitter splitter;
  for (std::size_t at = 0; at < options.body.size(); at += options.split) {
    if (!splitter.push(std::string_view(options.body).substr(at, options.split))) fail("an event is too large", 1);
    while (const auto raw = splitter.next()) decoder->on_event(http::parse_event(*raw), ledger);
  }
  splitter.finish();
  while (const auto raw = splitter.next()) decoder->on_event(http::parse_event(*raw), ledger);
  if (!splitter.rest().empty()) decoder->on_event(http::parse_event(splitter.rest()), ledger);
  decoder->at_end(ledger);
  std::cout << encoder.take();
  if (ledger.repairs() > 0) std::cerr << "repairs " << ledger.repairs() << "\n";
  if (ledger.failure()) std::cerr << "error " << ledger.failure()->message << "\n";
  return 0;
}

int run_answer(const llm::Translator& provider, const llm::Translator& client, const Options& options) {
  std::ifstream file(options.request_file);
  const std::string body = read_all(file);
  auto object = json::scan_object(body);
  if (!object) fail("the request: " + object.error().text(), 2);
  llm::Losses losses;
  auto request = client.decode_request(*object, options.model, losses);
  if (!request) fail("the request: " + request.error().text(), 2);
  llm::AnswerContext context{.request = &*request, .request_id = "req_0123456789abc", .provider = "p", .created_s = 1};
  if (options.array) context.framing = llm::AnswerContext::Framing::json_array;
  if (options.stream) return run_stream(provider, *client.stream_encoder(context), options);
  auto answer = provider.decode_answer(options.body);
  if (!answer) fail("no answer: " + answer.error().text(), 1);
  llm::Losses answer_losses;
  std::cout << client.encode_answer(*answer, context, answer_losses);
  tell(answer_losses);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words;
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (word == "--model")
      options.model = value();
    else if (word == "--request")
      options.request_file = value();
    else if (word == "--stream")
      options.stream = true;
    else if (word == "--array")
      options.array = true;
    else if (word == "--split") {
      const std::string digits = value();
      std::from_chars(digits.data(), digits.data() + digits.size(), options.split);
    } else
      words.push_back(word);
  }
  if (words.size() < 3) fail("translate request|answer|error FROM TO ...", 2);
  options.body = read_all(std::cin);
  if (words[0] == "request") return run_request(translator(words[1]), translator(words[2]), options);
  if (words[0] == "answer") return run_answer(translator(words[1]), translator(words[2]), options);
  if (words[0] != "error" || words.size() < 4) fail("translate request|answer|error FROM TO ...", 2);
  int status = 0;
  std::from_chars(words[3].data(), words[3].data() + words[3].size(), status);
  const llm::ProviderError error = translator(words[1]).decode_error(status, options.body, {});
  std::cout << translator(words[2]).status_of(error) << " "
            << translator(words[2]).encode_provider_error(error, "req_0123456789abc");
  return 0;
}
