#include "controller/store/account_store.h"

#include <gtest/gtest.h>

#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

class AccountStoreTest : public testing::Test {
 protected:
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  AccountStore accounts_{*database_};
};

TEST_F(AccountStoreTest, ReturnsTheAccountItKeeps) {
  records::Account account;
  account.set_id("000000000000");
  account.set_concurrent_executions(5);
  ASSERT_TRUE(accounts_.PutAccount(account).ok());
  EXPECT_EQ(accounts_.GetAccount("000000000000")->concurrent_executions(), 5);
  EXPECT_TRUE(absl::IsNotFound(accounts_.GetAccount("111111111111").status()));
}

TEST_F(AccountStoreTest, ListsAccessKeysOfEveryAccount) {
  for (const char* id : {"AKIA1", "AKIA2"}) {
    records::AccessKey key;
    key.set_id(id);
    ASSERT_TRUE(accounts_.PutAccessKey(key).ok());
  }
  EXPECT_EQ(accounts_.ListAccessKeys()->size(), 2u);
}

TEST_F(AccountStoreTest, SaysWhichKeyCannotBeRead) {
  WriteBatch batch;
  batch.Put(AccessKeyKey("AKIA1"), "\xff\xff");
  ASSERT_TRUE(database_->Write(batch, WriteSync::kSynced).ok());
  const absl::Status status = accounts_.ListAccessKeys().status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_NE(std::string(status.message()).find("AKIA1"), std::string::npos);
}

TEST_F(AccountStoreTest, MarksANewDatabaseWithItsFormat) {
  ASSERT_TRUE(CheckStorageFormat(*database_).ok());
  EXPECT_EQ(*database_->Get(kFormatKey), kFormatVersion);
  EXPECT_TRUE(CheckStorageFormat(*database_).ok());
}

TEST_F(AccountStoreTest, RefusesADatabaseOfANewerFormat) {
  WriteBatch batch;
  batch.Put(std::string(kFormatKey), "2");
  ASSERT_TRUE(database_->Write(batch, WriteSync::kSynced).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckStorageFormat(*database_)));
}

}  // namespace
}  // namespace hearth::controller
