#include "worker/artifacts/artifact_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "common/crypto.h"
#include "common/errors.h"
#include "common/packages/extract_client.h"
#include "worker/artifacts/package_writer.h"

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

// A zip with one file "main.py" of `size_bytes` equal characters.
std::string MakeZip(char fill, int size_bytes) {
  const std::string script =
      "import sys,zipfile,io; b=io.BytesIO(); z=zipfile.ZipFile(b,'w',8); z.writestr('main.py', '" +
      std::string(1, fill) + "'*" + std::to_string(size_bytes) + "); z.close(); sys.stdout.buffer.write(b.getvalue())";
  FILE* output = popen(("python3 -c \"" + script + "\"").c_str(), "r");
  std::string zip;
  char buffer[4096];
  for (size_t count = 0; (count = fread(buffer, 1, sizeof(buffer), output)) > 0;) zip.append(buffer, count);
  pclose(output);
  return zip;
}

class FakeFetcher final : public ArtifactFetcher {
 public:
  absl::Status Fetch(const std::string& code_sha256, int file_descriptor) override {
    ++fetches;
    std::this_thread::sleep_for(delay);
    if (!failure.ok()) return failure;
    const std::string& content = packages.at(code_sha256);
    return PackageWriter::WriteAll(file_descriptor, content.data(), content.size());
  }
  std::string Offer(const std::string& zip) {
    const std::string hash = Sha256Hex(zip);
    packages[hash] = zip;
    return hash;
  }

  std::map<std::string, std::string> packages;
  std::atomic<int> fetches{0};
  std::chrono::milliseconds delay{0};
  absl::Status failure;
};

class ArtifactCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-artifact-cache-test-XXXXXX";
    base_ = mkdtemp(pattern);
    fs::permissions(base_, fs::perms(0755));
  }
  void TearDown() override { fs::remove_all(base_); }

  std::unique_ptr<ArtifactCache> Open(int64_t max_bytes = int64_t{1} << 30) {
    absl::StatusOr<std::unique_ptr<ArtifactCache>> cache = ArtifactCache::Open(
        {.directory = base_ / "cache", .extract_binary = HEARTH_EXTRACT_BINARY, .max_bytes = max_bytes}, fetcher_);
    EXPECT_TRUE(cache.ok()) << cache.status();
    return std::move(*cache);
  }

  std::set<std::string> Packages() const {
    std::set<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(base_ / "cache")) {
      if (entry.is_directory()) names.insert(entry.path().filename());
    }
    return names;
  }

  fs::path base_;
  FakeFetcher fetcher_;
};

TEST_F(ArtifactCacheTest, UnpacksAPackageForEveryUidToRead) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  const auto cache = Open();
  const auto lease = cache->Acquire(hash);
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_EQ(ReadFile(fs::path((*lease)->directory()) / "main.py"), "xxx");
  struct stat directory {};
  ASSERT_EQ(stat((*lease)->directory().c_str(), &directory), 0);
  EXPECT_EQ(directory.st_mode & 07777, 0755u);
  EXPECT_EQ(directory.st_uid, geteuid());
}

TEST_F(ArtifactCacheTest, FetchesOnceForAllWhoAskTogether) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  fetcher_.delay = std::chrono::milliseconds(100);
  const auto cache = Open();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { good += cache->Acquire(hash).ok() ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 16);
  EXPECT_EQ(fetcher_.fetches, 1);
}

TEST_F(ArtifactCacheTest, TellsAllWhoAskTogetherOfAFailureAndTriesAgainNextTime) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  fetcher_.delay = std::chrono::milliseconds(100);
  fetcher_.failure = absl::UnavailableError("no controller");
  const auto cache = Open();
  std::vector<std::thread> threads;
  std::atomic<int> unavailable{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { unavailable += absl::IsUnavailable(cache->Acquire(hash).status()) ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unavailable, 4);
  fetcher_.failure = absl::OkStatus();
  EXPECT_TRUE(cache->Acquire(hash).ok());
}

TEST_F(ArtifactCacheTest, RefusesBytesThatDoNotMatchTheHash) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  fetcher_.packages[hash][40] ^= 1;
  const auto cache = Open();
  EXPECT_TRUE(absl::IsDataLoss(cache->Acquire(hash).status()));
  EXPECT_TRUE(Packages().empty());
}

