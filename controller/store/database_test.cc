// One set of claims that every database must meet, and those of the RocksDB one alone.
#include "controller/store/database.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace hearth::controller {
namespace {

std::string NewFolder() {
  std::string pattern = testing::TempDir() + "/hearth-store-XXXXXX";
  return mkdtemp(pattern.data());
}

struct Backend {
  std::string folder;
  std::unique_ptr<Database> database;
  ~Backend() {
    database.reset();
    if (!folder.empty()) std::filesystem::remove_all(folder);
  }
};

std::unique_ptr<Backend> InMemory() {
  auto backend = std::make_unique<Backend>();
  backend->database = MakeMemoryDatabase();
  return backend;
}

std::unique_ptr<Backend> OnDisk() {
  auto backend = std::make_unique<Backend>();
  backend->folder = NewFolder();
  backend->database = *OpenDatabase({.directory = backend->folder + "/db"});
  return backend;
}

class DatabaseTest : public testing::TestWithParam<std::unique_ptr<Backend> (*)()> {
 protected:
  void Put(std::string key, std::string value) {
    WriteBatch batch;
    batch.Put(std::move(key), std::move(value));
    ASSERT_TRUE(database_.Write(batch, WriteSync::kSynced).ok());
  }
  std::vector<std::string> Keys(std::string_view prefix, std::string_view after, size_t limit) {
    std::vector<std::string> keys;
    const std::vector<KeyValue> pairs = *database_.Scan(prefix, after, limit);
    for (const KeyValue& pair : pairs) keys.push_back(pair.key);
    return keys;
  }

  const std::unique_ptr<Backend> backend_ = GetParam()();
  Database& database_ = *backend_->database;
};

INSTANTIATE_TEST_SUITE_P(EveryBackend, DatabaseTest, testing::Values(&InMemory, &OnDisk));

TEST_P(DatabaseTest, ReturnsWhatWasWritten) {
  Put("a", std::string("one\0two", 7));
  EXPECT_EQ(*database_.Get("a"), std::string("one\0two", 7));
}

TEST_P(DatabaseTest, SaysNotFoundForAnAbsentKey) { EXPECT_TRUE(absl::IsNotFound(database_.Get("a").status())); }

TEST_P(DatabaseTest, ReplacesAndDeletesInOneBatch) {
  Put("a", "1");
  Put("b", "1");
  WriteBatch batch;
  batch.Put("a", "2");
  batch.Delete("b");
  ASSERT_TRUE(database_.Write(batch, WriteSync::kBuffered).ok());
  EXPECT_EQ(*database_.Get("a"), "2");
  EXPECT_TRUE(absl::IsNotFound(database_.Get("b").status()));
}

TEST_P(DatabaseTest, ScansOnlyThePrefixInOrder) {
  for (const char* key : {"f/2", "f/10", "e/9", "g/1", "f"}) Put(key, "x");
  EXPECT_EQ(Keys("f/", "", 10), (std::vector<std::string>{"f/10", "f/2"}));
}

TEST_P(DatabaseTest, ScansInPages) {
  for (const char* key : {"f/1", "f/2", "f/3"}) Put(key, "x");
  EXPECT_EQ(Keys("f/", "", 2), (std::vector<std::string>{"f/1", "f/2"}));
  EXPECT_EQ(Keys("f/", "f/2", 2), (std::vector<std::string>{"f/3"}));
}

TEST_P(DatabaseTest, ContinuesAfterAKeyThatIsGone) {
  for (const char* key : {"f/1", "f/3"}) Put(key, "x");
  EXPECT_EQ(Keys("f/", "f/2", 2), (std::vector<std::string>{"f/3"}));
}

class DiskDatabaseTest : public testing::Test {
 protected:
  ~DiskDatabaseTest() override { std::filesystem::remove_all(folder_); }
  DatabaseOptions Options() const { return {.directory = folder_ + "/db", .ballast_bytes = 1 << 20}; }

  const std::string folder_ = NewFolder();
};

TEST_F(DiskDatabaseTest, KeepsSyncedWritesAcrossARestart) {
  {
    const auto database = *OpenDatabase(Options());
    WriteBatch batch;
    batch.Put("a", "1");
    ASSERT_TRUE(database->Write(batch, WriteSync::kSynced).ok());
  }
  EXPECT_EQ(*(*OpenDatabase(Options()))->Get("a"), "1");
}

TEST_F(DiskDatabaseTest, RefusesASecondOpener) {
  const auto database = *OpenDatabase(Options());
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenDatabase(Options()).status()));
}

TEST_F(DiskDatabaseTest, RefusesWritesButNotReadsWhenTheDiskIsNearlyFull) {
  {
    const auto database = *OpenDatabase(Options());
    WriteBatch batch;
    batch.Put("a", "1");
    ASSERT_TRUE(database->Write(batch, WriteSync::kSynced).ok());
  }
  DatabaseOptions options = Options();
  options.min_free_bytes = INT64_MAX / 2;
  const auto database = *OpenDatabase(options);
  WriteBatch batch;
  batch.Put("a", "2");
  EXPECT_TRUE(absl::IsResourceExhausted(database->Write(batch, WriteSync::kSynced)));
  EXPECT_EQ(*database->Get("a"), "1");
}

TEST_F(DiskDatabaseTest, SetsBallastAsideOnceItIsOpen) {
  const auto database = *OpenDatabase(Options());
  EXPECT_EQ(std::filesystem::file_size(folder_ + "/db.ballast"), 1u << 20);
}

}  // namespace
}  // namespace hearth::controller
