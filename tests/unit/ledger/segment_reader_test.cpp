#include "ledger/segment_reader.hpp"

#include "tests/unit/ledger/fixture.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::ledger;
using namespace aigw::ledger::test;

namespace {

/// Three rows in one file; where each begins.
struct Three {
  Journal journal;
  std::filesystem::path file;
  std::string bytes;
  std::vector<std::size_t> begins;

  Three() {
    const auto writer = journal.writer();
    const auto segment = journal.list.take().at(0);
    file = segment->path;
    for (std::int64_t id = 1; id <= 3; ++id) {
      begins.push_back(segment->published);
      settle(*writer, id);
    }
    bytes = bytes_of(file).substr(0, segment->published);
  }
};

}  // namespace

TEST_CASE("a file cut at any byte of its last record keeps all earlier ones and counts a torn tail, no damage") {
  const Three three;
  for (std::size_t size = three.begins[2]; size < three.bytes.size(); ++size) {
    write_bytes(three.file, three.bytes.substr(0, size));
    const Read read = read_left(three.file);
    REQUIRE(read.ids == std::vector<std::int64_t>{1, 2});
    REQUIRE(read.damage.records == 0);
    // Zeros at the end of the torn part look like room that was never used.
    const std::size_t used = three.bytes.find_last_not_of('\0', size - 1) + 1;
    REQUIRE(read.damage.torn_bytes == static_cast<std::int64_t>(std::max(used, three.begins[2]) - three.begins[2]));
  }
}

TEST_CASE("what a killed writer did not come to use is no damage, and half of a record before it is a torn tail") {
  const Three three;
  const std::string unused(300'000, '\0');
  write_bytes(three.file, three.bytes + unused);
  const Read whole = read_left(three.file);
  CHECK(whole.ids == std::vector<std::int64_t>{1, 2, 3});
  CHECK(whole.damage.records == 0);
  CHECK(whole.damage.torn_bytes == 0);
  for (std::size_t size = three.begins[2]; size < three.bytes.size() - 8; ++size) {
    write_bytes(three.file, three.bytes.substr(0, size) + unused);
    const Read read = read_left(three.file);
    REQUIRE(read.damage.records == 0);
    if (read.ids.size() == 2) continue;
    REQUIRE(read.ids.size() == 3);  // the bytes that were missing are zeros anyway
    REQUIRE(three.bytes.find_first_not_of('\0', size) == std::string::npos);
  }
}

TEST_CASE("a damaged record in the middle is skipped and counted, wherever the damage is") {
  const Three three;
  for (std::size_t at = three.begins[1]; at < three.begins[2]; ++at) {
    std::string changed = three.bytes;
    changed[at] = static_cast<char>(~changed[at]);
    write_bytes(three.file, changed);
    const Read read = read_left(three.file);
    REQUIRE(read.ids == std::vector<std::int64_t>{1, 3});
    REQUIRE(read.damage.records == 1);
    REQUIRE(read.damage.bytes == static_cast<std::int64_t>(three.begins[2] - three.begins[1]));
  }
}

TEST_CASE("a hole of zeros over several records is found and left") {
  const Three three;
  std::string changed = three.bytes;
  std::fill(changed.begin() + static_cast<std::ptrdiff_t>(three.begins[0] + 3),
            changed.begin() + static_cast<std::ptrdiff_t>(three.begins[2] - 2), '\0');
  write_bytes(three.file, changed);
  const Read read = read_left(three.file);
  CHECK(read.ids == std::vector<std::int64_t>{3});
  CHECK(read.damage.records >= 1);
}

TEST_CASE("one damaged copy of the header costs nothing") {
  const Three three;
  for (const std::size_t at : {std::size_t{9}, std::size_t{70}}) {
    std::string changed = three.bytes;
    changed[at] = static_cast<char>(~changed[at]);
    write_bytes(three.file, changed);
    CHECK(read_left(three.file).ids.size() == 3);
  }
  std::string changed = three.bytes;
  changed[9] = changed[70] = '\x55';
  write_bytes(three.file, changed);
  const auto left = open_left_segment(three.file);
  REQUIRE(left.ok());
  CHECK_FALSE(left->has_value());
}

TEST_CASE("a segment of a newer format is refused with a way out") {
  const Three three;
  SegmentHeader header = *decode_segment_header(three.bytes);
  header.version = kFormatVersion + 1;
  write_bytes(three.file, encode(header) + three.bytes.substr(kSegmentHeaderBytes));
  const auto left = open_left_segment(three.file);
  REQUIRE_FALSE(left.ok());
  CHECK(left.error().text().find("newer aigw") != std::string::npos);
}

TEST_CASE("a record that a client wrote into a model's name is not taken for one, even behind damage") {
  Journal journal;
  const auto writer = journal.writer();
  const auto segment = journal.list.take().at(0);
  RecordBuffer buffer;
  // The attacker knows the format, and the salt of another file.
  const std::string forged(encode(settled(666, ""), segment->salt + 1, buffer));
  REQUIRE(forged.size() <= kModelBytesMax);
  const std::size_t begin = segment->published;
  for (std::size_t shift = 0; shift < 8; ++shift) {
    REQUIRE(writer->reserve().ok());
    REQUIRE(writer->settle(settled(1, std::string(shift, '.') + forged)).ok());
  }
  settle(*writer, 2);
  std::string changed = bytes_of(segment->path);
  for (std::size_t at = begin; at < begin + 2'000; at += 64) changed[at] = static_cast<char>(~changed[at]);
  write_bytes(segment->path, changed);
  for (const std::int64_t id : read_left(segment->path).ids) CHECK(id != 666);
}

TEST_CASE("a reader sees nothing beyond what is published, and goes on where it was") {
  Journal journal;
  const auto writer = journal.writer();
  const auto segment = journal.list.take().at(0);
  SegmentReader reader(segment, segment->first_record);
  std::vector<Attempt> attempts;
  for (std::int64_t id = 1; id <= 3'000; ++id) {
    const std::uint64_t before = segment->published;
    settle(*writer, id);
    REQUIRE_FALSE(reader.next(before)->has_value());
    const auto record = reader.next(segment->published);
    REQUIRE(record->has_value());
    REQUIRE(decode_settled((*record)->body, attempts)->id.value == id);
  }
  CHECK(reader.position() == segment->published);
  CHECK(reader.damage().records == 0);
}

TEST_CASE("segments are listed oldest first, and other files are not touched") {
  const aigw::test::TempDir dir;
  for (const char* name : {"0000000010-00-000001.seg", "0000000002-01-000001.seg", "0000000002-00-000002.seg", "x.seg",
                           "notes.txt", "1-2.seg"})
    write_bytes(dir / name, "");
  const auto found = list_segments(dir.path());
  REQUIRE(found.ok());
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].first == SegmentId{2, 0, 2});
  CHECK((*found)[1].first == SegmentId{2, 1, 1});
  CHECK((*found)[2].first == SegmentId{10, 0, 1});
  CHECK(list_segments(dir / "none")->empty());
}