TEST_F(ArtifactCacheTest, ARefusedArchiveLeavesNothingBehind) {
  const std::string hash = fetcher_.Offer("this is no archive at all, whatever its name may say");
  const auto cache = Open();
  EXPECT_TRUE(absl::IsInvalidArgument(cache->Acquire(hash).status()));
  EXPECT_TRUE(Packages().empty());
}

TEST_F(ArtifactCacheTest, RefusesNamesThatAreNoHashes) {
  const auto cache = Open();
  for (const std::string& name : {std::string("../evil"), std::string(64, 'A'), std::string(63, 'a'), std::string()}) {
    EXPECT_TRUE(absl::IsInvalidArgument(cache->Acquire(name).status())) << name;
  }
  EXPECT_EQ(fetcher_.fetches, 0);
}

TEST_F(ArtifactCacheTest, RemovesTheLeastRecentlyUsedPackagePastTheLimit) {
  const std::string a = fetcher_.Offer(MakeZip('a', 100000));
  const std::string b = fetcher_.Offer(MakeZip('b', 100000));
  const std::string c = fetcher_.Offer(MakeZip('c', 100000));
  const auto cache = Open(250000);
  ASSERT_TRUE(cache->Acquire(a).ok());
  ASSERT_TRUE(cache->Acquire(b).ok());
  ASSERT_TRUE(cache->Acquire(a).ok());
  ASSERT_TRUE(cache->Acquire(c).ok());
  EXPECT_EQ(Packages(), (std::set<std::string>{a, c}));
}

TEST_F(ArtifactCacheTest, KeepsALeasedPackageWhateverTheLimit) {
  const std::string a = fetcher_.Offer(MakeZip('a', 100000));
  const std::string b = fetcher_.Offer(MakeZip('b', 100000));
  const auto cache = Open(1);
  const auto lease = cache->Acquire(a);
  ASSERT_TRUE(lease.ok());
  { ASSERT_TRUE(cache->Acquire(b).ok()); }
  EXPECT_TRUE(Packages().contains(a));
}

TEST_F(ArtifactCacheTest, ALeaseOutlivesTheCache) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  auto cache = Open();
  auto lease = cache->Acquire(hash);
  ASSERT_TRUE(lease.ok());
  cache.reset();
  EXPECT_TRUE(fs::exists((*lease)->directory()));
}

TEST_F(ArtifactCacheTest, RemembersItsPackagesAfterARestart) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  { ASSERT_TRUE(Open()->Acquire(hash).ok()); }
  const auto cache = Open();
  ASSERT_TRUE(cache->Acquire(hash).ok());
  EXPECT_EQ(fetcher_.fetches, 1);
}

TEST_F(ArtifactCacheTest, ForgetsItsPackagesAfterAReboot) {
  const std::string hash = fetcher_.Offer(MakeZip('x', 3));
  { ASSERT_TRUE(Open()->Acquire(hash).ok()); }
  std::ofstream(base_ / "cache" / "boot") << "another boot\n";
  const auto cache = Open();
  EXPECT_TRUE(Packages().empty());
}

TEST_F(ArtifactCacheTest, RemovesWhatACrashLeftBehind) {
  { Open(); }
  fs::create_directories(base_ / "cache" / "new-7" / "deep");
  fs::create_directories(base_ / "cache" / "old-3");
  Open();
  EXPECT_TRUE(Packages().empty());
}

TEST_F(ArtifactCacheTest, TwoProcessesDoNotShareADirectory) {
  const auto cache = Open();
  const auto second =
      ArtifactCache::Open({.directory = base_ / "cache", .extract_binary = HEARTH_EXTRACT_BINARY}, fetcher_);
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
}

TEST_F(ArtifactCacheTest, SurvivesManyThreadsAndATightLimit) {
  std::vector<std::string> hashes;
  for (const char fill : {'a', 'b', 'c', 'd', 'e'}) hashes.push_back(fetcher_.Offer(MakeZip(fill, 50000)));
  const auto cache = Open(120000);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 40; ++round) {
        const size_t which = static_cast<size_t>(thread * 7 + round * 3) % hashes.size();
        const auto lease = cache->Acquire(hashes[which]);
        const bool good = lease.ok() && ReadFile(fs::path((*lease)->directory()) / "main.py") ==
                                            std::string(50000, static_cast<char>('a' + which));
        wrong += good ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace hearth::worker
