#include <gtest/gtest.h>

#include "controller/store/function_store_test_support.h"

namespace hearth::controller {
namespace {

TEST_F(FunctionStoreTest, ListsOnlyTheAccountInPages) {
  for (const char* name : {"a", "b", "c"}) Create(name, "c1");
  const auto first = *store_->List(kHello.account, "", 2);
  ASSERT_EQ(first.size(), 2u);
  const auto second = *store_->List(kHello.account, first.back().latest().name(), 2);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].latest().name(), "c");
  EXPECT_TRUE(store_->List("111111111111", "", 2)->empty());
}

TEST_F(RelativesTest, ListsVersionsByNumberInPages) {
  Edit([&](FunctionEdit& edit) {
    for (int number = 1; number <= 12; ++number) EXPECT_TRUE(edit.PutVersion(Version(std::to_string(number))).ok());
    return absl::OkStatus();
  });
  std::string seen;
  int64_t after = 0;
  while (true) {
    const auto page = *store_->ListVersions(kHello, after, 5);
    for (const records::FunctionVersion& version : page) seen += version.version() + " ";
    if (page.size() < 5) break;
    after = *ParseVersionNumber(page.back().version());
  }
  EXPECT_EQ(seen, "1 2 3 4 5 6 7 8 9 10 11 12 ");
}

TEST_F(FunctionStoreTest, SaysWhichRecordCannotBeRead) {
  WriteBatch batch;
  batch.Put(FunctionKey(kHello.account, "broken"), "\xff\xff\xff");
  ASSERT_TRUE(database_.Write(batch, WriteSync::kSynced).ok());
  const absl::Status status = store_->Get({kHello.account, "broken"}).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(std::string(status.message()).find("broken"), std::string::npos);
}

TEST_F(RelativesTest, ListsAliasesByNameInPages) {
  Edit([&](FunctionEdit& edit) {
    for (const char* name : {"c", "a", "b"}) EXPECT_TRUE(edit.PutAlias(Alias(name, "$LATEST")).ok());
    return absl::OkStatus();
  });
  const auto first = *store_->ListAliases(kHello, "", 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].name() + first[1].name(), "ab");
  const auto second = *store_->ListAliases(kHello, "b", 2);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].name(), "c");
}

}  // namespace
}  // namespace hearth::controller
