#include "controller/store/catalog.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

FunctionVersionPtr Version(const std::string& account, const std::string& name, const std::string& handler) {
  records::FunctionVersion version;
  version.set_account(account);
  version.set_name(name);
  version.set_handler(handler);
  return std::make_shared<const records::FunctionVersion>(std::move(version));
}

TEST(CatalogTest, FindsWhatWasPutLast) {
  Catalog catalog;
  catalog.Put(Version("0", "hello", "old"));
  catalog.Put(Version("0", "hello", "new"));
  EXPECT_EQ(catalog.FindServing("0", "hello", "")->handler(), "new");
  EXPECT_EQ(catalog.FindServing("0", "hello", "$LATEST")->handler(), "new");
}

records::FunctionVersion Published(const std::string& number, const std::string& handler) {
  records::FunctionVersion version = *Version("0", "hello", handler);
  version.set_version(number);
  return version;
}

records::Alias Alias(const std::string& name, const std::string& version, const std::string& additional = "",
                     double weight = 0) {
  records::Alias alias;
  alias.set_name(name);
  alias.set_function_version(version);
  alias.set_additional_version(additional);
  alias.set_additional_weight(weight);
  return alias;
}

class CatalogOfVersionsTest : public testing::Test {
 protected:
  CatalogOfVersionsTest() {
    catalog_.Put(Version("0", "hello", "latest"));
    for (const char* number : {"1", "3", "2"}) catalog_.PutVersion(Published(number, number));
  }
  std::string Find(const std::string& qualifier, double draw = Catalog::kMainVersion) const {
    const FunctionVersionPtr found = catalog_.FindServing("0", "hello", qualifier, draw);
    return found == nullptr ? "none" : found->handler();
  }
  Catalog catalog_;
};

TEST_F(CatalogOfVersionsTest, FindsVersionsByTheirNumberOnly) {
  EXPECT_EQ(Find("1") + Find("2") + Find("3"), "123");
  for (const char* other : {"4", "0", "01", "-1", "1x", "99999999999999999999"}) EXPECT_EQ(Find(other), "none");
}

TEST_F(CatalogOfVersionsTest, UnpacksAVersionOnce) {
  EXPECT_EQ(catalog_.FindServing("0", "hello", "2"), catalog_.FindServing("0", "hello", "2"));
}

TEST_F(CatalogOfVersionsTest, FindsWhatWasPutAfterTheVersionWasUnpacked) {
  EXPECT_EQ(Find("2"), "2");
  catalog_.PutVersion(Published("2", "new"));
  EXPECT_EQ(Find("2"), "new");
}

TEST_F(CatalogOfVersionsTest, FollowsAnAliasWhereItPointsNow) {
  catalog_.PutAlias("0", "hello", Alias("live", "1"));
  EXPECT_EQ(Find("live"), "1");
  catalog_.PutAlias("0", "hello", Alias("live", "$LATEST"));
  EXPECT_EQ(Find("live"), "latest");
  catalog_.EraseAlias("0", "hello", "live");
  EXPECT_EQ(Find("live"), "none");
}

TEST_F(CatalogOfVersionsTest, TheDrawChoosesTheAdditionalVersionBelowItsWeight) {
  catalog_.PutAlias("0", "hello", Alias("live", "1", "2", 0.25));
  EXPECT_EQ(Find("live", 0), "2");
  EXPECT_EQ(Find("live", 0.2499), "2");
  EXPECT_EQ(Find("live", 0.25), "1");
  EXPECT_EQ(Find("live"), "1");
  catalog_.PutAlias("0", "hello", Alias("live", "1", "2", 0));
  EXPECT_EQ(Find("live", 0), "1");
}

TEST_F(CatalogOfVersionsTest, ForgetsAVersionAndWithTheFunctionAll) {
  catalog_.PutAlias("0", "hello", Alias("live", "1"));
  catalog_.EraseVersion("0", "hello", 2);
  EXPECT_EQ(Find("1") + Find("2") + Find("3"), "1none3");
  catalog_.Erase("0", "hello");
  EXPECT_EQ(Find("1") + Find("live"), "nonenone");
}

TEST(CatalogTest, KnowsNoOtherQualifier) {
  Catalog catalog;
  catalog.Put(Version("0", "hello", "a"));
  for (const char* qualifier : {"1", "live", "$latest"})
    EXPECT_EQ(catalog.FindServing("0", "hello", qualifier), nullptr);
}

TEST(CatalogTest, KeepsAccountsApart) {
  Catalog catalog;
  catalog.Put(Version("0", "hello", "a"));
  EXPECT_EQ(catalog.FindServing("1", "hello", ""), nullptr);
}

TEST(CatalogTest, LeavesAVersionToWhoHoldsIt) {
  Catalog catalog;
  catalog.Put(Version("0", "hello", "a"));
  const FunctionVersionPtr held = catalog.FindServing("0", "hello", "");
  catalog.Erase("0", "hello");
  EXPECT_EQ(catalog.FindServing("0", "hello", ""), nullptr);
  EXPECT_EQ(held->handler(), "a");
}

}  // namespace
}  // namespace hearth::controller
