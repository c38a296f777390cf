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
