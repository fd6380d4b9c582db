#include "server/admin_input.hpp"

#include <doctest/doctest.h>

using aigw::server::Fields;

TEST_CASE("an unknown field is refused with the name that was probably meant") {
  const auto fields = Fields::of_body(R"({"nmae":"x"})", {"name", "expires_ms"});
  REQUIRE_FALSE(fields.ok());
  CHECK(fields.error().param == "nmae");
  CHECK(fields.error().next == "Did you mean \"name\"?");
  CHECK_FALSE(Fields::of_body("[1]", {"name"}).ok());
  CHECK_FALSE(Fields::of_body("{", {"name"}).ok());
  CHECK(Fields::of_body("", {"name"}).ok());
}

TEST_CASE("a wrong type says which field, and null is as if it were not there") {
  const auto fields = Fields::of_body(R"({"name":3,"free":"yes","n":-1,"none":null,"big":18446744073709551615})",
                                      {"name", "free", "n", "none", "big"});
  REQUIRE(fields.ok());
  CHECK(fields->text("name").error().param == "name");
  CHECK_FALSE(fields->flag("free").ok());
  CHECK_FALSE(fields->integer("n").ok());
  CHECK_FALSE(fields->integer("big").ok());
  CHECK_FALSE(fields->text("none")->has_value());
  CHECK(fields->required_text("none").error().message == "\"none\" is missing");
}

TEST_CASE("a query is decoded and its numbers are read") {
  const auto fields = Fields::of_query("last=20&by=model,key&name=a%20b", {"last", "by", "name"});
  REQUIRE(fields.ok());
  CHECK(**fields->integer("last") == 20);
  CHECK(*fields->texts("by") == std::vector<std::string>{"model", "key"});
  CHECK(**fields->text("name") == "a b");
  CHECK_FALSE(Fields::of_query("last=1&last=2", {"last"}).ok());
  CHECK_FALSE(Fields::of_query("last=1x", {"last"})->integer("last").ok());
}
