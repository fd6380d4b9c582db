#include "http/multipart.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aigw;

namespace {

const std::string kBody =
    "--xY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model.wav\"\r\nContent-Type: "
    "audio/wav\r\n\r\nname="
    "\"model\"\r\n--xY\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nup/whisper-1\r\n--xY--\r\n";

}  // namespace

TEST_CASE("a form's field is found where it lies, files are passed over") {
  const auto model = http::find_form_field(kBody, "xY", "model");
  REQUIRE(model.has_value());
  CHECK(model->value == "up/whisper-1");
  CHECK(kBody.substr(model->offset, 12) == "up/whisper-1");
  CHECK_FALSE(http::find_form_field(kBody, "xY", "language").has_value());
  CHECK_FALSE(http::find_form_field(kBody, "other", "model").has_value());
}

TEST_CASE("a body that is cut anywhere gives a whole field or none") {
  for (std::size_t size = 0; size < kBody.size(); ++size) {
    const auto model = http::find_form_field(std::string_view(kBody).substr(0, size), "xY", "model");
    if (model) CHECK(model->value == "up/whisper-1");
  }
}

TEST_CASE("a boundary stands in the content type, quoted or not") {
  CHECK(http::form_boundary("multipart/form-data; boundary=xY") == "xY");
  CHECK(http::form_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"") == "a b");
  CHECK(http::form_boundary("application/json; boundary=xY").empty());
  CHECK(http::form_boundary("multipart/form-data; boundary=" + std::string(71, 'x')).empty());
}
