#include "controller/sealed_records.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "controller/secrets/local_keyring.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";

class SealedRecordsTest : public testing::Test {
 protected:
  SealedRecordsTest() {
    keyring_ = *LocalKeyring::Open(folder_ + "/keyring", random_);
    envelope_ = std::make_unique<Envelope>(*keyring_, random_);
    records::Account account;
    account.set_id(kAccount);
    EXPECT_TRUE(accounts_.PutAccount(account).ok());
  }
  ~SealedRecordsTest() override { std::filesystem::remove_all(folder_); }

  static std::string NewFolder() {
    std::string pattern = testing::TempDir() + "/hearth-sealed-XXXXXX";
    return mkdtemp(pattern.data());
  }

  records::FunctionVersion Version(const std::string& version) {
    records::FunctionVersion made;
    made.set_account(kAccount);
    made.set_name("hello");
    made.set_version(version);
    made.set_revision_id("revision");
    made.set_environment_key("key of " + version);
    made.set_sealed_environment(*SealEnvironment(*envelope_, {{"NAME", version}}, made));
    return made;
  }
  // A function whose update is in progress, with a version.
  void MakeFunction() {
    records::Function function;
    *function.mutable_latest() = Version("$LATEST");
    *function.mutable_serving() = function.latest();
    ASSERT_TRUE(functions_->Create(std::move(function), Version("1")).ok());
  }
  std::string NameIn(const records::FunctionVersion& version) {
    return OpenEnvironment(*envelope_, version)->at("NAME");
  }

  const std::string folder_ = NewFolder();
  SeededRandom random_{11};
  FakeClock clock_;
  std::unique_ptr<LocalKeyring> keyring_;
  std::unique_ptr<Envelope> envelope_;
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  AccountStore accounts_{*database_};
  const std::unique_ptr<FunctionStore> functions_ =
      *FunctionStore::Open(*database_, catalog_, clock_, int64_t{1} << 30);
};

TEST_F(SealedRecordsTest, FunctionsAndTheirVersionsAreSealedAnewOnce) {
  MakeFunction();
  const std::string old_key = keyring_->CurrentKeyId();
  EXPECT_EQ(*ResealFunctions(accounts_, *functions_, *envelope_), 0);
  ASSERT_TRUE(keyring_->AddKey().ok());
  EXPECT_TRUE(*AnyRecordNames(*database_, old_key));
  EXPECT_EQ(*ResealFunctions(accounts_, *functions_, *envelope_), 2);
  EXPECT_EQ(*ResealFunctions(accounts_, *functions_, *envelope_), 0);
  EXPECT_FALSE(*AnyRecordNames(*database_, old_key));
  ASSERT_TRUE(keyring_->RemoveKey(old_key).ok());
  const records::Function function = *functions_->Get({kAccount, "hello"});
  EXPECT_EQ(NameIn(function.latest()), "$LATEST");
  EXPECT_EQ(NameIn(function.serving()), "$LATEST");
  EXPECT_EQ(NameIn(*functions_->GetVersion({kAccount, "hello"}, 1)), "1");
}

TEST_F(SealedRecordsTest, RevisionsAndEnvironmentsStayWhatTheyWere) {
  MakeFunction();
  ASSERT_TRUE(keyring_->AddKey().ok());
  ASSERT_EQ(*ResealFunctions(accounts_, *functions_, *envelope_), 2);
  const records::Function function = *functions_->Get({kAccount, "hello"});
  EXPECT_EQ(function.latest().revision_id(), "revision");
  EXPECT_EQ(function.latest().environment_key(), "key of $LATEST");
}

}  // namespace
}  // namespace hearth::controller
