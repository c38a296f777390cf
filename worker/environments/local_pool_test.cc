#include "worker/environments/local_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "worker/environments/fake_loop.h"
#include "worker/environments/fake_runtime.h"
#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct Events final : PoolEvents {
  void OnEnvironmentReady(node::EnvironmentReady ready) override { log.push_back("ready " + ready.environment_id()); }
  void OnEnvironmentGone(node::EnvironmentGone gone) override {
    log.push_back("gone " + gone.environment_id() + " " + node::EnvironmentGone::Reason_Name(gone.reason()));
    detail = gone.detail();
  }
  void OnInvocationResult(node::InvocationResult result) override {
    log.push_back("result " + node::InvocationResult::Outcome_Name(result.outcome()));
  }
  void OnEnvironmentIdle(node::EnvironmentIdle idle) override { log.push_back("idle " + idle.environment_id()); }
  void OnResponsePiece(node::BulkChunk piece) override { log.push_back("piece " + piece.data()); }
  void OnIdentityRenewal(node::IdentityRenewal renewal) override {
    log.push_back("renew " + renewal.environment_id() + " " + renewal.token());
  }

  std::vector<std::string> log;
  std::string detail;
};

class LocalPoolTest : public testing::Test {
 protected:
  LocalPoolTest() {
    std::filesystem::create_directories(root_ + "/python");
    std::ofstream(root_ + "/python/bootstrap") << "#!/bin/sh\n";
    std::filesystem::permissions(root_ + "/python/bootstrap", std::filesystem::perms::all);
    settings_.memory_bytes = int64_t{256} << 20;
    Rebuild();
  }
  ~LocalPoolTest() override {
    pool_.reset();
    std::filesystem::remove_all(root_);
  }
  void Rebuild() {
    pool_.reset();
    const EnvironmentServices services{loop_, work_, timer_, api_, shipper_, clock_};
    pool_ = std::make_unique<LocalEnvironmentPool>(
        settings_, services, provisioner_, random_, [this] { return available_; }, events_);
  }
  void Start(const std::string& id, int memory_mb = 128, const std::string& key = "") {
    pool_->Start(StartOf(id, memory_mb, key));
    loop_.Run();
  }
  static node::StartEnvironment StartOf(const std::string& id, int memory_mb = 128, const std::string& key = "") {
    node::StartEnvironment start;
    start.set_environment_id(id);
    node::EnvironmentSpec& spec = *start.mutable_spec();
    spec.set_key(key.empty() ? "key-" + id : key);
    spec.set_function_name("hello");
    spec.set_version("$LATEST");
    spec.set_runtime("python3.12");
    spec.set_memory_mb(memory_mb);
    spec.set_timeout_ms(3000);
    spec.set_ephemeral_storage_mb(512);
    spec.set_log_group("/aws/lambda/hello");
    return start;
  }
  void StartReady(const std::string& id) {
    Start(id);
    api_.Next();
    loop_.Run();
  }
  void StartProvisioned(const std::string& id) {
    node::StartEnvironment start = StartOf(id);
    start.mutable_spec()->set_provisioned(true);
    pool_->Start(start);
    loop_.Run();
    api_.Next();
    loop_.Run();
  }
  void Invoke(const std::string& id) {
    node::Invoke invoke;
    invoke.set_environment_id(id);
    invoke.set_request_id("r");
    invoke.set_timeout_ms(3000);
    pool_->Invoke(std::move(invoke));
    loop_.Run();
  }

  const std::string root_ = testing::TempDir() + "/local_pool_" + std::to_string(getpid());
  FakeClock clock_;
  FakeLoop loop_{clock_};
  FakeWork work_{loop_};
  DeadlineTimer timer_{loop_, clock_};
  FakeRuntimeApi api_;
  FakeLogShipper shipper_;
  SeededRandom random_{1};
  FakeSandboxFactory factory_;
  FakeArtifactCache cache_{root_};
  Provisioner provisioner_{root_, cache_, factory_, work_, clock_};
  absl::StatusOr<int64_t> available_ = int64_t{4} << 30;
  Events events_;
  PoolSettings settings_;
  std::unique_ptr<LocalEnvironmentPool> pool_;
};

TEST_F(LocalPoolTest, TakesAnEnvironmentFromStartToAnAnswer) {
  StartReady("a");
  Invoke("a");
  api_.Respond("r", "1");
  api_.Next();
  loop_.Run();
  EXPECT_THAT(events_.log, ElementsAre("ready a", "result SUCCESS", "idle a"));
}

