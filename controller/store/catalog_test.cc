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
