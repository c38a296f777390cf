// Both ends of a node session in one process: a recording controller and workers with a pool that echoes.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "common/random.h"
#include "controller/cluster/node_sessions.h"
#include "worker/agent/controller_link.h"

namespace hearth {

// Waits for a condition another thread brings about; false after twenty seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// What the scheduler would hear.
class RecordingEvents final : public controller::WorkerEvents {
 public:
  void OnWorkerJoined(const node::Hello& hello) override {
    MutexLock lock(mutex_);
    history_.push_back("joined " + hello.worker_id() + " " + std::to_string(hello.epoch()));
    hello_ = hello;
  }
  void OnWorkerLost(const std::string& worker_id) override {
    MutexLock lock(mutex_);
    history_.push_back("lost " + worker_id);
  }
  void OnEnvironmentReady(const std::string&, const node::EnvironmentReady& ready) override {
    MutexLock lock(mutex_);
    ready_.insert(ready.environment_id());
  }
  void OnEnvironmentGone(const std::string&, const node::EnvironmentGone& gone) override {
    MutexLock lock(mutex_);
    gone_.insert(gone.environment_id());
  }
  void OnEnvironmentIdle(const std::string&, const node::EnvironmentIdle& idle) override {
    MutexLock lock(mutex_);
    idle_.insert(idle.environment_id());
  }
  void OnInvocationResult(const std::string&, node::InvocationResult result) override {
    if (on_result) return on_result(std::move(result));
    MutexLock lock(mutex_);
    results_.push_back(std::move(result));
  }
  void OnResponsePiece(const std::string&, node::BulkChunk piece) override {
    MutexLock lock(mutex_);
    pieces_.push_back(std::move(piece));
  }
  std::vector<node::BulkChunk> pieces() const {
    MutexLock lock(mutex_);
    return pieces_;
  }
  void OnCapacity(const std::string&, const node::Capacity& capacity) override {
    ++capacities;
    draining = capacity.draining();
  }

  size_t JoinedTimes() const {
    MutexLock lock(mutex_);
    return static_cast<size_t>(std::count_if(history_.begin(), history_.end(),
                                             [](const std::string& line) { return line.starts_with("joined"); }));
  }
  std::vector<std::string> history() const {
    MutexLock lock(mutex_);
    return history_;
  }
  node::Hello hello() const {
    MutexLock lock(mutex_);
    return hello_;
  }
  std::vector<node::InvocationResult> results() const {
    MutexLock lock(mutex_);
    return results_;
  }
  bool IsReady(const std::string& id) const {
    MutexLock lock(mutex_);
    return ready_.contains(id);
  }
  bool IsGone(const std::string& id) const {
    MutexLock lock(mutex_);
    return gone_.contains(id);
  }
  bool IsIdle(const std::string& id) const {
    MutexLock lock(mutex_);
    return idle_.contains(id);
  }

  std::function<void(node::InvocationResult)> on_result;  // set before the first
  std::atomic<int> capacities = 0;
  std::atomic<bool> draining = false;

 private:
  mutable Mutex mutex_;
  std::vector<std::string> history_;
  node::Hello hello_;
  std::vector<node::InvocationResult> results_;
  std::vector<node::BulkChunk> pieces_;
  std::set<std::string> ready_, gone_, idle_;
};

// Answers every invocation with its payload, on the thread that brings it.
class EchoPool final : public worker::EnvironmentPool {
 public:
  void Report(worker::PoolEvents& events) { events_ = &events; }

  void Start(node::StartEnvironment start) override {
    node::EnvironmentReady ready;
    ready.set_environment_id(start.environment_id());
    events_->OnEnvironmentReady(std::move(ready));
  }
  void Invoke(node::Invoke invoke) override {
    if (hold) {
      MutexLock lock(mutex_);
      held_.push_back(std::move(invoke));
      return;
    }
    Answer(std::move(invoke));
  }
  void RenewIdentity(node::RenewedIdentity renewed) override {
    MutexLock lock(mutex_);
    identity_ = renewed.identity().token();
  }
  std::string identity() const {
    MutexLock lock(mutex_);
    return identity_;
  }
  void Stop(const std::string& environment_id) override {
    node::EnvironmentGone gone;
    gone.set_environment_id(environment_id);
    gone.set_reason(node::EnvironmentGone::STOPPED);
    events_->OnEnvironmentGone(std::move(gone));
  }
  void Credit(node::ResponseCredit credit) override { credited += credit.bytes(); }
  void DiscardResponses() override { ++discards; }
  void Abort(const std::string& environment_id) override {
    MutexLock lock(mutex_);
    aborted_.push_back(environment_id);
  }
  std::vector<std::string> aborted() const {
    MutexLock lock(mutex_);
    return aborted_;
  }
  std::vector<node::RunningEnvironment> Running() const override {
    MutexLock lock(mutex_);
    return running_;
  }
  node::Capacity CurrentCapacity() const override { return {}; }