TEST_F(LocalPoolTest, MakesTheSandboxTheFunctionAskedFor) {
  Start("a", 192);
  const SandboxSpec& spec = factory_.made.at(0)->spec;
  EXPECT_EQ(spec.id, "a");
  EXPECT_EQ(spec.memory_bytes, int64_t{192} << 20);
  EXPECT_EQ(spec.tmp_bytes, int64_t{512} << 20);
  EXPECT_EQ(spec.task_directory, root_);
  EXPECT_EQ(spec.runtime_directory, root_ + "/python");
}

TEST_F(LocalPoolTest, AnEnvironmentThatIsOnlyAskedForIsRunningAlready) {
  node::StartEnvironment start;
  start.set_environment_id("a");
  start.mutable_spec()->set_key("key-a");
  pool_->Start(start);  // the loop has not come to it yet
  ASSERT_EQ(pool_->Running().size(), 1u);
  EXPECT_EQ(pool_->Running().at(0).key(), "key-a");
  EXPECT_TRUE(pool_->Running().at(0).busy());
  loop_.Run();  // without memory or code it comes to nothing
  EXPECT_TRUE(pool_->Running().empty());
}

TEST_F(LocalPoolTest, AnEnvironmentInItsInitIsRunningAndBusy) {
  Start("a");
  ASSERT_EQ(pool_->Running().size(), 1u);
  EXPECT_TRUE(pool_->Running().at(0).busy());
  api_.Next();
  loop_.Run();
  EXPECT_FALSE(pool_->Running().at(0).busy());
}

TEST_F(LocalPoolTest, RejectsAnInvocationForNobody) {
  Invoke("nobody");
  EXPECT_THAT(events_.log, ElementsAre("result REJECTED"));
}

TEST_F(LocalPoolTest, RefusesWhatDoesNotFitWhileAllAreBusy) {
  StartReady("a");
  Invoke("a");
  StartReady("b");
  Invoke("b");
  events_.log.clear();
  Start("c");
  EXPECT_THAT(events_.log, ElementsAre("gone c REFUSED"));
  EXPECT_THAT(events_.detail, HasSubstr("256 of 256 MB are reserved"));
}

TEST_F(LocalPoolTest, MakesRoomByStoppingTheOneIdleLongest) {
  StartReady("a");
  loop_.Advance(10ms);
  StartReady("b");
  loop_.Advance(100ms);
  events_.log.clear();
  StartReady("c");
  EXPECT_THAT(events_.log, ElementsAre("gone a MEMORY_PRESSURE", "ready c"));
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

TEST_F(LocalPoolTest, AnEnvironmentInUseYieldsOnceItWasOfUseForASecond) {
  settings_.memory_bytes = int64_t{128} << 20;
  Rebuild();
  StartReady("a");
  Start("b");
  EXPECT_THAT(events_.log, ElementsAre("ready a", "gone b REFUSED"));
  loop_.Advance(980ms);
  Invoke("a");
  api_.Respond("r", "1");
  loop_.Advance(50ms);
  api_.Next();
  loop_.Run();
  events_.log.clear();
  StartReady("b");
  EXPECT_THAT(events_.log, ElementsAre("gone a MEMORY_PRESSURE", "ready b"));
}

TEST_F(LocalPoolTest, EnvironmentsNeverMakeRoomForTheirOwnFunction) {
  settings_.memory_bytes = int64_t{128} << 20;
  Rebuild();
  StartReady("a");
  loop_.Advance(10s);
  events_.log.clear();
  Start("b", 128, "key-a");
  EXPECT_THAT(events_.log, ElementsAre("gone b REFUSED"));
}

TEST_F(LocalPoolTest, OneThatYieldsCountsNoMoreWhileItEnds) {
  Start("a");
  const FakeReply registered =
      api_.AskExtensions("POST", "register", {{{"Lambda-Extension-Name", "inner"}}}, "{\"events\":[\"INVOKE\"]}");
  const std::string identifier((*registered)->headers.Find("Lambda-Extension-Identifier").value_or(""));
  api_.AskExtensions("GET", "event/next", {{{"Lambda-Extension-Identifier", identifier}}});
  api_.Next();
  loop_.Run();
  clock_.Advance(2s);
  Start("b", 256);
  EXPECT_THAT(events_.log, ElementsAre("ready a"));  // it has time to leave
  EXPECT_EQ(pool_->CurrentCapacity().memory_reserved_bytes(), int64_t{256} << 20);
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 1);
}

