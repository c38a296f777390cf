// Claims about the node session, with both real ends over a Unix socket.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "common/limits.h"
#include "tests/node_session/node_session_test_support.h"

namespace hearth {
namespace {

using testing::Test;

class NodeSessionTest : public Test {
 protected:
  void StartController() { controller_ = std::make_unique<ControllerEnd>(address_, logs_, folder_.path()); }
  std::unique_ptr<WorkerEnd> Join(const std::string& id, uint64_t epoch) {
    auto worker = std::make_unique<WorkerEnd>(address_, id, epoch);
    worker->Start();
    return worker;
  }
  void SetUp() override {
    StartController();
    ASSERT_TRUE(controller_->bound.ok()) << controller_->bound.status();
  }
  RecordingEvents& events() { return controller_->events; }
  absl::Status Invoke(const std::string& worker, uint64_t id, std::string payload) {
    return controller_->sessions->Invoke(worker, InvocationOf(id, std::move(payload)));
  }

  TestFolder folder_;
  const std::string address_ = "unix:" + folder_.path() + "/node.sock";
  RecordingLogs logs_;
  std::unique_ptr<ControllerEnd> controller_;
};

TEST_F(NodeSessionTest, AWorkerJoinsAndTakesCommands) {
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  node::StartEnvironment start;
  start.set_environment_id("e1");
  ASSERT_TRUE(controller_->sessions->Start("w", start).ok());
  EXPECT_TRUE(Eventually([&] { return events().IsReady("e1"); }));
  ASSERT_TRUE(controller_->sessions->Stop("w", "e1").ok());
  EXPECT_TRUE(Eventually([&] { return events().IsGone("e1"); }));
  EXPECT_TRUE(Eventually([&] { return events().capacities > 0; }));
}

TEST_F(NodeSessionTest, TheSocketIsTheOwnersAlone) {
  struct stat status = {};
  ASSERT_EQ(stat((folder_.path() + "/node.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(NodeSessionTest, TenThousandInvocationsGetTheirOwnAnswers) {
  constexpr uint64_t kTotal = 10000, kConcurrent = 64;
  std::atomic<uint64_t> next = 1, answered = 0, wrong = 0;
  const auto send = [&] {
    const uint64_t id = next++;
    if (id <= kTotal && !Invoke("w", id, "payload " + std::to_string(id)).ok()) ++wrong;
  };
  events().on_result = [&](node::InvocationResult result) {
    if (result.payload() != "payload " + std::to_string(result.invocation_id())) ++wrong;
    ++answered;
    send();
  };
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  for (uint64_t i = 0; i < kConcurrent; ++i) send();
  EXPECT_TRUE(Eventually([&] { return answered == kTotal; })) << answered;
  EXPECT_EQ(wrong, 0u);
}

TEST_F(NodeSessionTest, LargePayloadsComeBackWholeAndSmallOnesOvertakeThem) {
  constexpr uint64_t kLarge = 8, kSmall = 200;
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  std::vector<std::string> large;
  for (uint64_t i = 0; i < kLarge; ++i) {
    large.emplace_back(kMaxInvokeRequestBytes, static_cast<char>('a' + i));
    ASSERT_TRUE(Invoke("w", i + 1, large.back()).ok());
  }
  for (uint64_t i = 0; i < kSmall; ++i) ASSERT_TRUE(Invoke("w", 1000 + i, "small").ok());
  ASSERT_TRUE(Eventually([&] { return events().results().size() == kLarge + kSmall; })) << events().results().size();
  uint64_t small_seen = 0, small_before_last_large = 0;
  for (const node::InvocationResult& result : events().results()) {
    if (result.invocation_id() >= 1000) {
      ++small_seen;
      continue;
    }
    EXPECT_EQ(result.payload(), large[result.invocation_id() - 1]);
    small_before_last_large = small_seen;
  }
  EXPECT_EQ(small_before_last_large, kSmall);
}

TEST_F(NodeSessionTest, AStreamedAnswerArrivesInOrderAndItsCreditGoesBack) {
  WorkerEnd worker(address_, "w", 1);
  worker.Start();
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
  controller::Invocation invocation = InvocationOf(1, "abc");
  invocation.message.set_response_window_bytes(100);
  ASSERT_TRUE(controller_->sessions->Invoke("w", invocation).ok());
  ASSERT_TRUE(Eventually([&] { return events().pieces().size() == 4; }));
  std::string text;
  for (const node::BulkChunk& piece : events().pieces()) text += piece.data() + "|";
  EXPECT_EQ(text, "text/plain|a|b|c|");
  EXPECT_EQ(events().pieces()[0].response(), node::BulkChunk::BEGIN);
  ASSERT_TRUE(Eventually([&] { return events().results().size() == 1; }));
  EXPECT_EQ(events().results()[0].streamed_bytes(), 3u);
  node::ResponseCredit credit;
  credit.set_bytes(3);
  ASSERT_TRUE(controller_->sessions->Credit("w", credit).ok());
  EXPECT_TRUE(Eventually([&] { return worker.pool.credited == 3; }));
}

TEST_F(NodeSessionTest, AWorkerWhoseSessionIsLostThrowsAwayWhatItStreams) {
  WorkerEnd worker(address_, "w", 1);
  worker.Start();
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
  controller_.reset();
  EXPECT_TRUE(Eventually([&] { return worker.pool.discards > 0; }));
}

TEST_F(NodeSessionTest, AnOldIdentityTokenIsReplaced) {
  WorkerEnd worker(address_, "w", 1);
  worker.Start();
  ASSERT_TRUE(Eventually([&] { return worker.link->connected(); }));
  node::IdentityRenewal renewal;
  renewal.set_environment_id("e");
  renewal.set_token("old");
  worker.link->OnIdentityRenewal(renewal);
  EXPECT_TRUE(Eventually([&] { return worker.pool.identity() == "old, renewed"; }));
}

TEST_F(NodeSessionTest, ALostWorkerIsReportedAndItsSuccessorJoins) {
  auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
  worker.reset();
  ASSERT_TRUE(Eventually([&] { return events().history().size() == 2; }));
  EXPECT_EQ(events().history().back(), "lost w");
  EXPECT_EQ(Invoke("w", 1, "x").code(), absl::StatusCode::kUnavailable);
  worker = Join("w", 2);
  EXPECT_TRUE(Eventually([&] { return events().history().back() == "joined w 2"; }));
}

TEST_F(NodeSessionTest, AHigherEpochReplacesTheSessionBefore) {
  const auto old = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
  const auto fresh = Join("w", 2);
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 2; }));
  EXPECT_EQ(events().history(), (std::vector<std::string>{"joined w 1", "lost w", "joined w 2"}));
  EXPECT_TRUE(Eventually([&] { return !old->link->connected(); }));
  ASSERT_TRUE(Invoke("w", 1, "x").ok());
  EXPECT_TRUE(Eventually([&] { return events().results().size() == 1; }));
}

TEST_F(NodeSessionTest, AStaleEpochIsRefusedForAsLongAsItTries) {
  const auto current = Join("w", 5);
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
  const auto stale = Join("w", 4);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_FALSE(stale->link->connected());
  EXPECT_TRUE(current->link->connected());
  EXPECT_EQ(events().JoinedTimes(), 1u);
}

TEST_F(NodeSessionTest, ARestartedControllerHearsWhatSurvivedAndNoStaleResults) {
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  worker->pool.hold = true;
  ASSERT_TRUE(Invoke("w", 1, "x").ok());
  ASSERT_TRUE(Eventually([&] { return worker->pool.HeldCount() == 1; }));
  worker->pool.AddRunning("e", "key", true);
  controller_.reset();
  StartController();
  ASSERT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
  ASSERT_EQ(events().hello().environments_size(), 1);
  EXPECT_EQ(events().hello().environments(0).environment_id(), "e");
  EXPECT_TRUE(events().hello().environments(0).busy());
  worker->pool.AnswerHeld();
  EXPECT_TRUE(Eventually([&] { return events().IsIdle("e"); }));
  EXPECT_TRUE(events().results().empty());
  EXPECT_EQ(worker->link->Counts().stale_results, 1);
}

TEST_F(NodeSessionTest, AWorkerThatStartsFirstWaitsForItsController) {
  controller_.reset();
  const auto worker = Join("w", 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  StartController();
  EXPECT_TRUE(Eventually([&] { return worker->link->connected(); }));
}

TEST_F(NodeSessionTest, ASecondControllerDoesNotTakeTheSocket) {
  const ControllerEnd second(address_, logs_, folder_.path());
  EXPECT_EQ(second.bound.status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(NodeSessionTest, ASessionWorksOverLoopbackTcp) {
  const ControllerEnd tcp("127.0.0.1:0", logs_, folder_.path());
  ASSERT_TRUE(tcp.bound.ok()) << tcp.bound.status();
  WorkerEnd worker(*tcp.bound, "t", 1);
  worker.Start();
  EXPECT_TRUE(Eventually([&] { return tcp.events.JoinedTimes() == 1; }));
}

TEST_F(NodeSessionTest, APackageArrivesWhole) {
  std::string package(size_t{20} << 20, '\0');
  for (size_t i = 0; i < package.size(); ++i) package[i] = static_cast<char>(i * 31 >> 3);
  std::ofstream(folder_.path() + "/cafe") << package;
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  const std::string copy = folder_.path() + "/copy";
  const UniqueFd file(open(copy.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  const absl::Status fetched = worker->link->Fetch("cafe", file.get());
  ASSERT_TRUE(fetched.ok()) << fetched;
  std::ostringstream read;
  read << std::ifstream(copy).rdbuf();
  EXPECT_TRUE(package == read.str());
}

TEST_F(NodeSessionTest, AnUnknownPackageIsNotFound) {
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  EXPECT_EQ(worker->link->Fetch("beef", 1).code(), absl::StatusCode::kNotFound);
}

TEST_F(NodeSessionTest, WithoutASessionAPackageIsUnavailable) {
  const WorkerEnd worker(address_, "w", 1);
  EXPECT_EQ(worker.link->Fetch("cafe", 1).code(), absl::StatusCode::kUnavailable);
}

node::LogBatch LogOf(const std::string& text) {
  node::LogBatch batch;
  batch.set_account("123456789012");
  batch.set_log_group("g");
  batch.set_log_stream("s");
  batch.add_records()->set_text(text);
  return batch;
}

TEST_F(NodeSessionTest, LogsArriveInOrder) {
  const auto worker = Join("w", 1);
  std::vector<std::string> expected;
  for (int i = 0; i < 2000; ++i) {
    expected.push_back("line " + std::to_string(i));
    worker->link->Ship(LogOf(expected.back()));
  }
  ASSERT_TRUE(Eventually([&] { return logs_.texts().size() >= expected.size(); }));
  EXPECT_EQ(logs_.texts(), expected);
}

TEST_F(NodeSessionTest, LogsThatCouldNotBeKeptAreSentAgain) {
  logs_.failures = 2;
  const auto worker = Join("w", 1);
  worker->link->Ship(LogOf("important"));
  EXPECT_TRUE(Eventually([&] { return !logs_.texts().empty(); }));
  EXPECT_EQ(logs_.failures, 0);
}

TEST_F(NodeSessionTest, LogsOfADisconnectedTimeArriveLater) {
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  controller_.reset();
  worker->link->Ship(LogOf("while nobody listened"));
  StartController();
  EXPECT_TRUE(Eventually([&] { return logs_.texts() == std::vector<std::string>{"while nobody listened"}; }));
}

TEST_F(NodeSessionTest, ADrainingWorkerSaysSoInEverySessionAndIsReleased) {
  const auto worker = Join("w", 1);
  ASSERT_TRUE(Eventually([&] { return worker->link->connected(); }));
  worker->link->Drain();
  EXPECT_TRUE(Eventually([&] { return events().draining.load(); }));
  EXPECT_FALSE(worker->link->drained());
  controller_.reset();
  EXPECT_TRUE(Eventually([&] { return worker->link->drained(); }));  // nobody waits for it
  StartController();
  EXPECT_TRUE(Eventually([&] { return events().draining.load(); }));
  EXPECT_FALSE(worker->link->drained());
  ASSERT_TRUE(controller_->sessions->Release("w").ok());
  EXPECT_TRUE(Eventually([&] { return worker->link->drained(); }));
}

TEST_F(NodeSessionTest, AWorkerWithoutAControllerStopsWhatRunsAfterTwoSeconds) {
  const auto worker = Join("w", 1);
  worker->pool.hold = true;
  ASSERT_TRUE(Eventually([&] { return worker->link->connected() && events().JoinedTimes() == 1; }));
  ASSERT_TRUE(Invoke("w", 7, "{}").ok());
  ASSERT_TRUE(Eventually([&] { return worker->pool.HeldCount() == 1; }));
  controller_.reset();
  EXPECT_TRUE(worker->pool.aborted().empty());
  EXPECT_TRUE(Eventually([&] { return worker->pool.aborted().size() == 1; }));
}

TEST_F(NodeSessionTest, ASilentPeerIsNoticedWithinThreeSeconds) {
  // A peer that says Hello and then neither reads nor answers: a relay that stops relaying.
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un relay_address = {}, node_address = {};
  relay_address.sun_family = node_address.sun_family = AF_UNIX;
  const std::string relay_path = folder_.path() + "/relay.sock", node_path = folder_.path() + "/node.sock";
  std::copy(relay_path.begin(), relay_path.end(), relay_address.sun_path);
  std::copy(node_path.begin(), node_path.end(), node_address.sun_path);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&relay_address), sizeof(relay_address)), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  std::atomic<bool> stopped = false, ended = false;
  std::vector<std::thread> pumps;
  std::vector<UniqueFd> sockets;
  sockets.reserve(64);
  std::thread accept_loop([&] {
    for (;;) {
      const int near = accept(listener, nullptr, nullptr);
      if (near < 0 || ended) return;
      const int far = socket(AF_UNIX, SOCK_STREAM, 0);
      connect(far, reinterpret_cast<sockaddr*>(&node_address), sizeof(node_address));
      sockets.emplace_back(near);
      sockets.emplace_back(far);
      for (const auto& [from, to] : {std::pair(near, far), std::pair(far, near)}) {
        pumps.emplace_back([&stopped, from = from, to = to] {
          char buffer[4096];
          while (const ssize_t size = read(from, buffer, sizeof(buffer))) {
            if (size < 0) return;
            while (stopped) std::this_thread::sleep_for(std::chrono::milliseconds(10));
            if (send(to, buffer, static_cast<size_t>(size), MSG_NOSIGNAL) < 0) return;
          }
        });
      }
    }
  });
  {
    WorkerEnd worker("unix:" + relay_path, "w", 1);
    worker.Start();
    EXPECT_TRUE(Eventually([&] { return events().JoinedTimes() == 1; }));
    stopped = true;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(Eventually([&] { return events().history().size() == 2; }));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(3500));
    EXPECT_TRUE(Eventually([&] { return !worker.link->connected(); }));
    stopped = false;
  }
  ended = true;
  shutdown(listener, SHUT_RDWR);
  close(listener);
  accept_loop.join();
  for (const UniqueFd& one : sockets) shutdown(one.get(), SHUT_RDWR);
  for (std::thread& pump : pumps) pump.join();
}

}  // namespace
}  // namespace hearth
