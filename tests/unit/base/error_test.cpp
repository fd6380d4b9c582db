#include "base/error.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace aigw;

namespace {

Result<int> half(int n) {
  if (n % 2) return make_error(ErrorKind::bad_request, "odd");
  return n / 2;
}
Result<int> quarter(int n) {
  AIGW_TRY_ASSIGN(const int first, half(n));
  AIGW_TRY_ASSIGN(const int second, half(first));
  return second;
}
Status check_quarter(int n) {
  AIGW_TRY(quarter(n));
  return {};
}

}  // namespace

TEST_CASE("every kind has its own code, and a status that suits whose fault it is") {
  std::set<std::string_view> codes;
  for (int i = 0; i <= static_cast<int>(ErrorKind::internal); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    CAPTURE(code_of(kind));
    CHECK(codes.insert(code_of(kind)).second);
    const int status = http_status_of(kind);
    if (source_of(kind) == ErrorSource::client)
      CHECK(((status >= 400 && status < 500) || status == 501 || status == 505));
    if (source_of(kind) == ErrorSource::upstream) CHECK((status == 502 || status == 504));
    if (source_of(kind) == ErrorSource::internal) CHECK((status == 500 || status == 503));
  }
  // A provider that refuses our credential must not look as if the client's key were wrong.
  CHECK(http_status_of(ErrorKind::upstream_auth) == 502);
}

TEST_CASE("an error's text says what happened, what to do, and why") {
  Error error = make_error(ErrorKind::database, "cannot open the ledger", "Free some space");
  CHECK(error.text() == "cannot open the ledger. Free some space");
  error.cause = std::make_shared<const Error>(make_error(ErrorKind::internal, "ENOSPC"));
  CHECK(error.text() == "cannot open the ledger. Free some space (caused by: ENOSPC)");
  CHECK(std::move(error).within("serve").message == "serve: cannot open the ledger");
}

TEST_CASE("the first failure ends the function that asked") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(8).ok());
  CHECK(quarter(6).error().message == "odd");
  CHECK(check_quarter(4).ok());
  CHECK(check_quarter(2).error().code() == "bad_request");
}
