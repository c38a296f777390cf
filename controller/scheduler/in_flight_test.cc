#include "controller/scheduler/in_flight.h"

#include <gtest/gtest.h>

#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

class InFlightTest : public testing::Test {
 protected:
  ~InFlightTest() override { in_flight_.FailWorker("w"); }  // nothing is left suspended

  auto Send() { return Watch(in_flight_.Send({"w", "e"}, invocation_, 10s)); }

  node::InvocationResult Result() const {
    node::InvocationResult result;
    result.set_invocation_id(workers_.invokes[0].message.invocation_id());
    return result;
  }
  node::BulkChunk Piece(node::BulkChunk::Response kind, const std::string& data) const {
    node::BulkChunk piece;
    piece.set_invocation_id(workers_.invokes[0].message.invocation_id());
    piece.set_response(kind);
    piece.set_data(data);
    return piece;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  FakeWorkers workers_;
  InFlight in_flight_{workers_, clock_, random_};
  Invocation invocation_;
};

TEST_F(InFlightTest, TheAnswerIsTheResultOfThisInvocation) {
  const auto seen = Send();
  ASSERT_EQ(workers_.invokes.size(), 1u);
  EXPECT_EQ(workers_.invokes[0].message.environment_id(), "e");
  node::InvocationResult result = Result();
  result.set_payload("42");
  in_flight_.Complete("w", result);
  ASSERT_TRUE(seen->has_value());
  EXPECT_EQ((**seen)->payload(), "42");
}

TEST_F(InFlightTest, AResultIsTakenOnceAndOnlyFromItsWorker) {
  const auto seen = Send();
  const uint64_t id = workers_.invokes[0].message.invocation_id();
  EXPECT_FALSE(in_flight_.EnvironmentOf("other", id).has_value());
  in_flight_.Complete("other", Result());
  EXPECT_FALSE(seen->has_value());
  EXPECT_EQ(in_flight_.EnvironmentOf("w", id), "e");
  in_flight_.Complete("w", Result());
  EXPECT_TRUE(seen->has_value());
  EXPECT_FALSE(in_flight_.EnvironmentOf("w", id).has_value());
  in_flight_.Complete("w", Result());
}

// Keeps what a streamed answer brings.
class NotedSink final : public ResponseSink {
 public:
  void OnVersion(const std::string&) override {}
  void OnBegin(std::string content_type, std::shared_ptr<ResponseFlow> to) override {
    text += content_type + ":";
    flow = std::move(to);
  }
  void OnPiece(std::string piece) override { text += piece; }
  std::string text;
  std::shared_ptr<ResponseFlow> flow;
};

TEST_F(InFlightTest, AStreamedAnswerGoesToItsSinkAndTheResultWaitsForTheLastPiece) {
  const auto sink = std::make_shared<NotedSink>();
  invocation_.response = sink;
  const auto seen = Send();
  in_flight_.PassOn("w", Piece(node::BulkChunk::BEGIN, "text/plain"));
  in_flight_.PassOn("w", Piece(node::BulkChunk::PIECE, "one "));
  node::InvocationResult result = Result();
  result.set_streamed(true);
  result.set_streamed_bytes(7);
  in_flight_.Complete("w", result);
  EXPECT_FALSE(seen->has_value());
  in_flight_.PassOn("w", Piece(node::BulkChunk::PIECE, "two"));
  EXPECT_TRUE(seen->has_value());
  EXPECT_EQ(sink->text, "text/plain:one two");
}

TEST_F(InFlightTest, PiecesOfAnotherWorkerAreDropped) {
  const auto sink = std::make_shared<NotedSink>();
  invocation_.response = sink;
  Send();
  in_flight_.PassOn("other", Piece(node::BulkChunk::PIECE, "one"));
  EXPECT_EQ(sink->text, "");
}

TEST_F(InFlightTest, WhatTheClientTookGoesBackAsCreditInFewMessages) {
  const auto sink = std::make_shared<NotedSink>();
  invocation_.response = sink;
  Send();
  in_flight_.PassOn("w", Piece(node::BulkChunk::BEGIN, ""));
  const int64_t quarter = kResponseWindowBytes / 4;
  sink->flow->Taken(quarter - 1);
  EXPECT_TRUE(workers_.credits.empty());
  sink->flow->Taken(1);
  ASSERT_EQ(workers_.credits.size(), 1u);
  EXPECT_EQ(workers_.credits[0].bytes(), quarter);
  EXPECT_EQ(workers_.credits[0].environment_id(), "e");
  sink->flow->Discard();
  EXPECT_TRUE(workers_.credits[1].discard());
}

TEST_F(InFlightTest, ALostWorkerAnswersEverythingThatRanThere) {
  const auto seen = Send();
  in_flight_.FailWorker("other");
  EXPECT_FALSE(seen->has_value());
  in_flight_.FailWorker("w");
  ASSERT_TRUE(seen->has_value());
  EXPECT_EQ((*seen)->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(in_flight_.size(), 0u);
}

TEST_F(InFlightTest, AWorkerThatIsGoneAlreadyMeansNothingRan) {
  workers_.gone.insert("w");
  EXPECT_EQ((*Send())->status().code(), absl::StatusCode::kAborted);
}

TEST_F(InFlightTest, AFullLinkMeansNothingRan) {
  workers_.full = true;
  EXPECT_EQ((*Send())->status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(InFlightTest, PatienceEnds) {
  const auto seen = Send();
  clock_.Advance(9s);
  in_flight_.ExpireOverdue();
  EXPECT_FALSE(seen->has_value());
  clock_.Advance(1s);
  in_flight_.ExpireOverdue();
  ASSERT_TRUE(seen->has_value());
  EXPECT_EQ((*seen)->status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(InFlightTest, IdsOfTwoProcessesDoNotMeet) {
  Send();
  SeededRandom other_random(2);
  InFlight other(workers_, clock_, other_random);
  Watch(other.Send({"w", "e"}, invocation_, 10s));
  EXPECT_NE(workers_.invokes[0].message.invocation_id(), workers_.invokes[1].message.invocation_id());
}

}  // namespace
}  // namespace hearth::controller