  void AnswerHeld() {
    std::vector<node::Invoke> held;
    {
      MutexLock lock(mutex_);
      held.swap(held_);
    }
    for (node::Invoke& invoke : held) Answer(std::move(invoke));
  }
  size_t HeldCount() const {
    MutexLock lock(mutex_);
    return held_.size();
  }
  void AddRunning(const std::string& id, const std::string& key, bool busy) {
    node::RunningEnvironment running;
    running.set_environment_id(id);
    running.set_key(key);
    running.set_busy(busy);
    MutexLock lock(mutex_);
    running_.push_back(running);
  }

  std::atomic<bool> hold = false;
  std::atomic<int64_t> credited = 0;
  std::atomic<int> discards = 0;

 private:
  // As the function would: its answer piece by piece.
  void Stream(node::Invoke invoke) {
    node::InvocationResult result;
    result.set_invocation_id(invoke.invocation_id());
    result.set_outcome(node::InvocationResult::SUCCESS);
    result.set_streamed(true);
    result.set_streamed_bytes(invoke.payload().size());
    SendPiece(invoke.invocation_id(), node::BulkChunk::BEGIN, "text/plain");
    for (const char c : invoke.payload()) SendPiece(invoke.invocation_id(), node::BulkChunk::PIECE, std::string(1, c));
    events_->OnInvocationResult(std::move(result));
  }
  void SendPiece(uint64_t id, node::BulkChunk::Response kind, std::string data) {
    node::BulkChunk piece;
    piece.set_invocation_id(id);
    piece.set_response(kind);
    piece.set_data(std::move(data));
    events_->OnResponsePiece(std::move(piece));
  }
  void Answer(node::Invoke invoke) {
    if (invoke.response_window_bytes() > 0) return Stream(std::move(invoke));
    node::InvocationResult result;
    result.set_invocation_id(invoke.invocation_id());
    result.set_outcome(node::InvocationResult::SUCCESS);
    result.set_environment_idle(true);
    result.set_payload(std::move(*invoke.mutable_payload()));
    events_->OnInvocationResult(std::move(result));
  }

  worker::PoolEvents* events_ = nullptr;
  mutable Mutex mutex_;
  std::vector<node::Invoke> held_;
  std::vector<node::RunningEnvironment> running_;
  std::string identity_;
  std::vector<std::string> aborted_;
};

// Keeps batches, or fails as often as it is told to.
class RecordingLogs final : public controller::LogSink {
 public:
  absl::Status Append(const node::LogBatch& batch) override {
    if (failures > 0) {
      --failures;
      return absl::ResourceExhaustedError("the disk is full");
    }
    MutexLock lock(mutex_);
    for (const node::LogRecord& record : batch.records()) texts_.push_back(record.text());
    return absl::OkStatus();
  }
  std::vector<std::string> texts() const {
    MutexLock lock(mutex_);
    return texts_;
  }
  std::atomic<int> failures = 0;

 private:
  mutable Mutex mutex_;
  std::vector<std::string> texts_;
};

// A folder of this test's own, removed with it.
class TestFolder {
 public:
  TestFolder() {
    char path[] = "/tmp/hearth-node-XXXXXX";
    path_ = mkdtemp(path);
  }
  ~TestFolder() { std::system(("rm -rf " + path_).c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline controller::Invocation InvocationOf(uint64_t id, std::string payload) {
  controller::Invocation invocation;
  invocation.message.set_invocation_id(id);
  invocation.message.set_environment_id("e");
  if (payload.size() <= size_t{64} * 1024) {
    invocation.message.set_payload(std::move(payload));
  } else {
    invocation.message.set_bulk_bytes(payload.size());
    invocation.bulk_payload = std::make_shared<const std::string>(std::move(payload));
  }
  return invocation;
}

// One controller end.
struct ControllerEnd {
  ControllerEnd(const std::string& address, RecordingLogs& logs, const std::string& artifacts)
      : sessions(controller::NodeSessions::Create(
            [artifacts](const std::string& hash) -> absl::StatusOr<UniqueFd> {
              UniqueFd blob(open((artifacts + "/" + hash).c_str(), O_RDONLY | O_CLOEXEC));
              if (!blob.valid()) return absl::NotFoundError("no package " + hash);
              return blob;
            },
            [](const std::string& token) -> std::optional<node::IdentityToken> {
              node::IdentityToken renewed;
              renewed.set_token(token + ", renewed");
              return renewed;
            },
            logs, random)) {
    bound = sessions->Listen(address, events);
  }
  ~ControllerEnd() { sessions->Close(); }

  RealRandom random;
  RecordingEvents events;
  std::unique_ptr<controller::NodeSessions> sessions;
  absl::StatusOr<std::string> bound;
};

// One worker end.
struct WorkerEnd {
  WorkerEnd(const std::string& address, const std::string& id, uint64_t epoch) {
    worker::ControllerLinkOptions options;
    options.controller = address;
    options.worker_id = id;
    options.epoch = epoch;
    options.memory_bytes = int64_t{1} << 30;
    options.architecture = "x86_64";
    link = *worker::ControllerLink::Create(std::move(options), random);
    pool.Report(*link);
  }
  ~WorkerEnd() { link->Stop(); }
  void Start() { link->Start(pool); }

  RealRandom random;
  EchoPool pool;
  std::unique_ptr<worker::ControllerLink> link;
};

}  // namespace hearth
