#include "controller/cluster/session_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth::controller {
namespace {

class RecordingLink final : public SessionLink {
 public:
  absl::Status Send(const node::ControllerMessage& message) override {
    if (full) return absl::ResourceExhaustedError("full");
    messages.push_back(message);
    return absl::OkStatus();
  }
  absl::Status SendBulk(uint64_t, std::shared_ptr<const std::string> payload) override {
    if (bulk_full) return absl::ResourceExhaustedError("full");
    payloads.push_back(*payload);
    return absl::OkStatus();
  }
  void Close() override { closed = true; }

  std::vector<node::ControllerMessage> messages;
  std::vector<std::string> payloads;
  bool full = false, bulk_full = false, closed = false;
};

class NotedEvents final : public WorkerEvents {
 public:
  void OnWorkerJoined(const node::Hello& hello) override { Note("joined " + hello.worker_id()); }
  void OnWorkerLost(const std::string& worker_id) override { Note("lost " + worker_id); }
  void OnEnvironmentReady(const std::string& id, const node::EnvironmentReady&) override { Note("ready " + id); }
  void OnEnvironmentGone(const std::string& id, const node::EnvironmentGone&) override { Note("gone " + id); }
  void OnEnvironmentIdle(const std::string& id, const node::EnvironmentIdle&) override { Note("idle " + id); }
  void OnInvocationResult(const std::string& id, node::InvocationResult) override { Note("result " + id); }
  void OnResponsePiece(const std::string& id, node::BulkChunk) override { Note("piece " + id); }
  void OnCapacity(const std::string& id, const node::Capacity&) override { Note("capacity " + id); }
  std::vector<std::string> notes;

 private:
  void Note(const std::string& text) { notes.push_back(text); }
};

node::Hello HelloOf(const std::string& id, uint64_t epoch) {
  node::Hello hello;
  hello.set_worker_id(id);
  hello.set_epoch(epoch);
  hello.set_memory_bytes(1);
  return hello;
}

class SessionTableTest : public testing::Test {
 protected:
  SessionTableTest() { table_.Attach(events_); }
  absl::StatusOr<std::string> Join(const std::shared_ptr<RecordingLink>& link, const std::string& id, uint64_t epoch) {
    return table_.Join(link, HelloOf(id, epoch));
  }
  std::shared_ptr<ShippedLogs> LogsOfSession(uint64_t epoch) {
    return table_.LogsOf(Join(std::make_shared<RecordingLink>(), "w", epoch).value());
  }
  static node::WorkerMessage IdleMessage() {
    node::WorkerMessage message;
    message.mutable_environment_idle()->set_environment_id("e");
    return message;
  }

