#include "worker/sandbox/launcher.h"

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

constexpr UidRange kUids{200000, 4096};

launcher::Create GoodCreate() {
  launcher::Create create;
  create.set_id("env-1");
  create.set_memory_bytes(128 << 20);
  create.set_tmp_bytes(512 << 20);
  create.set_task_directory("/var/lib/hearth/code/abc");
  create.set_identity_owner(990);
  return create;
}

TEST(LauncherTest, AcceptsAnOrdinaryRequest) { EXPECT_TRUE(CheckCreate(GoodCreate(), kUids).ok()); }

TEST(LauncherTest, RefusesIdsThatCouldNameAnotherCgroup) {
  for (const std::string& id : {std::string(), std::string("../x"), std::string("a/b"), std::string("_ice"),
                                std::string("A"), std::string("a\0b", 3), std::string(65, 'a')}) {
    launcher::Create create = GoodCreate();
    create.set_id(id);
    EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids))) << id;
  }
}

TEST(LauncherTest, RefusesMemoryOutsideTheRange) {
  for (const int64_t bytes : {int64_t{-1}, int64_t{0}, int64_t{1} << 50}) {
    launcher::Create create = GoodCreate();
    create.set_memory_bytes(bytes);
    EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids))) << bytes;
  }
}

TEST(LauncherTest, RefusesATmpOutsideTheRange) {
  launcher::Create create = GoodCreate();
  create.set_tmp_bytes(0);
  EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids)));
}

TEST(LauncherTest, RefusesARelativeTaskDirectory) {
  launcher::Create create = GoodCreate();
  create.set_task_directory("code");
  EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids)));
}

TEST(LauncherTest, OnlyAnOrdinaryHostUserOwnsAnIdentityToken) {
  for (const uint32_t owner : {0u, 200000u, 204095u}) {
    launcher::Create create = GoodCreate();
    create.set_identity_owner(owner);
    EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids))) << owner;
  }
  launcher::Create create = GoodCreate();
  create.set_identity_owner(204096);
  EXPECT_TRUE(CheckCreate(create, kUids).ok());
}

TEST(LauncherTest, AParkedSandboxHasNoCodeYet) {
  launcher::Create create = GoodCreate();
  create.set_parked(true);
  EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids)));
  create.clear_task_directory();
  EXPECT_TRUE(CheckCreate(create, kUids).ok());
  create.add_layer_directories("/var/lib/hearth/code/layer");
  EXPECT_TRUE(absl::IsInvalidArgument(CheckCreate(create, kUids)));
}

TEST(LauncherTest, ChecksAnAssignAsItChecksACreate) {
  launcher::Assign good;
  good.set_id("env-1");
  good.set_memory_bytes(128 << 20);
  good.set_task_directory("/var/lib/hearth/code/abc");
  EXPECT_TRUE(CheckAssign(good).ok());
  launcher::Assign assign = good;
  assign.clear_task_directory();
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAssign(assign)));
  assign = good;
  assign.set_id("../x");
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAssign(assign)));
  assign = good;
  assign.set_memory_bytes(int64_t{1} << 50);
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAssign(assign)));
  assign = good;
  assign.set_runtime_directory("python");
  EXPECT_TRUE(absl::IsInvalidArgument(CheckAssign(assign)));
}

TEST(LauncherTest, NeverGivesASandboxTheUidOfAHostUser) {
  EXPECT_FALSE(CheckUidRange({0, 100}).ok());
  EXPECT_FALSE(CheckUidRange({999, 100}).ok());
  EXPECT_FALSE(CheckUidRange({UINT32_MAX - 10, 100}).ok());
  EXPECT_TRUE(CheckUidRange({200000, 4096}).ok());
}

}  // namespace
}  // namespace hearth::worker
