#include "common/rpc/poller.h"

#include <grpcpp/alarm.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace hearth::rpc {
namespace {

class Ring final : public Tag {
 public:
  explicit Ring(Poller& poller) : poller_(poller) {}
  void Proceed(bool ok) override {
    rung = ok;
    poller_.Leave();
  }
  std::atomic<bool> rung = false;

 private:
  Poller& poller_;
};

TEST(PollerTest, StopWaitsForWhoeverIsInside) {
  grpc::CompletionQueue queue;
  Poller poller(queue);
  Ring ring(poller);
  grpc::Alarm alarm;
  poller.Enter();
  alarm.Set(&queue, gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(50, GPR_TIMESPAN)), &ring);
  poller.Start();
  poller.Stop();
  EXPECT_TRUE(ring.rung);
}

TEST(PollerTest, APollerThatNeverStartedStopsAtOnce) {
  grpc::CompletionQueue queue;
  Poller poller(queue);
  poller.Enter();
  poller.Stop();
}

}  // namespace
}  // namespace hearth::rpc
