// A provider's answer gives the same however it is split.

#include "http/answer.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

using namespace aigw;

namespace {

struct Outcome {
  bool ok = true;
  bool done = false;
  int status = 0;
  std::size_t fields = 0;
  std::string body = {};
  std::string rest = {};
  bool operator==(const Outcome&) const = default;
};

Outcome read(const std::vector<std::string_view>& parts, http::AnswerReader::Body body) {
  http::ResponseHead head;
  http::AnswerReader reader(head, body);
  Outcome outcome;
  for (const std::string_view part : parts) {
    outcome.rest.append(part);
    if (reader.done()) continue;
    const auto taken = reader.put(outcome.rest);
    if (!taken) return {.ok = false};
    outcome.body.append(reader.body());
    reader.clear_body();
    outcome.rest.erase(0, *taken);
  }
  reader.put_end();
  outcome.done = reader.done();
  outcome.status = head.status;
  outcome.fields = head.headers.size();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto body = input.cut % 8 == 7 ? http::AnswerReader::Body::none : http::AnswerReader::Body::as_framed;
  fuzz::require(read({input.first(), input.second()}, body) == read({input.text}, body));
  return 0;
}