TEST_F(LocalPoolTest, AFullDiskStopsTheOneIdleLongest) {
  StartReady("a");
  loop_.Advance(10s);
  events_.log.clear();
  factory_.status = absl::ResourceExhaustedError("no 512 MB left for a /tmp");
  Start("b");
  EXPECT_THAT(events_.log, ElementsAre("gone b REFUSED", "gone a MEMORY_PRESSURE"));
}

TEST_F(LocalPoolTest, StopsNobodyForWhatWouldNotFitAnyway) {
  StartReady("a");
  events_.log.clear();
  Start("b", 512);
  EXPECT_THAT(events_.log, ElementsAre("gone b REFUSED"));
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 1);
}

TEST_F(LocalPoolTest, CountsLimitsAgainstTheOversubscribedMemory) {
  settings_.oversubscription_percent = 150;
  Rebuild();
  for (const char* id : {"a", "b", "c"}) {
    StartReady(id);
    Invoke(id);
  }
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 3);
  EXPECT_EQ(pool_->CurrentCapacity().memory_reserved_bytes(), int64_t{384} << 20);
}

TEST_F(LocalPoolTest, StopsWhatHasBeenIdleForTheKeepAliveTime) {
  StartReady("a");
  loop_.Advance(299s);
  EXPECT_THAT(events_.log, ElementsAre("ready a"));
  loop_.Advance(3s);
  EXPECT_THAT(events_.log, ElementsAre("ready a", "gone a IDLE_TIMEOUT"));
}

TEST_F(LocalPoolTest, AProvisionedEnvironmentStaysUntilItIsStopped) {
  StartProvisioned("a");
  loop_.Advance(3600s);
  EXPECT_THAT(events_.log, ElementsAre("ready a"));
  available_ = 1;
  loop_.Advance(10s);
  Start("b", 256);
  EXPECT_THAT(events_.log, ElementsAre("ready a", "gone b REFUSED"));
  pool_->Stop("a");
  loop_.Run();
  EXPECT_EQ(events_.log.back(), "gone a STOPPED");
}

TEST_F(LocalPoolTest, AProvisionedEnvironmentTakesTheRoomOfIdleOnesOfItsOwnFunction) {
  Start("a", 256, "key");
  api_.Next();
  loop_.Run();
  clock_.Advance(2s);
  node::StartEnvironment start = StartOf("b", 128, "key");
  start.mutable_spec()->set_provisioned(true);
  pool_->Start(start);
  loop_.Run();
  EXPECT_EQ(pool_->Running().at(0).environment_id(), "b");
}

TEST_F(LocalPoolTest, StopsIdleEnvironmentsWhenTheMachineRunsShort) {
  StartReady("a");
  StartReady("b");
  Invoke("b");
  events_.log.clear();
  available_ = int64_t{1} << 20;
  loop_.Advance(1s);
  EXPECT_THAT(events_.log, ElementsAre("gone a MEMORY_PRESSURE"));
}

TEST_F(LocalPoolTest, RenewsAnIdentityTokenThatGrowsOld) {
  node::StartEnvironment start = StartOf("e");
  start.mutable_spec()->mutable_identity()->set_token("first");
  start.mutable_spec()->mutable_identity()->set_renew_after_ms(10000);
  pool_->Start(std::move(start));
  loop_.Run();
  EXPECT_EQ(factory_.made.back()->identity_token, "first");
  loop_.Advance(12s);
  EXPECT_THAT(events_.log, testing::Contains("renew e first"));
  node::RenewedIdentity renewed;
  renewed.set_environment_id("e");
  renewed.mutable_identity()->set_token("second");
  pool_->RenewIdentity(renewed);
  loop_.Run();
  EXPECT_EQ(factory_.made.back()->identity_token, "second");
}

TEST_F(LocalPoolTest, SaysWhyAnEnvironmentCouldNotBeSetUp) {
  cache_.status = absl::DataLossError("the package does not match its hash");
  Start("a");
  EXPECT_THAT(events_.log, ElementsAre("gone a FAILED"));
  EXPECT_EQ(events_.detail, "the package does not match its hash");
  EXPECT_EQ(pool_->CurrentCapacity().memory_reserved_bytes(), 0);
}

TEST_F(LocalPoolTest, RefusesWhenTooManyAreBeingStarted) {
  work_.refuse = true;
  Start("a");
  EXPECT_THAT(events_.log, ElementsAre("gone a REFUSED"));
}

