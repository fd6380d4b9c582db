#pragma once
// A writer over a folder of its own, and readers of what it wrote.

#include "ledger/segment_reader.hpp"
#include "ledger/segment_writer.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace aigw::ledger::test {

inline const std::string kUuid = "00112233445566778899aabbccddeeff";

inline Settled settled(std::int64_t id, std::string_view model = "m-1") {
  Settled record;
  record.id = {id};
  record.key = {1};
  record.outcome = Outcome::succeeded;
  record.status = 200;
  record.provider = "acme";
  record.model_requested = model;
  return record;
}

struct Journal {
  aigw::test::TempDir dir;
  SegmentList list;
  IngestSignal signal;

  WriterOptions options() const {
    WriterOptions out;
    out.folder = dir / "ledger";
    out.database_uuid = kUuid;
    out.epoch = 1;
    return out;
  }
  std::unique_ptr<SegmentWriter> writer() { return writer(options()); }
  std::unique_ptr<SegmentWriter> writer(WriterOptions with) {
    auto made = SegmentWriter::make(std::move(with), list, signal);
    REQUIRE(made.ok());
    return *std::move(made);
  }
};

inline void settle(Writer& writer, std::int64_t id) {
  REQUIRE(writer.reserve().ok());
  REQUIRE(writer.settle(settled(id)).ok());
}

struct Read {
  std::vector<std::int64_t> ids;  ///< of settled records
  Damage damage;
};

inline Read read_all(SegmentPtr segment) {
  const std::uint64_t end = segment->published;
  SegmentReader reader(std::move(segment));
  Read out;
  std::vector<Attempt> attempts;
  for (;;) {
    auto record = reader.next(end);
    REQUIRE(record.ok());
    if (!*record) break;
    if ((*record)->kind != Kind::settled) continue;
    const auto row = decode_settled((*record)->body, attempts);
    REQUIRE(row.has_value());
    out.ids.push_back(row->id.value);
  }
  out.damage = reader.damage();
  return out;
}

inline Read read_left(const std::filesystem::path& file) {
  auto left = open_left_segment(file);
  REQUIRE(left.ok());
  REQUIRE(left->has_value());
  return read_all((*left)->segment);
}

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<std::filesystem::path> segment_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  const auto found = list_segments(folder);
  REQUIRE(found.ok());
  for (const auto& [id, path] : *found) files.push_back(path);
  return files;
}

}  // namespace aigw::ledger::test
