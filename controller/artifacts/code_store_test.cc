#include "controller/artifacts/code_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;

class CodeStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-code-store-test-XXXXXX";
    base_ = mkdtemp(pattern);
  }
  void TearDown() override { fs::remove_all(base_); }

  CodeStore Open(int64_t min_free_bytes = 0) {
    absl::StatusOr<CodeStore> store = CodeStore::Open(base_ / "code", min_free_bytes);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  fs::path PathOf(const std::string& hash) const { return base_ / "code" / hash.substr(0, 2) / hash; }
  int FilesBelow(const fs::path& folder) const {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) files += entry.is_regular_file() ? 1 : 0;
    return files;
  }

  fs::path base_;
};

TEST_F(CodeStoreTest, ReadsWhatWasPutUnderItsHash) {
  CodeStore store = Open();
  const absl::StatusOr<std::string> hash = store.Put("package");
  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_EQ(*hash, Sha256Hex("package"));
  EXPECT_EQ(store.Read(*hash).value(), "package");
  EXPECT_TRUE(store.OpenBlob(*hash).ok());
}

TEST_F(CodeStoreTest, KeepsOneCopyOfTheSamePackage) {
  CodeStore store = Open();
  ASSERT_TRUE(store.Put("package").ok());
  ASSERT_TRUE(store.Put("package").ok());
  EXPECT_EQ(FilesBelow(base_), 1);
}

TEST_F(CodeStoreTest, NobodyElseMayReadIt) {
  ASSERT_TRUE(Open().Put("package").ok());
  EXPECT_EQ(fs::status(base_ / "code").permissions(), fs::perms::owner_all);
}

TEST_F(CodeStoreTest, FindsOutThatAPackageIsDamagedAndAnUploadMendsIt) {
  CodeStore store = Open();
  const std::string hash = store.Put("package").value();
  std::ofstream(PathOf(hash), std::ios::trunc) << "pbckage";
  EXPECT_TRUE(absl::IsDataLoss(store.Read(hash).status()));
  ASSERT_TRUE(store.Put("package").ok());
  EXPECT_EQ(store.Read(hash).value(), "package");
}

TEST_F(CodeStoreTest, FindsOutThatAPackageIsCutOff) {
  CodeStore store = Open();
  const std::string hash = store.Put("package").value();
  fs::resize_file(PathOf(hash), 3);
  EXPECT_TRUE(absl::IsDataLoss(store.Read(hash).status()));
}

TEST_F(CodeStoreTest, KnowsNothingOfOtherNames) {
  const CodeStore store = Open();
  std::ofstream(base_ / "secret") << "x";
  for (const std::string& name :
       {std::string(64, '0'), std::string("../secret"), std::string(), std::string(64, '/')}) {
    EXPECT_TRUE(absl::IsNotFound(store.Read(name).status())) << name;
  }
}

TEST_F(CodeStoreTest, ForgetsWhatWasRemoved) {
  CodeStore store = Open();
  const std::string hash = store.Put("package").value();
  ASSERT_TRUE(store.Remove(hash).ok());
  EXPECT_TRUE(absl::IsNotFound(store.Read(hash).status()));
  EXPECT_TRUE(absl::IsNotFound(store.Remove(hash)));
}

TEST_F(CodeStoreTest, RefusesPackagesWhenTheDiskIsNearlyFull) {
  CodeStore store = Open(int64_t{1} << 60);
  EXPECT_TRUE(absl::IsResourceExhausted(store.Put("package").status()));
  EXPECT_EQ(FilesBelow(base_), 0);
}

#if defined(HEARTH_FAILPOINTS)
// Run by the test below in a process of its own: failpoints are armed when a process first meets one.
TEST(CodeStoreCrashTest, DISABLED_PutsOnePackageWhereTheEnvironmentSays) {
  absl::StatusOr<CodeStore> store = CodeStore::Open(getenv("CODE_STORE_TEST_DIRECTORY"), 0);
  ASSERT_TRUE(store.ok());
  store->Put("package").IgnoreError();
}

TEST_F(CodeStoreTest, ACrashLeavesAWholePackageOrNone) {
  const std::string hash = Sha256Hex("package");
  for (const std::string point :
       {"code_store.before_sync", "code_store.before_rename", "code_store.before_folder_sync"}) {
    const std::string command = "HEARTH_FAILPOINT=" + point +
                                "=abort CODE_STORE_TEST_DIRECTORY=" + (base_ / "code").string() + " exec " +
                                fs::read_symlink("/proc/self/exe").string() +
                                " --gtest_also_run_disabled_tests --gtest_filter='*DISABLED_PutsOne*' >/dev/null 2>&1";
    const int wait_status = system(command.c_str());
    ASSERT_TRUE(WIFSIGNALED(wait_status)) << point;
    CodeStore store = Open();
    const absl::StatusOr<std::string> found = store.Read(hash);
    EXPECT_TRUE(found.ok() || absl::IsNotFound(found.status())) << point << found.status();
    EXPECT_EQ(FilesBelow(base_ / "code" / "unfinished"), 0) << point;
    ASSERT_TRUE(store.Put("package").ok());
    ASSERT_TRUE(store.Remove(hash).ok());
  }
}
#endif

}  // namespace
}  // namespace hearth::controller
