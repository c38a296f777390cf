#include "worker/artifacts/package_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using testing::ElementsAre;

TEST(PackageTreeTest, NormalisesDotsAndSlashes) {
  EXPECT_EQ(PackageTree::NormalisePath("./a//b/./c/").value(), "a/b/c");
  EXPECT_EQ(PackageTree::NormalisePath("./").value(), "");
  EXPECT_EQ(PackageTree::NormalisePath("..a/b..").value(), "..a/b..");
}

TEST(PackageTreeTest, RefusesNamesThatLeaveThePackage) {
  for (const char* name : {"..", "../a", "a/..", "a/../../b", "/a", "//a", "a\\b", "a\x01", ""}) {
    EXPECT_FALSE(PackageTree::NormalisePath(name).ok()) << name;
  }
}

TEST(PackageTreeTest, NamesTheImpliedDirectoriesOnceOutermostFirst) {
  PackageTree tree;
  EXPECT_THAT(tree.AddFile("a/b/c").value(), ElementsAre("a", "a/b"));
  EXPECT_THAT(tree.AddFile("a/b/d").value(), ElementsAre());
  EXPECT_THAT(tree.AddDirectory("a/e").value(), ElementsAre("a/e"));
}

TEST(PackageTreeTest, NothingLiesBelowAFileOrALink) {
  PackageTree tree;
  ASSERT_TRUE(tree.AddFile("file").ok());
  ASSERT_TRUE(tree.AddLink("link", "target").ok());
  EXPECT_FALSE(tree.AddFile("file/x").ok());
  EXPECT_FALSE(tree.AddFile("link/x").ok());
  EXPECT_FALSE(tree.AddDirectory("link").ok());
}

absl::Status CheckLink(const std::string& path, const std::string& target) {
  PackageTree tree;
  EXPECT_TRUE(tree.AddLink("here", ".").ok());
  EXPECT_TRUE(tree.AddLink("a/b/to_root", "../..").ok());
  EXPECT_TRUE(tree.AddFile("a/file").ok());
  EXPECT_TRUE(tree.AddLink(path, target).ok());
  return tree.CheckLinks();
}

TEST(PackageTreeTest, LinksMayPointAnywhereInside) {
  EXPECT_TRUE(CheckLink("x", "a/file").ok());
  EXPECT_TRUE(CheckLink("a/x", "../a/b/../file").ok());
  EXPECT_TRUE(CheckLink("x", "a/b/to_root/a/file").ok());
  EXPECT_TRUE(CheckLink("x", "missing/thing").ok());
}

TEST(PackageTreeTest, LinksMayNotLeadOutEvenThroughOtherLinks) {
  EXPECT_FALSE(CheckLink("x", "..").ok());
  EXPECT_FALSE(CheckLink("a/x", "../../y").ok());
  EXPECT_FALSE(CheckLink("x", "here/..").ok());
  EXPECT_FALSE(CheckLink("x", "a/b/to_root/..").ok());
  EXPECT_FALSE(CheckLink("x", "missing/../..").ok());
}

TEST(PackageTreeTest, LinksMayNotLeadInCircles) { EXPECT_FALSE(CheckLink("x", "x").ok()); }

}  // namespace
}  // namespace hearth::worker
