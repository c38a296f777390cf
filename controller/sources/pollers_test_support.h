// What the tests of pollers share: a queue in memory, an invoker whose answers the test chooses, and waiting.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "controller/sources/queue_poller.h"

namespace hearth::controller {

// Answers at once what it was given, in order; without a given answer it succeeds. Held, it answers when let go.
class FakeInvoker final : public Invoker {
 public:
  Async<absl::StatusOr<InvokeOutcome>> Invoke(InvokeRequest request) override {
    Completion<bool> may_go;
    absl::StatusOr<InvokeOutcome> outcome = InvokeOutcome(Completed{});
    {
      MutexLock lock(mutex_);
      requests_.push_back(std::move(request));
      if (!answers_.empty()) {
        outcome = std::move(answers_.front());
        answers_.pop_front();
      }
      if (hold_) {
        held_.push_back(may_go);
      } else {
        may_go.Set(true);
      }
    }
    co_await may_go.Wait();
    co_return outcome;
  }

  void Answer(absl::StatusOr<InvokeOutcome> outcome) {
    MutexLock lock(mutex_);
    answers_.push_back(std::move(outcome));
  }
  void Hold() {
    MutexLock lock(mutex_);
    hold_ = true;
  }
  void LetGo() {
    std::vector<Completion<bool>> held;
    {
      MutexLock lock(mutex_);
      hold_ = false;
      held.swap(held_);
    }
    for (Completion<bool>& one : held) one.Set(true);
  }
  std::vector<InvokeRequest> requests() {
    MutexLock lock(mutex_);
    return requests_;
  }

 private:
  Mutex mutex_;
  bool hold_ GUARDED_BY(mutex_) = false;
  std::vector<Completion<bool>> held_ GUARDED_BY(mutex_);
  std::deque<absl::StatusOr<InvokeOutcome>> answers_ GUARDED_BY(mutex_);
  std::vector<InvokeRequest> requests_ GUARDED_BY(mutex_);
};

class PollersTest : public testing::Test {
 protected:
  PollersTest() {
    records::Queue row;
    row.set_account(id_.account);
    row.set_name(id_.name);
    row.set_visibility_seconds(30);
    row.set_retention_seconds(3600);
    EXPECT_TRUE(queues_->Create(row).ok());
  }
  ~PollersTest() override { queues_->Stop(); }

  void Send(const std::string& body) {
    std::vector<NewMessage> messages(1);
    messages[0].message.set_body(body);
    std::promise<void> sent;
    StartAsync(queues_->Send(id_, std::move(messages)), [&](const Queues::SendResults&) { sent.set_value(); });
    sent.get_future().get();
  }
  records::EventSource Source() const {
    records::EventSource source;
    source.set_account(id_.account);
    source.set_id("mapping");
    source.set_function_name("f");
    source.set_queue_arn(QueueArn("eu-west-1", id_));
    source.set_enabled(true);
    source.set_batch_size(10);
    return source;
  }
  // What runs elsewhere gets there soon.
  template <class Condition>
  static bool Soon(Condition condition, int milliseconds = 2000) {
    for (int i = 0; i < milliseconds && !condition(); ++i)
      std::promise<void>().get_future().wait_for(std::chrono::milliseconds(1));
    return condition();
  }
  size_t Left() {
    const QueueCounts counts = *queues_->Counts(id_);
    return counts.visible + counts.in_flight + counts.delayed;
  }
  size_t Runs() { return invoker_.requests().size(); }

  const QueueId id_{"000000000000", "q"};
  FakeClock clock_;
  SeededRandom random_{3};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  CommitThread commits_{*database_};
  std::unique_ptr<Queues> queues_ =
      Queues::Open({.region = "eu-west-1"}, *database_, commits_, clock_, random_).value();
  FakeInvoker invoker_;
  absl::Status able_;
  PollerServices services_{"eu-west-1", *queues_, invoker_,
                           clock_,      random_,  [this](const records::EventSource&) { return able_; }};
};

}  // namespace hearth::controller