  SeededRandom random_{1};
  NotedEvents events_;
  SessionTable table_{random_, [](const std::string& token) -> std::optional<node::IdentityToken> {
                        if (token == "forged") return std::nullopt;
                        node::IdentityToken renewed;
                        renewed.set_token(token + ", renewed");
                        return renewed;
                      }};
  std::shared_ptr<RecordingLink> link_ = std::make_shared<RecordingLink>();
};

TEST_F(SessionTableTest, WelcomeComesFirst) {
  const absl::StatusOr<std::string> session = Join(link_, "w", 1);
  ASSERT_TRUE(session.ok());
  ASSERT_EQ(link_->messages.size(), 1u);
  EXPECT_EQ(link_->messages[0].welcome().session_id(), *session);
  EXPECT_EQ(events_.notes, std::vector<std::string>{"joined w"});
  EXPECT_EQ(table_.Find(*session), link_);
}

TEST_F(SessionTableTest, AWorkersLogsAreCountedOnOverItsSessions) {
  const std::shared_ptr<ShippedLogs> first = LogsOfSession(1);
  EXPECT_EQ(LogsOfSession(1), first);
  EXPECT_NE(LogsOfSession(2), first);  // a new process counts from the beginning
  EXPECT_EQ(table_.LogsOf("nobody's"), nullptr);
}

TEST_F(SessionTableTest, AMalformedHelloIsRefused) {
  EXPECT_EQ(Join(link_, "", 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Join(link_, std::string(200, 'w'), 1).status().code(), absl::StatusCode::kInvalidArgument);
  node::Hello no_memory = HelloOf("w", 1);
  no_memory.set_memory_bytes(0);
  EXPECT_EQ(table_.Join(link_, no_memory).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(events_.notes.empty());
}

TEST_F(SessionTableTest, ALowerEpochIsRefusedEvenAfterTheHigherOneLeft) {
  const std::string session = *Join(link_, "w", 7);
  table_.Leave(session);
  EXPECT_EQ(Join(link_, "w", 6).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Join(link_, "w", 7).ok());
}

TEST_F(SessionTableTest, ANewSessionReplacesTheOldOneOfTheSameWorker) {
  const std::string old_session = *Join(link_, "w", 1);
  const auto fresh = std::make_shared<RecordingLink>();
  ASSERT_TRUE(Join(fresh, "w", 1).ok());
  EXPECT_TRUE(link_->closed);
  EXPECT_EQ(events_.notes, (std::vector<std::string>{"joined w", "lost w", "joined w"}));
  table_.Deliver(old_session, IdleMessage());
  table_.Leave(old_session);
  EXPECT_EQ(events_.notes.size(), 3u);
}

TEST_F(SessionTableTest, WhatASessionSaysIsItsWorkersWord) {
  const std::string session = *Join(link_, "w", 1);
  table_.Deliver(session, IdleMessage());
  EXPECT_EQ(events_.notes.back(), "idle w");
}

TEST_F(SessionTableTest, RenewsTheTokenAWorkerShows) {
  node::WorkerMessage message;
  message.mutable_identity_renewal()->set_environment_id("e");
  message.mutable_identity_renewal()->set_token("old");
  const std::string session = *Join(link_, "w", 1);
  table_.Deliver(session, message);
  ASSERT_EQ(link_->messages.size(), 2u);
  EXPECT_EQ(link_->messages[1].renewed_identity().environment_id(), "e");
  EXPECT_EQ(link_->messages[1].renewed_identity().identity().token(), "old, renewed");
  message.mutable_identity_renewal()->set_token("forged");
  table_.Deliver(session, message);
  EXPECT_EQ(link_->messages.size(), 2u);
}

TEST_F(SessionTableTest, CommandsGoToTheWorkersSession) {
  const auto other = std::make_shared<RecordingLink>();
  ASSERT_TRUE(Join(link_, "a", 1).ok() && Join(other, "b", 1).ok());
  ASSERT_TRUE(table_.Stop("b", "e").ok());
  EXPECT_EQ(link_->messages.size(), 1u);
  ASSERT_EQ(other->messages.size(), 2u);
  EXPECT_EQ(other->messages[1].stop_environment().environment_id(), "e");
}

TEST_F(SessionTableTest, AWorkerWithoutASessionIsUnavailable) {
  EXPECT_EQ(table_.Stop("w", "e").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(table_.Invoke("w", {}).code(), absl::StatusCode::kUnavailable);
}

TEST_F(SessionTableTest, APayloadThatDoesNotFitSendsNothing) {
  ASSERT_TRUE(Join(link_, "w", 1).ok());
  link_->bulk_full = true;
  Invocation invocation;
  invocation.bulk_payload = std::make_shared<const std::string>("large");
  EXPECT_EQ(table_.Invoke("w", invocation).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(link_->messages.size(), 1u);
}

TEST_F(SessionTableTest, APayloadWithoutItsMessageEndsTheSession) {
  ASSERT_TRUE(Join(link_, "w", 1).ok());
  link_->full = true;
  Invocation invocation;
  invocation.bulk_payload = std::make_shared<const std::string>("large");
  EXPECT_EQ(table_.Invoke("w", invocation).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(link_->closed);
}

TEST_F(SessionTableTest, ADrainedWorkerIsReleased) {
  const auto link = std::make_shared<RecordingLink>();
  ASSERT_TRUE(Join(link, "w", 1).ok());
  ASSERT_TRUE(table_.Release("w").ok());
  EXPECT_TRUE(link->messages.back().has_drained());
  EXPECT_TRUE(absl::IsUnavailable(table_.Release("another")));
}

}  // namespace
}  // namespace hearth::controller
