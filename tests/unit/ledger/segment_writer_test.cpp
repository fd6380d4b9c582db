#include "ledger/segment_writer.hpp"

#include "tests/unit/ledger/fixture.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <semaphore>

using namespace aigw;
using namespace aigw::ledger;
using namespace aigw::ledger::test;

namespace {

/// For the life of it, files may not grow beyond `bytes`, as under `ulimit -f` or a quota.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

/// A writer whose records count when they are on the disk.
struct FullJournal {
  Journal journal;
  std::unique_ptr<SegmentWriter> writer = journal.writer(options());
  GroupSync& sync = *writer->group_sync();
  std::counting_semaphore<> syncs{0};

  FullJournal() {
    sync.on_synced([this] { syncs.release(); });
  }
  ~FullJournal() { sync.on_synced({}); }
  void wait_for_sync() { REQUIRE(syncs.try_acquire_for(std::chrono::seconds(10))); }

 private:
  WriterOptions options() const {
    WriterOptions out = journal.options();
    out.durability = Durability::full;
    return out;
  }
};

}  // namespace

TEST_CASE("a segment is private, begins with its header, and is published record by record") {
  Journal journal;
  const auto writer = journal.writer();
  const auto segments = journal.list.take();
  REQUIRE(segments.size() == 1);
  const Segment& segment = *segments[0];
  CHECK(segment.path.filename() == "0000000001-00-000001.seg");
  struct stat facts {};
  REQUIRE(::stat(segment.path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  REQUIRE(::stat((journal.dir / "ledger").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);

  const auto header = decode_segment_header(bytes_of(segment.path));
  REQUIRE(header.has_value());
  CHECK(header->database_uuid == kUuid);
  CHECK(header->id == segment.id);
  CHECK(header->salt == segment.salt);

  const std::uint64_t before = segment.published;
  CHECK(before == segment.first_record);
  settle(*writer, 5);
  CHECK(segment.published > before);
  CHECK(read_all(segments[0]).ids == std::vector<std::int64_t>{5});
  CHECK_FALSE(segment.closed);
}

TEST_CASE("rows that are not settled yet are counted") {
  Journal journal;
  const auto writer = journal.writer();
  REQUIRE(writer->reserve().ok());
  REQUIRE(writer->reserve().ok());
  CHECK(writer->open_count() == 2);
  writer->release();
  REQUIRE(writer->settle(settled(1)).ok());
  CHECK(writer->open_count() == 0);
}

TEST_CASE("a full segment is followed by the next one, and every record is in exactly one") {
  Journal journal;
  WriterOptions options = journal.options();
  options.segment_bytes = 16 << 10;
  std::vector<std::int64_t> expected;
  {
    const auto writer = journal.writer(options);
    for (std::int64_t id = 1; id <= 1'000; ++id) {
      settle(*writer, id);
      expected.push_back(id);
    }
  }
  const auto segments = journal.list.take();
  CHECK(segments.size() > 5);
  std::vector<std::int64_t> ids;
  for (const auto& segment : segments) {
    CHECK(segment->closed);
    const Read read = read_all(segment);
    CHECK(read.damage.records == 0);
    ids.insert(ids.end(), read.ids.begin(), read.ids.end());
  }
  CHECK(ids == expected);
}

TEST_CASE("a running writer's file reaches ahead of its records, an ended one's does not") {
  Journal journal;
  SegmentPtr segment;
  {
    const auto writer = journal.writer();
    segment = journal.list.take().at(0);
    settle(*writer, 1);
    CHECK(std::filesystem::file_size(segment->path) > segment->published);
    CHECK(read_left(segment->path).ids == std::vector<std::int64_t>{1});  // as after kill -9
  }
  CHECK(std::filesystem::file_size(segment->path) == segment->published);
}

TEST_CASE("records go on across the windows of memory that a long segment is written through") {
  Journal journal;
  const auto writer = journal.writer();
  const auto segment = journal.list.take().at(0);
  std::vector<std::int64_t> ids;
  const std::string model(200, 'm');
  for (std::int64_t id = 1; segment->published < (std::uint64_t{5} << 20); ++id) {
    REQUIRE(writer->reserve().ok());
    REQUIRE(writer->settle(settled(id, model)).ok());
    ids.push_back(id);
  }
  const Read read = read_all(segment);
  CHECK(read.ids == ids);
  CHECK(read.damage.records == 0);
}

TEST_CASE("a segment that is there already is never written over") {
  Journal journal;
  { const auto writer = journal.writer(); }
  const auto again = SegmentWriter::make(journal.options(), journal.list, journal.signal);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message.find("File exists") != std::string::npos);
}

TEST_CASE("when files may not grow, new requests are refused and running ones still settle") {
  const std::string provider(kProviderBytesMax, 'p');
  const std::string model(kModelBytesMax, 'm');
  Journal journal;
  std::unique_ptr<SegmentWriter> writer;
  SegmentPtr segment;
  std::int64_t running = 0;
  {
    const FileSizeLimit limit(200'000);
    writer = journal.writer();
    segment = journal.list.take().at(0);
    Status reserved;
    while ((reserved = writer->reserve()).ok()) {
      ++running;
      REQUIRE(running < 10'000);
      Open open;
      open.id = {running};
      open.provider = provider;
      open.model_requested = model;
      REQUIRE(writer->append(open).ok());
    }
    CHECK(reserved.error().kind == ErrorKind::overloaded);
    CHECK(reserved.error().text().find("Free some space") != std::string::npos);
    for (std::int64_t id = 1; id <= running; ++id) REQUIRE(writer->settle(settled(id)).ok());
    CHECK(writer->open_count() == 0);
  }
  CHECK(writer->reserve().ok());
  CHECK(read_all(segment).ids.size() == static_cast<std::size_t>(running));
}

TEST_CASE("a disk that fails beneath a record refuses its request, and the next one begins a new segment") {
  Journal journal;
  const auto writer = journal.writer();
  const auto segment = journal.list.take().at(0);
  while (segment->published < 4'000) settle(*writer, 1);
  REQUIRE(writer->reserve().ok());
  {
    // A store behind the file's end is a broken disk's SIGBUS, and with the limit no system call mends it.
    const FileSizeLimit limit(3'900);
    REQUIRE(::truncate(segment->path.c_str(), 4'096) == 0);
    const Status failed = writer->settle(settled(2));
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().kind == ErrorKind::overloaded);
    CHECK_FALSE(writer->reserve().ok());
  }
  settle(*writer, 3);
  CHECK(segment->closed);
  const Read old = read_all(segment);
  CHECK(old.ids.back() == 1);
  CHECK(old.damage.records == 0);
  CHECK(read_all(journal.list.take().at(0)).ids == std::vector<std::int64_t>{3});
}

TEST_CASE("a writer that cannot have its first bytes leaves no file") {
  Journal journal;
  const FileSizeLimit limit(1'000);
  const auto made = SegmentWriter::make(journal.options(), journal.list, journal.signal);
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().kind == ErrorKind::overloaded);
  CHECK(segment_files(journal.dir / "ledger").empty());
}

TEST_CASE("a rotation that finds no space refuses, and the old segment still takes what was promised") {
  Journal journal;
  WriterOptions options = journal.options();
  options.segment_bytes = 8 << 10;
  const auto writer = journal.writer(options);
  const auto segment = journal.list.take().at(0);
  REQUIRE(writer->reserve().ok());
  for (std::int64_t id = 100; segment->published < options.segment_bytes; ++id) settle(*writer, id);
  {
    const FileSizeLimit limit(1'000);
    const Status reserved = writer->reserve();
    REQUIRE_FALSE(reserved.ok());
    CHECK(reserved.error().kind == ErrorKind::overloaded);
    CHECK_FALSE(segment->closed);
  }
  CHECK(writer->settle(settled(1)).ok());
  CHECK(read_all(segment).ids.back() == 1);
  CHECK(writer->reserve().ok());
  CHECK(segment->closed);
}

TEST_CASE("in full mode every record's mark is reached, and all reads the same") {
  FullJournal full;
  constexpr std::int64_t kRecords = 10'000;  // the file grows some times
  std::vector<std::int64_t> ids;
  for (std::int64_t id = 1; id <= kRecords; ++id) {
    settle(*full.writer, id);
    ids.push_back(id);
  }
  CHECK(full.sync.last_mark() == kRecords);
  while (full.sync.synced_mark() < full.sync.last_mark()) full.wait_for_sync();
  CHECK(full.sync.synced_mark() == kRecords);
  CHECK_FALSE(full.sync.failed());
  CHECK(read_all(full.journal.list.take().at(0)).ids == ids);
}

TEST_CASE("what nobody waits for yet is synced by itself, or at once when somebody does") {
  FullJournal full;
  const auto begin = [&](std::int64_t id) {
    Open record;
    record.id = RequestId{id};
    REQUIRE(full.writer->reserve().ok());
    REQUIRE(full.writer->append(record).ok());
  };
  begin(1);
  full.wait_for_sync();
  CHECK(full.sync.synced_mark() == 1);
  begin(2);
  CHECK(full.sync.last_mark() == 2);
  full.sync.ask();
  full.wait_for_sync();
  CHECK(full.sync.synced_mark() == 2);
  begin(3);
  settle(*full.writer, 4);
  while (full.sync.synced_mark() < 4) full.wait_for_sync();
  full.sync.ask();  // nothing is left to do
  CHECK(full.sync.synced_mark() == full.sync.last_mark());
}

TEST_CASE("a caller that may block syncs by itself once the disk is known to be quick") {
  FullJournal full;
  CHECK_FALSE(full.sync.sync_if_quick());  // nothing is wanted, nothing is known
  settle(*full.writer, 1);
  CHECK_FALSE(full.sync.sync_if_quick());
  while (full.sync.synced_mark() < 1) full.wait_for_sync();
  // Any one sync of a busy machine may take long.
  bool by_itself = false;
  for (std::int64_t id = 2; id <= 1'000 && !by_itself; ++id) {
    settle(*full.writer, id);
    by_itself = full.sync.sync_if_quick();
    if (!by_itself) full.sync.ask();
    while (full.sync.synced_mark() < full.sync.last_mark()) full.wait_for_sync();
  }
  CHECK(by_itself);
  CHECK_FALSE(full.sync.failed());
}

TEST_CASE("a segment that cannot be synced stops the promises") {
  FullJournal full;
  // A pipe takes bytes but cannot be synced, as a disk that went away.
  const auto segment = std::make_shared<Segment>();
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const files::Handle reading(ends[0]);
  segment->file = files::Handle(ends[1]);
  full.sync.want(segment);
  full.sync.ask();
  full.wait_for_sync();
  CHECK(full.sync.failed());
  CHECK(full.sync.synced_mark() < full.sync.last_mark());
  const Status refused = full.writer->reserve();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::overloaded);
}