TEST_F(LocalPoolTest, RefusesAnIdThatCouldNotNameACgroup) {
  Start("../a");
  EXPECT_THAT(events_.log, ElementsAre("gone ../a FAILED"));
  EXPECT_TRUE(factory_.made.empty());
}

TEST_F(LocalPoolTest, StopsAnEnvironmentThatIsStillBeingMade) {
  work_.hold = true;
  Start("a");
  pool_->Stop("a");
  loop_.Run();
  work_.hold = false;
  work_.Finish();
  loop_.Run();
  EXPECT_THAT(events_.log, ElementsAre("gone a STOPPED"));
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

TEST_F(LocalPoolTest, AnswersAStopOfNobody) {
  pool_->Stop("nobody");
  loop_.Run();
  EXPECT_THAT(events_.log, ElementsAre("gone nobody STOPPED"));
}

TEST_F(LocalPoolTest, ListsWhatRunsAndWhatIsBusy) {
  StartReady("a");
  StartReady("b");
  Invoke("b");
  const auto running = pool_->Running();
  ASSERT_EQ(running.size(), 2u);
  EXPECT_EQ(running[0].key(), "key-a");
  EXPECT_FALSE(running[0].busy());
  EXPECT_TRUE(running[1].busy());
}

TEST_F(LocalPoolTest, EndsEverythingWhenItGoes) {
  StartReady("a");
  Invoke("a");
  pool_.reset();
  EXPECT_THAT(events_.log, ElementsAre("ready a", "result PLATFORM_FAILURE"));
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

class ParkingPoolTest : public LocalPoolTest {
 protected:
  ParkingPoolTest() { RebuildWithParking(); }
  ~ParkingPoolTest() override { pool_.reset(); }
  void RebuildWithParking() {
    pool_.reset();
    const EnvironmentServices services{loop_, work_, timer_, api_, shipper_, clock_};
    pool_ = std::make_unique<LocalEnvironmentPool>(
        settings_, services, provisioner_, random_, [this] { return available_; }, events_, &parked_);
    loop_.Advance(200ms);
  }

  // The fake sandbox reports a use of 37 MiB.
  ParkedPool parked_{
      {.max_parked = 2, .per_kind = 1, .always = {ParkedKind{}}}, factory_, loop_, work_, timer_, clock_};
};

TEST_F(ParkingPoolTest, ParksWhileThereIsRoom) { EXPECT_EQ(parked_.ready(), 1); }

TEST_F(ParkingPoolTest, ParkedOnesAreNotReportedAsReserved) {
  EXPECT_EQ(pool_->CurrentCapacity().memory_reserved_bytes(), 0);
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 0);
}

TEST_F(ParkingPoolTest, ParkedOnesYieldToEnvironments) {
  Start("a");
  EXPECT_EQ(parked_.ready(), 1);
  Start("b");
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 2);
  EXPECT_EQ(parked_.ready(), 0);
  loop_.Advance(10s);
  EXPECT_EQ(parked_.ready(), 0);  // nor do they come back while there is no room
}

TEST_F(ParkingPoolTest, ParkedOnesYieldWhenTheMachineRunsOutOfMemory) {
  available_ = int64_t{100} << 20;
  loop_.Advance(1s);
  EXPECT_EQ(parked_.ready(), 0);
}

TEST_F(ParkingPoolTest, ParkedOnesYieldWhenTheDiskIsFull) {
  factory_.status = absl::ResourceExhaustedError("no disk left");
  Start("a");
  EXPECT_THAT(events_.log, ElementsAre("gone a REFUSED"));
  EXPECT_EQ(parked_.ready(), 0);
}

TEST_F(ParkingPoolTest, AParkedOneGoesForAnEnvironmentItIsOfNoUseTo) {
  settings_.max_environments = 1;
  RebuildWithParking();
  ASSERT_EQ(parked_.ready(), 1);
  Start("a");  // by a provisioner that takes none
  EXPECT_EQ(parked_.ready(), 0);
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 1);
}

TEST_F(ParkingPoolTest, NothingIsParkedBeyondTheMostEnvironments) {
  settings_.max_environments = 1;
  Start("a");
  parked_.GiveUp(1);
  RebuildWithParking();
  Start("b");
  loop_.Advance(10s);
  EXPECT_EQ(parked_.ready(), 0);
}

}  // namespace
}  // namespace hearth::worker
