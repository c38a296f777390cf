#include "worker/environments/provisioner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "worker/environments/fake_loop.h"
#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {
namespace {

class ProvisionerTest : public testing::Test {
 protected:
  ProvisionerTest() { std::filesystem::create_directories(root_); }
  ~ProvisionerTest() override { std::filesystem::remove_all(root_); }

  absl::StatusOr<ProvisionedSandbox> Provision() {
    node::EnvironmentSpec spec;
    spec.set_runtime("provided.al2023");
    spec.set_memory_mb(128);
    spec.set_code_sha256("code");
    for (const char* layer : layers_) spec.add_layers()->set_code_sha256(layer);
    absl::StatusOr<ProvisionedSandbox> made = absl::UnknownError("not called back");
    provisioner_.Provision("env-1", spec, "stream", [&](auto result) { made = std::move(result); });
    loop_.Run();
    return made;
  }

  std::vector<const char*> layers_;
  const std::string root_ = testing::TempDir() + "/provisioner_" + std::to_string(getpid());
  FakeClock clock_;
  FakeLoop loop_{clock_};
  FakeWork work_{loop_};
  FakeSandboxFactory factory_;
  FakeArtifactCache cache_{root_};
  Provisioner provisioner_{"/nowhere", cache_, factory_, work_, clock_};
};

TEST_F(ProvisionerTest, StartsTheRuntimeWithTheCpuQuotaLifted) {
  std::ofstream(root_ + "/bootstrap") << "x";
  chmod((root_ + "/bootstrap").c_str(), 0755);
  const ProvisionedSandbox made = Provision().value();
  EXPECT_EQ(made.start.generation, 1);
  EXPECT_TRUE(factory_.made.at(0)->burst);
  EXPECT_THAT(factory_.made.at(0)->started.at(0).arguments, testing::ElementsAre("/var/task/bootstrap"));
  EXPECT_THAT(factory_.made.at(0)->started.at(0).environment, testing::Contains("AWS_LAMBDA_LOG_STREAM_NAME=stream"));
}

TEST_F(ProvisionerTest, GivesTheSandboxTheLayersInTheirOrder) {
  layers_ = {"a", "b"};
  const ProvisionedSandbox made = Provision().value();
  EXPECT_THAT(cache_.acquired, testing::ElementsAre("code", "a", "b"));
  EXPECT_EQ(made.packages.size(), 3U);
  EXPECT_THAT(factory_.made.at(0)->spec.layer_directories, testing::ElementsAre(root_, root_));
}

TEST_F(ProvisionerTest, MakesTheSandboxOfAPackageWithoutBootstrapAndStartsNothing) {
  const ProvisionedSandbox made = Provision().value();
  EXPECT_TRUE(made.choice.failure);
  EXPECT_TRUE(factory_.made.at(0)->started.empty());
}

class ParkedProvisionerTest : public ProvisionerTest {
 protected:
  ParkedProvisionerTest() {
    std::ofstream(root_ + "/bootstrap") << "x";
    chmod((root_ + "/bootstrap").c_str(), 0755);
    parked_.SetRoom([](int64_t) { return true; });
    parked_.Tick();
    loop_.Advance(std::chrono::milliseconds(100));
  }
  absl::StatusOr<ProvisionedSandbox> Provision() {
    node::EnvironmentSpec spec;
    spec.set_runtime("provided.al2023");
    spec.set_memory_mb(192);
    spec.set_ephemeral_storage_mb(512);
    for (const char* layer : layers_) spec.add_layers()->set_code_sha256(layer);
    absl::StatusOr<ProvisionedSandbox> made = absl::UnknownError("not called back");
    with_parked_.Provision("env-1", spec, "stream", [&](auto result) { made = std::move(result); });
    loop_.Run();
    return made;
  }

  DeadlineTimer timer_{loop_, clock_};
  ParkedPool parked_{
      {.max_parked = 1, .per_kind = 1, .always = {ParkedKind{}}}, factory_, loop_, work_, timer_, clock_};
  Provisioner with_parked_{"/nowhere", cache_, factory_, work_, clock_, false, &parked_};
};

TEST_F(ParkedProvisionerTest, GivesTheCodeToAParkedSandboxThatFits) {
  const ProvisionedSandbox made = Provision().value();
  EXPECT_EQ(factory_.made.size(), 1U);
  EXPECT_EQ(factory_.assigned.at(0).task_directory, root_);
  EXPECT_EQ(factory_.assigned.at(0).memory_bytes, int64_t{192} << 20);
  EXPECT_THAT(factory_.made.at(0)->started.at(0).arguments, testing::ElementsAre("/var/task/bootstrap"));
  EXPECT_EQ(made.start.generation, 1);
}

TEST_F(ParkedProvisionerTest, MakesASandboxWhereTheParkedOneIsOfNoUse) {
  factory_.assign_status = absl::InternalError("no mount");
  const ProvisionedSandbox made = Provision().value();
  EXPECT_EQ(made.start.generation, 1);
  EXPECT_EQ(factory_.made.size(), 2U);
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
  EXPECT_FALSE(factory_.made.at(1)->spec.parked);
}

TEST_F(ParkedProvisionerTest, MakesASandboxWhereTheParkedOneTakesNoRuntime) {
  factory_.made.at(0)->start_status = absl::UnavailableError("init is gone");
  const ProvisionedSandbox made = Provision().value();
  EXPECT_EQ(made.start.status, absl::OkStatus());
  EXPECT_EQ(factory_.made.size(), 2U);
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

TEST_F(ParkedProvisionerTest, GivesTheCodeOfExtensionsToAParkedSandboxAndStartsNothing) {
  std::filesystem::create_directories(root_ + "/extensions");
  std::ofstream(root_ + "/extensions/watcher") << "x";
  chmod((root_ + "/extensions/watcher").c_str(), 0755);
  layers_ = {"layer"};
  const ProvisionedSandbox made = Provision().value();
  EXPECT_EQ(factory_.made.size(), 1U);
  EXPECT_THAT(factory_.assigned.at(0).layer_directories, testing::ElementsAre(root_));
  EXPECT_THAT(made.extensions, testing::ElementsAre("watcher"));
  EXPECT_TRUE(factory_.made.at(0)->started.empty());
}

TEST_F(ParkedProvisionerTest, TakesNoParkedOneForLayersThatAreNotThere) {
  layers_ = {"layer"};
  cache_.status = absl::NotFoundError("no such package");
  EXPECT_EQ(Provision().status(), cache_.status);
  EXPECT_EQ(parked_.ready(), 1);
}

TEST_F(ParkedProvisionerTest, PutsTheParkedOneAwayWhenThereIsNoCode) {
  cache_.status = absl::NotFoundError("no such package");
  EXPECT_EQ(Provision().status(), cache_.status);
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

TEST_F(ProvisionerTest, PassesOnWhatWentWrong) {
  factory_.status = absl::UnavailableError("the launcher is gone");
  EXPECT_EQ(Provision().status(), factory_.status);
  cache_.status = absl::NotFoundError("no such package");
  EXPECT_EQ(Provision().status(), cache_.status);
  work_.refuse = true;
  EXPECT_EQ(Provision().status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace hearth::worker
