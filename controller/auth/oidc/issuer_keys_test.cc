#include "controller/auth/oidc/issuer_keys.h"

#include <gtest/gtest.h>

#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class IssuerKeysTest : public testing::Test {
 protected:
  std::unique_ptr<IssuerKeys> Open() { return *IssuerKeys::Open(*database_, envelope_, clock_); }
  static std::string SignerOf(const IssuerKeys& keys) {
    return Jwt::Parse(keys.Sign(Json(Json::Object{{"sub", "x"}})))->HeaderText("kid");
  }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
};

TEST_F(IssuerKeysTest, SignWhatTheyPublishTheKeyOf) {
  const std::unique_ptr<IssuerKeys> keys = Open();
  const std::optional<Jwt> token = Jwt::Parse(keys->Sign(Json(Json::Object{{"sub", "x"}})));
  EXPECT_TRUE(keys->Published().Verifies(*token));
  EXPECT_EQ(token->HeaderText("kid"), keys->Ids().front());
}

TEST_F(IssuerKeysTest, AreTheSameAfterARestart) {
  const std::string before = SignerOf(*Open());
  EXPECT_EQ(SignerOf(*Open()), before);
}

TEST_F(IssuerKeysTest, LieSealed) {
  Open();
  const std::vector<KeyValue> rows = *database_->Scan("issuer-key/", "", 10);
  ASSERT_EQ(rows.size(), 1u);
  wrapping_.current = "another";
  EXPECT_EQ(*Open()->Reseal(), 1);
  EXPECT_EQ(*Open()->Reseal(), 0);
}

TEST_F(IssuerKeysTest, PublishANewKeyBeforeItSigns) {
  const std::unique_ptr<IssuerKeys> keys = Open();
  const std::string first = SignerOf(*keys);
  clock_.Advance(hours(1));
  const std::string second = *keys->Rotate();
  EXPECT_EQ(keys->Ids(), (std::vector<std::string>{first, second}));
  EXPECT_EQ(SignerOf(*keys), first);
  clock_.Advance(IssuerKeys::kPublishAhead);
  EXPECT_EQ(SignerOf(*keys), second);
}

TEST_F(IssuerKeysTest, KeepAnOldKeyAsLongAsATokenOfItMayBeGood) {
  const std::unique_ptr<IssuerKeys> keys = Open();
  const std::string second = *keys->Rotate();
  clock_.Advance(IssuerKeys::kKeepFor);
  ASSERT_TRUE(keys->Tick().ok());
  EXPECT_EQ(keys->Ids().size(), 2u);
  clock_.Advance(IssuerKeys::kPublishAhead + minutes(1));
  ASSERT_TRUE(keys->Tick().ok());
  EXPECT_EQ(keys->Ids(), std::vector<std::string>{second});
  EXPECT_EQ(Open()->Ids(), std::vector<std::string>{second});
}

TEST_F(IssuerKeysTest, AreRenewedByAge) {
  const std::unique_ptr<IssuerKeys> keys = Open();
  clock_.Advance(IssuerKeys::kRenewAfter);
  ASSERT_TRUE(keys->Tick().ok());
  EXPECT_EQ(keys->Ids().size(), 1u);
  clock_.Advance(minutes(1));
  ASSERT_TRUE(keys->Tick().ok());
  EXPECT_EQ(keys->Ids().size(), 2u);
}

TEST_F(IssuerKeysTest, AreBounded) {
  const std::unique_ptr<IssuerKeys> keys = Open();
  while (keys->Ids().size() < IssuerKeys::kMaxKeys) ASSERT_TRUE(keys->Rotate().ok());
  EXPECT_TRUE(absl::IsResourceExhausted(keys->Rotate().status()));
}

}  // namespace
}  // namespace hearth::controller
