// FunctionStore's packages as other owners use them.
#include <gtest/gtest.h>

#include "controller/store/function_store.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";

class SharedCodeTest : public testing::Test {
 protected:
  FakeClock clock_;
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  const std::unique_ptr<FunctionStore> store_ = *FunctionStore::Open(*database_, catalog_, clock_, 100);
};

TEST_F(SharedCodeTest, ChargesUpToTheLimitOfTheAccount) {
  EXPECT_TRUE(store_->ChargeCode(kAccount, 60).ok());
  EXPECT_TRUE(absl::IsOutOfRange(store_->ChargeCode(kAccount, 41)));
  EXPECT_TRUE(store_->ChargeCode("111111111111", 41).ok());
  EXPECT_TRUE(store_->ChargeCode(kAccount, 40).ok());
  EXPECT_EQ(store_->Usage(kAccount).code_bytes, 100);
}

TEST_F(SharedCodeTest, CountsWhatIsThereWithoutALimit) {
  store_->CountCode(kAccount, 150);
  EXPECT_TRUE(absl::IsOutOfRange(store_->ChargeCode(kAccount, 1)));
  store_->CountCode(kAccount, -150);
  EXPECT_EQ(store_->Usage(kAccount).code_bytes, 0);
}

TEST_F(SharedCodeTest, TellsWhatItKnowsOfAPackage) {
  EXPECT_TRUE(absl::IsNotFound(store_->GetCode("a").status()));
  ASSERT_TRUE(store_->ReserveCode("a", 7, 70).ok());
  EXPECT_EQ(store_->GetCode("a")->unzipped_bytes(), 70);
}

TEST_F(SharedCodeTest, RemembersWhenAPackageWasReleased) {
  ASSERT_TRUE(store_->ReserveCode("a", 7, 70).ok());
  clock_.Advance(std::chrono::seconds(5));
  WriteBatch batch;
  ASSERT_TRUE(store_->StageRelease("a", batch).ok());
  ASSERT_TRUE(database_->Write(batch, WriteSync::kSynced).ok());
  EXPECT_EQ(store_->GetCode("a")->released_ms() - store_->GetCode("a")->created_ms(), 5000);
}

}  // namespace
}  // namespace hearth::controller
