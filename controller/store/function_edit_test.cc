#include "controller/store/function_edit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "common/limits.h"
#include "controller/store/function_store_test_support.h"

namespace hearth::controller {
namespace {

TEST_F(RelativesTest, ShowsVersionsAndAliasesToInvocationsAndAgainWhenItOpens) {
  Fill();
  EXPECT_EQ(Serving("live") + Serving("2") + Serving("3"), "12none");
  Reopen();
  EXPECT_EQ(Serving("live") + Serving("2") + Serving("3"), "12none");
}

TEST_F(RelativesTest, ReadsBackWhatTheSameStepPut) {
  Edit([&](FunctionEdit& edit) {
    EXPECT_TRUE(edit.PutVersion(Version("1")).ok());
    EXPECT_TRUE(edit.PutAlias(Alias("live", "1")).ok());
    EXPECT_EQ(edit.GetVersion(1)->version(), "1");
    EXPECT_EQ(edit.ListAliases()->size(), 1u);
    EXPECT_TRUE(edit.DeleteVersion(1).ok());
    EXPECT_TRUE(absl::IsNotFound(edit.GetVersion(1).status()));
    return absl::OkStatus();
  });
  EXPECT_EQ(Serving("1"), "none");
}

TEST_F(RelativesTest, KeepsNothingOfAStepThatIsRefused) {
  EXPECT_FALSE(store_
                   ->Edit(kHello,
                          [&](FunctionEdit& edit) {
                            EXPECT_TRUE(edit.PutVersion(Version("1")).ok());
                            return absl::FailedPreconditionError("no");
                          })
                   .ok());
  EXPECT_TRUE(Rows().empty());
  EXPECT_EQ(Serving("1"), "none");
}

TEST_F(RelativesTest, DeletingTheFunctionRemovesEveryRowBelowIt) {
  Create("hello2", "c1");
  Fill();
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_TRUE(Rows().empty());
  EXPECT_EQ(Serving("1") + Serving("live"), "nonenone");
  Create("hello", "c1");
  Reopen();
  EXPECT_EQ(Serving("1") + Serving("live"), "nonenone");
}

TEST_F(RelativesTest, AVersionOrAliasTakesItsPolicyAlong) {
  Fill();
  Edit([&](FunctionEdit& edit) {
    EXPECT_TRUE(edit.DeleteAlias("live").ok());
    return edit.DeleteVersion(1);
  });
  ASSERT_EQ(Rows().size(), 1u);
  EXPECT_EQ(Rows()[0].key, FunctionVersionKey(kHello.account, kHello.name, 2));
}

TEST_F(RelativesTest, TellsOtherRoomsWhatBecameOfTheirRows) {
  std::vector<std::string> told;
  const auto name_of = [](const WriteBatch::Change& row) {
    const RelativeKey key = ParseRelativeKey(row.key).value();
    return fmt::format("{}{}/{}", row.value ? "+" : "-", key.kind, key.qualifier);
  };
  for (int listener = 0; listener < 2; ++listener) {
    store_->AddOnOthers([&](const WriteBatch& rows) {
      for (const WriteBatch::Change& row : rows.changes) {
        if (ParseRelativeKey(row.key)) told.push_back(name_of(row));
      }
    });
  }
  Fill();
  EXPECT_EQ(std::exchange(told, {}), (std::vector<std::string>{"+policy/1", "+policy/1"}));
  Edit([&](FunctionEdit& edit) { return edit.DeleteAlias("live"); });
  EXPECT_EQ(std::exchange(told, {}), (std::vector<std::string>{"-policy/live", "-policy/live"}));
  Edit([&](FunctionEdit& edit) { return edit.DeleteVersion(1); });
  EXPECT_EQ(std::exchange(told, {}), (std::vector<std::string>{"-policy/1", "-policy/1"}));
  Edit([&](FunctionEdit& edit) {
    edit.others.Put(FunctionPolicyKey(kHello.account, kHello.name, "$LATEST"), "policy");
    return absl::OkStatus();
  });
  told.clear();
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_EQ(std::count(told.begin(), told.end(), "-policy/$LATEST"), 2);
}

TEST_F(RelativesTest, RetiresTheEnvironmentsOfDeletedVersions) {
  std::set<std::string> retired;
  store_->SetOnRetired([&](const std::string& key) { retired.insert(key); });
  Fill();
  Edit([&](FunctionEdit& edit) { return edit.DeleteVersion(1); });
  EXPECT_EQ(retired, std::set<std::string>{"key of 1"});
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_TRUE(retired.contains("key of 2"));
}

TEST_F(RelativesTest, RetiresTheEnvironmentsOfAVersionThatIsGivenOthers) {
  std::vector<std::string> retired;
  store_->SetOnRetired([&](const std::string& key) { retired.push_back(key); });
  Fill();
  const auto put = [&](const std::string& key) {
    Edit([&](FunctionEdit& edit) {
      records::FunctionVersion version = Version("1");
      version.set_environment_key(key);
      return edit.PutVersion(version);
    });
  };
  put("key of 1");
  EXPECT_TRUE(retired.empty());
  put("another key");
  EXPECT_EQ(retired, std::vector<std::string>{"key of 1"});
}

TEST_F(RelativesTest, CountsTheCodeOfEveryVersionAlsoWhenItOpensAgain) {
  Fill();
  EXPECT_EQ(store_->Usage(kHello.account).code_bytes, 30);
  Reopen();
  EXPECT_EQ(store_->Usage(kHello.account).code_bytes, 30);
  Edit([&](FunctionEdit& edit) { return edit.DeleteVersion(2); });
  EXPECT_EQ(store_->Usage(kHello.account).code_bytes, 20);
}

TEST_F(RelativesTest, CountsVersionsAndAliasesAlsoWhenItOpensAgain) {
  Fill();
  Reopen();
  EXPECT_EQ(store_->Usage(kHello.account).versions, 2);
  EXPECT_EQ(store_->Usage(kHello.account).aliases, 1);
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_EQ(store_->Usage(kHello.account).versions, 0);
  EXPECT_EQ(store_->Usage(kHello.account).aliases, 0);
}

TEST_F(RelativesTest, RefusesAVersionThatTheCodeStorageCannotHold) {
  Create("big", "c1", kCodeLimit - 15);
  const absl::Status refused =
      store_->Edit(kHello, [&](FunctionEdit& edit) { return edit.PutVersion(Version("1")); }).status();
  EXPECT_TRUE(absl::IsOutOfRange(refused));
}

TEST_F(RelativesTest, RefusesMoreVersionsThanAnAccountMayHave) {
  records::FunctionVersion version = Version("1");
  version.set_code_bytes(0);
  WriteBatch full;
  for (int64_t number = 1; number <= kMaxVersionsPerAccount; ++number) {
    version.set_version(std::to_string(number));
    full.Put(FunctionVersionKey(kHello.account, kHello.name, number), version.SerializeAsString());
  }
  ASSERT_TRUE(database_.Write(full, WriteSync::kBuffered).ok());
  Reopen();
  ASSERT_EQ(store_->Usage(kHello.account).versions, kMaxVersionsPerAccount);
  version.set_version(std::to_string(kMaxVersionsPerAccount + 1));
  const FunctionStore::Step one_more = [&](FunctionEdit& edit) { return edit.PutVersion(version); };
  EXPECT_TRUE(absl::IsOutOfRange(store_->Edit(kHello, one_more).status()));
  Edit([](FunctionEdit& edit) { return edit.DeleteVersion(7); });
  EXPECT_TRUE(store_->Edit(kHello, one_more).ok());
}

TEST_F(RelativesTest, RefusesMoreAliasesThanAnAccountMayHave) {
  WriteBatch full;
  for (int64_t number = 1; number <= kMaxAliasesPerAccount; ++number) {
    const std::string name = fmt::format("alias{}", number);
    full.Put(FunctionAliasKey(kHello.account, kHello.name, name), Alias(name, "$LATEST").SerializeAsString());
  }
  ASSERT_TRUE(database_.Write(full, WriteSync::kBuffered).ok());
  Reopen();
  ASSERT_EQ(store_->Usage(kHello.account).aliases, kMaxAliasesPerAccount);
  const FunctionStore::Step one_more = [&](FunctionEdit& edit) { return edit.PutAlias(Alias("live", "$LATEST")); };
  EXPECT_TRUE(absl::IsOutOfRange(store_->Edit(kHello, one_more).status()));
  Edit([&](FunctionEdit& edit) { return edit.PutAlias(Alias("alias7", "$LATEST")); });  // one that is there
  Edit([](FunctionEdit& edit) { return edit.DeleteAlias("alias7"); });
  EXPECT_TRUE(store_->Edit(kHello, one_more).ok());
}

TEST_F(RelativesTest, KeepsTheCodeOfAVersionUntilTheVersionGoes) {
  Fill();
  ASSERT_TRUE(store_->ReserveCode("c2", 10, 10).ok());
  Edit([](FunctionEdit& edit) {
    edit.function.mutable_latest()->set_code_sha256_hex("c2");
    return absl::OkStatus();
  });
  Reopen();
  clock_.Advance(std::chrono::hours(1));
  EXPECT_TRUE(Sweep(std::chrono::seconds(60)).empty());
  Edit([](FunctionEdit& edit) {
    EXPECT_TRUE(edit.DeleteVersion(1).ok());
    return edit.DeleteVersion(2);
  });
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Sweep(std::chrono::seconds(60)), std::vector<std::string>{"c1"});
}

TEST_F(RelativesTest, TellsReservationsWhenTheyChangeAndOnesThatStand) {
  const auto reserve = [&](int64_t reserved) {
    Edit([&](FunctionEdit& edit) {
      edit.function.set_reserved_concurrency(reserved);
      return absl::OkStatus();
    });
  };
  reserve(7);
  EXPECT_EQ(store_->Usage(kHello.account).reserved_concurrency, 7);
  Reopen();
  std::vector<std::optional<int64_t>> told;
  store_->SetOnReserved([&](const FunctionId&, std::optional<int64_t> reserved) { told.push_back(reserved); });
  reserve(0);
  reserve(0);
  ASSERT_TRUE(store_->Delete(kHello).ok());
  EXPECT_EQ(told, (std::vector<std::optional<int64_t>>{7, 0, std::nullopt}));
  EXPECT_EQ(store_->Usage(kHello.account).reserved_concurrency, 0);
}

}  // namespace
}  // namespace hearth::controller
