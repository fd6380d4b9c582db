#include "ops/probe.hpp"

#include <doctest/doctest.h>

namespace {

using namespace aigw;

ops::ProbeTarget target(std::string key) {
  ops::ProbeTarget to;
  to.provider = "mine";
  to.key = Secret(std::move(key));
  return to;
}

ops::ProbeReport judged(std::string key, std::int32_t status) {
  ops::ProbeResult answer;
  answer.status = status;
  return ops::judge(target(std::move(key)), answer);
}

}  // namespace

TEST_CASE("a probe tells a refused key from a missing one, and both from an unreachable provider") {
  CHECK(judged("sk", 200).key == ops::KeyState::ok);
  CHECK(judged("sk", 200).healthy());
  CHECK(judged("sk", 401).key == ops::KeyState::refused);
  CHECK(judged("", 401).key == ops::KeyState::missing);
  CHECK(judged("", 401).error.find("aigw keys add mine") != std::string::npos);
  CHECK_FALSE(judged("", 403).healthy());
  CHECK_FALSE(judged("sk", 503).healthy());
  CHECK(judged("sk", 404).healthy());  // reached, but without a list of models: nothing is known against it
  CHECK(judged("sk", 404).key == ops::KeyState::unknown);

  const auto gone = ops::judge(target("sk"), make_error(ErrorKind::upstream_unreachable, "connection refused"));
  CHECK_FALSE(gone.reached);
  CHECK_FALSE(gone.healthy());
  CHECK(gone.error == "connection refused");
}
