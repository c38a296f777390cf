#include "worker/runtime_api/streamed_response.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "common/limits.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;

struct Seen {
  std::shared_ptr<HttpBodySink> sink;
  bool paused = false;
  bool dropped = false;
  std::optional<HttpResponse> receipt;
};

class Responder final : public HttpResponder {
 public:
  explicit Responder(Seen& seen) : seen_(seen) {}
  ~Responder() override { seen_.dropped = !seen_.receipt; }
  void Send(HttpResponse response) override { seen_.receipt = std::move(response); }
  bool PeerGone() const override { return false; }
  void ReadBody(std::shared_ptr<HttpBodySink> sink) override { seen_.sink = std::move(sink); }
  void PauseBody(bool paused) override { seen_.paused = paused; }

 private:
  Seen& seen_;
};

class StreamedResponseTest : public testing::Test, protected StreamedResponse::Events {
 protected:
  ~StreamedResponseTest() override {
    if (response_) response_->Detach();
  }
  void Begin(int64_t window_bytes) {
    response_ = std::make_shared<StreamedResponse>(
        static_cast<StreamedResponse::Events&>(*this), std::make_unique<Responder>(seen_), "text/plain", window_bytes,
        clock_, [this](auto, std::function<void()> task) { later_.push_back(std::move(task)); });
    response_->Begin();
  }
  void OnStreamBegin(std::string content_type) override { begun_ = std::move(content_type); }
  void OnStreamPiece(std::string piece) override {
    passed_bytes_ += piece.size();
    largest_ = std::max(largest_, piece.size());
  }
  void OnStreamEnd(StreamedResponse::End end) override { end_ = std::move(end); }
  void RunLater() {
    for (const auto& task : std::exchange(later_, {})) task();
  }

  FakeClock clock_;
  Seen seen_;
  std::string begun_;
  size_t passed_bytes_ = 0, largest_ = 0;
  std::optional<StreamedResponse::End> end_;
  std::vector<std::function<void()>> later_;
  std::shared_ptr<StreamedResponse> response_;
};

TEST_F(StreamedResponseTest, PassesOnInSmallPiecesAndEndsWithItsTrailers) {
  Begin(1 << 20);
  EXPECT_EQ(begun_, "text/plain");
  seen_.sink->OnBody(std::string(200000, 'x'));
  EXPECT_EQ(passed_bytes_, 200000u);
  EXPECT_LE(largest_, kInlinePayloadBytes);
  EXPECT_FALSE(seen_.paused);
  seen_.sink->OnBodyEnd({{{"A", "b"}}});
  ASSERT_TRUE(end_.has_value());
  EXPECT_TRUE(end_->streamed);
  EXPECT_EQ(end_->trailers.Find("a"), "b");
}

TEST_F(StreamedResponseTest, HoldsTheRuntimeBackWhileTheClientTakesNothing) {
  Begin(10);
  seen_.sink->OnBody(std::string(25, 'x'));
  EXPECT_EQ(passed_bytes_, 10u);
  EXPECT_TRUE(seen_.paused);
  response_->Credit(10);
  EXPECT_EQ(passed_bytes_, 20u);
  EXPECT_TRUE(seen_.paused);
  response_->Credit(10);
  EXPECT_EQ(passed_bytes_, 25u);
  EXPECT_FALSE(seen_.paused);
}

TEST_F(StreamedResponseTest, GoesAtTheSteadyRateAfterTheBurst) {
  Begin(int64_t{1} << 40);
  seen_.sink->OnBody(std::string(static_cast<size_t>(kStreamBurstBytes) + 1000000, 'x'));
  EXPECT_EQ(passed_bytes_, static_cast<size_t>(kStreamBurstBytes));
  EXPECT_TRUE(seen_.paused);
  clock_.Advance(100ms);
  RunLater();
  EXPECT_EQ(passed_bytes_, static_cast<size_t>(kStreamBurstBytes + kStreamBytesPerSecond / 10));
  clock_.Advance(1s);
  RunLater();
  EXPECT_FALSE(seen_.paused);
}

TEST_F(StreamedResponseTest, TheRateLosesNoPartOfAMillisecond) {
  Begin(int64_t{1} << 40);
  seen_.sink->OnBody(std::string(static_cast<size_t>(kStreamBurstBytes), 'x'));
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(1500us);
    seen_.sink->OnBody(std::string(4096, 'x'));
  }
  const size_t steady = static_cast<size_t>(kStreamBytesPerSecond * 150 / 1000);
  EXPECT_NEAR(static_cast<double>(passed_bytes_ - static_cast<size_t>(kStreamBurstBytes)), static_cast<double>(steady),
              4096);
}

TEST_F(StreamedResponseTest, ThrowsAwayWhatNobodyReads) {
  Begin(10);
  seen_.sink->OnBody(std::string(25, 'x'));
  response_->Discard();
  EXPECT_FALSE(seen_.paused);
  seen_.sink->OnBody(std::string(25, 'x'));
  seen_.sink->OnBodyEnd({});
  EXPECT_EQ(passed_bytes_, 10u);
  EXPECT_TRUE(end_.has_value());
}

TEST_F(StreamedResponseTest, EndsAtTheLargestSizeOfAStream) {
  Begin(int64_t{1} << 40);
  response_->Discard();  // else the rate would hold it back for a minute
  const std::string piece(1 << 20, 'x');
  for (size_t i = 0; i < (kMaxStreamedResponseBytes >> 20); ++i) seen_.sink->OnBody(piece);
  EXPECT_FALSE(end_.has_value());
  seen_.sink->OnBody("x");
  ASSERT_TRUE(end_.has_value());
  EXPECT_TRUE(end_->too_large);
}

TEST_F(StreamedResponseTest, WithoutAWindowTheBodyIsKeptWhole) {
  Begin(0);
  seen_.sink->OnBody("one ");
  seen_.sink->OnBody("two");
  seen_.sink->OnBodyEnd({});
  EXPECT_EQ(passed_bytes_, 0u);
  EXPECT_EQ(begun_, "");
  EXPECT_EQ(end_->body, "one two");
  EXPECT_FALSE(end_->streamed);
}

TEST_F(StreamedResponseTest, AWholeBodyHasTheLimitOfAnyResponse) {
  Begin(0);
  seen_.sink->OnBody(std::string(kMaxInvokeResponseBytes + 1, 'x'));
  seen_.sink->OnBodyEnd({});
  EXPECT_TRUE(end_->too_large);
  EXPECT_EQ(end_->body, "");
}

TEST_F(StreamedResponseTest, ABodyThatBreaksOffIsTruncatedUnlessTheRuntimesExitIsHeardFirst) {
  Begin(10);
  seen_.sink->OnBody("half");
  seen_.sink->OnBodyLost();
  EXPECT_FALSE(end_.has_value());
  RunLater();
  EXPECT_TRUE(end_->truncated);
}

TEST_F(StreamedResponseTest, NothingIsSaidAfterItWasDetached) {
  Begin(10);
  response_->Detach();
  EXPECT_TRUE(seen_.dropped);
  seen_.sink->OnBody("late");
  seen_.sink->OnBodyEnd({});
  EXPECT_EQ(passed_bytes_, 0u);
  EXPECT_FALSE(end_.has_value());
}

}  // namespace
}  // namespace hearth::worker
