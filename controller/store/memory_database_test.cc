// What every database must do is in database_test.cc; here is only what the tests' own one promises beside it.
#include <gtest/gtest.h>

#include "controller/store/database.h"

namespace hearth::controller {
namespace {

TEST(MemoryDatabaseTest, SharesNothingWithAnother) {
  const std::unique_ptr<Database> one = MakeMemoryDatabase();
  const std::unique_ptr<Database> other = MakeMemoryDatabase();
  WriteBatch batch;
  batch.Put("a", "1");
  ASSERT_TRUE(one->Write(batch, WriteSync::kSynced).ok());
  EXPECT_TRUE(absl::IsNotFound(other->Get("a").status()));
}

}  // namespace
}  // namespace hearth::controller
