#include "worker/logs/log_pump.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Shipper final : LogShipper {
  void Ship(node::LogBatch batch) override {
    for (const node::LogRecord& record : batch.records()) {
      bytes += record.text().size();
      if (record.text().size() < 100) texts.push_back(record.text());
    }
    dropped += batch.dropped_records();
  }
  std::vector<std::string> texts;
  size_t bytes = 0;
  int64_t dropped = 0;
};

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
  size_t Write(std::string_view text) {
    const ssize_t written = write(writer.get(), text.data(), text.size());
    return written < 0 ? 0 : static_cast<size_t>(written);
  }
  UniqueFd reader, writer;
};

class LogPumpTest : public testing::Test {
 protected:
  void Flush() { stream_.Flush(); }

  FakeClock clock_;
  Shipper shipper_;
  LogStream stream_{LogDestination{}, clock_, shipper_};
  Pipe output_, telemetry_;
  LogPump pump_{output_.reader.get(), telemetry_.reader.get(), stream_, clock_};
};

TEST_F(LogPumpTest, TurnsWhatIsPrintedIntoRecordsInOrder) {
  output_.Write("one\ntwo\nthr");
  EXPECT_EQ(pump_.PumpOutput(), LogPump::Turn::kDone);
  output_.Write("ee\n");
  pump_.PumpOutput();
  Flush();
  EXPECT_THAT(shipper_.texts, ElementsAre("one\n", "two\n", "three\n"));
}

TEST_F(LogPumpTest, DrainsWhatIsThereAndEndsAnOpenLine) {
  output_.Write("whole\nopen");
  pump_.Drain();
  Flush();
  EXPECT_THAT(shipper_.texts, ElementsAre("whole\n", "open\n"));
}

TEST_F(LogPumpTest, ReadsAnEmptyPipeAsNothing) {
  EXPECT_EQ(pump_.PumpOutput(), LogPump::Turn::kDone);
  pump_.Drain();
  Flush();
  EXPECT_TRUE(shipper_.texts.empty());
}

TEST_F(LogPumpTest, SaysOnceThatTheWritersAreGone) {
  output_.Write("last\n");
  output_.writer.reset();
  EXPECT_EQ(pump_.PumpOutput(), LogPump::Turn::kDone);
  EXPECT_EQ(pump_.PumpOutput(), LogPump::Turn::kClosed);
}

TEST_F(LogPumpTest, PausesAFloodAndGoesOnLaterWithoutLosingAByte) {
  const std::string block(64 * 1024 - 1, 'x');
  size_t written = 0;
  LogPump::Turn turn = LogPump::Turn::kDone;
  for (int i = 0; i < 1000 && turn == LogPump::Turn::kDone; ++i) {
    written += output_.Write(block + "\n");
    for (int reads = 0; reads < 4 && turn == LogPump::Turn::kDone; ++reads) turn = pump_.PumpOutput();
  }
  EXPECT_EQ(turn, LogPump::Turn::kPaused);
  EXPECT_LT(written, size_t{9} << 20);
  clock_.Advance(1s);
  for (int reads = 0; reads < 4; ++reads) EXPECT_EQ(pump_.PumpOutput(), LogPump::Turn::kDone);
  Flush();
  EXPECT_EQ(shipper_.bytes, written);
}

TEST_F(LogPumpTest, DropsAndCountsAFloodThatDrainCannotWaitFor) {
  const std::string flood(60 * 1024, '\n');
  size_t written = 0;
  for (int i = 0; i < 10; ++i) {
    written += output_.Write(flood);
    pump_.Drain();
  }
  Flush();
  EXPECT_GT(shipper_.dropped, 0);
  EXPECT_EQ(shipper_.bytes + static_cast<size_t>(shipper_.dropped), written) << "every line is kept or counted";
  clock_.Advance(10s);
  output_.Write("heard again\n");
  pump_.Drain();
  Flush();
  EXPECT_EQ(shipper_.texts.back(), "heard again\n");
}

TEST_F(LogPumpTest, CountsWhatIsNoFrame) {
  telemetry_.Write("not a frame, whatever it claims");
  pump_.PumpTelemetry();
  Flush();
  EXPECT_EQ(shipper_.dropped, 1);
}

}  // namespace
}  // namespace hearth::worker
