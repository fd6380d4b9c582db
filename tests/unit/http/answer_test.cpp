#include "http/answer.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace aigw;
using namespace aigw::http;
using namespace std::string_literals;

namespace {

struct Outcome {
  bool ok = false;
  bool done = false;
  int status = 0;
  std::size_t fields = 0;
  bool keeps_alive = false;
  std::string body = {};
  std::string rest = {};  ///< what was left for the next answer
  bool operator==(const Outcome&) const = default;
};

/// What a reader makes of `text` arriving in `parts`, each behind what was left over, then the connection's end.
Outcome read(const std::vector<std::string_view>& parts, AnswerReader::Body body = AnswerReader::Body::as_framed) {
  ResponseHead head;
  AnswerReader reader(head, body);
  Outcome outcome;
  std::string input;
  for (const std::string_view part : parts) {
    input.append(part);
    if (reader.done()) continue;
    const auto taken = reader.put(input);
    if (!taken) {
      CHECK(taken.error().kind == ErrorKind::upstream_invalid);
      return {};
    }
    outcome.body.append(reader.body());
    reader.clear_body();
    input.erase(0, *taken);
  }
  reader.put_end();
  outcome.ok = true;
  outcome.done = reader.done();
  outcome.status = head.status;
  outcome.fields = head.headers.size();
  outcome.keeps_alive = outcome.done && reader.keeps_alive();
  outcome.rest = input;
  return outcome;
}

/// The outcome, after checking that every split in two and the split into bytes give the same.
Outcome read_every_split(std::string_view text, AnswerReader::Body body = AnswerReader::Body::as_framed) {
  const Outcome whole = read({text}, body);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(read({text.substr(0, cut), text.substr(cut)}, body) == whole);
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  CHECK(read(bytes, body) == whole);
  return whole;
}

std::string answer(std::string_view fields, std::string_view body = {}) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("an answer is read the same however it arrives, and what follows it is left alone") {
  CHECK(read_every_split(answer("Content-Length: 5\r\nX:\t y \r\n", "helloHTTP/1.1")) ==
        Outcome{true, true, 200, 2, true, "hello", "HTTP/1.1"});
  CHECK(
      read_every_split(answer("transfer-encoding: Chunked\r\n", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nt: 1\r\n\r\nNEXT")) ==
      Outcome{true, true, 200, 1, true, "abcde", "NEXT"});
  CHECK(read_every_split(answer("", "until the end")) == Outcome{true, true, 200, 0, false, "until the end", ""});
  CHECK(read_every_split(answer("content-length: 2\r\nconnection: close\r\n", "ok")) ==
        Outcome{true, true, 200, 2, false, "ok", ""});
  CHECK(read_every_split("HTTP/1.0 429\r\nContent-Length: 2\r\n\r\nno") ==
        Outcome{true, true, 429, 1, false, "no", ""});
}

TEST_CASE("answers without a body end with their head") {
  for (const char* line :
       {"HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304 Not Modified\r\n", "HTTP/1.1 103 Early Hints\r\n"}) {
    const Outcome outcome = read_every_split(line + "content-length: 5\r\n\r\nhello"s);
    CHECK(outcome.done);
    CHECK(outcome.body.empty());
    CHECK(outcome.rest == "hello");
  }
  const Outcome head = read_every_split(answer("content-length: 5\r\n"), AnswerReader::Body::none);
  CHECK(head.done);
  CHECK(head.keeps_alive);
}

TEST_CASE("an answer that ends too early is not done") {
  CHECK_FALSE(read({answer("content-length: 5\r\n", "hell")}).done);
  CHECK_FALSE(read({answer("transfer-encoding: chunked\r\n", "3\r\nabc\r\n")}).done);
  CHECK_FALSE(read({"HTTP/1.1 200 OK\r\ncontent-len"}).done);
}

TEST_CASE("what two readers could read differently is refused, and what is no HTTP at once") {
  for (const std::string& text : {"SSH-2.0-OpenSSH"s,
                                  "<html>"s,
                                  "HTTP/2 200\r\n\r\n"s,
                                  "HTTP/1.1 20\r\n\r\n"s,
                                  "HTTP/1.1  200 OK\r\n\r\n"s,
                                  "HTTP/1.1 2000 OK\r\n\r\n"s,
                                  "HTTP/1.1 099 x\r\n\r\n"s,
                                  "HTTP/1.1 200 OK\nX: 1\n"s,
                                  "HTTP/1.1 200 O\nK\r\n\r\n"s,
                                  "HTTP/1.1 200 O\rK\r\n\r\n"s,
                                  answer("content-length: 1\r\ncontent-length: 2\r\n", "x"),
                                  answer("content-length: +1\r\n", "x"),
                                  answer("content-length: 1, 1\r\n", "x"),
                                  answer("content-length: 1\r\ntransfer-encoding: chunked\r\n"),
                                  answer("transfer-encoding: gzip, chunked\r\n"),
                                  answer("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"),
                                  answer("transfer-encoding: chunked\r\n", "x\r\n"),
                                  answer("transfer-encoding: chunked\r\n", "1\r\nab\r\n"),
                                  answer("x : 1\r\n"),
                                  answer("x: a\x01\r\n"),
                                  answer(" folded: 1\r\n"),
                                  answer("x: " + std::string(70'000, 'a'))}) {
    CAPTURE(text.substr(0, 60));
    CHECK_FALSE(read({text}).ok);
  }
  std::string many;
  for (int i = 0; i < 201; ++i) many += "x: 1\r\n";
  CHECK_FALSE(read({answer(many)}).ok);
}
