#include "controller/observe/log_record.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

std::string Sample() {
  std::string bytes;
  AppendRecord(bytes, StreamNamed{17, "a stream"});
  AppendRecord(bytes, EventLogged{3, LogSource::kPlatform, 1000, 2000, "START\n"});
  AppendRecord(bytes, StreamDeleted{"a stream"});
  return bytes;
}

int CountRecords(std::string_view bytes) {
  int count = 0;
  while (TakeRecord(bytes)) ++count;
  return count;
}

TEST(LogRecordTest, ReadsWhatWasWritten) {
  const std::string bytes = Sample();
  std::string_view rest = bytes;
  const auto named = std::get<StreamNamed>(*TakeRecord(rest));
  EXPECT_EQ(named.created_ms, 17);
  EXPECT_EQ(named.name, "a stream");
  const auto event = std::get<EventLogged>(*TakeRecord(rest));
  EXPECT_EQ(event.stream, 3u);
  EXPECT_EQ(event.source, LogSource::kPlatform);
  EXPECT_EQ(event.time_ms, 1000);
  EXPECT_EQ(event.ingestion_ms, 2000);
  EXPECT_EQ(event.text, "START\n");
  EXPECT_EQ(std::get<StreamDeleted>(*TakeRecord(rest)).name, "a stream");
  EXPECT_TRUE(rest.empty());
}

TEST(LogRecordTest, EveryCutGivesOnlyWholeRecords) {
  const std::string bytes = Sample();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_LT(CountRecords(std::string_view(bytes).substr(0, size)), 3);
}

TEST(LogRecordTest, EveryFlippedBitIsNoticed) {
  const std::string good = Sample();
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_LT(CountRecords(bytes), 3) << bit;
  }
}

}  // namespace
}  // namespace hearth::controller
