#include "worker/environments/roster.h"

#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

node::EnvironmentSpec SpecOf(const std::string& key, bool provisioned = false) {
  node::EnvironmentSpec spec;
  spec.set_key(key);
  spec.mutable_credentials()->set_expires_ms(77);
  spec.set_provisioned(provisioned);
  return spec;
}

TEST(RosterTest, AddsUpTheLimitsOfWhatLives) {
  Roster roster(1000);
  roster.Announce("a", SpecOf("key"));
  roster.Announce("b", SpecOf("key"));
  roster.Admit("a", 128);
  roster.Admit("b", 256);
  EXPECT_EQ(roster.reserved_bytes(), 384);
  roster.Remove("a");
  roster.Remove("a");
  EXPECT_EQ(roster.CurrentCapacity().memory_reserved_bytes(), 256);
  EXPECT_EQ(roster.CurrentCapacity().memory_bytes(), 1000);
  EXPECT_EQ(roster.CurrentCapacity().environments(), 1);
}

TEST(RosterTest, CallsAnEnvironmentBusyUntilItSaysOtherwise) {
  Roster roster(1000);
  roster.Announce("a", SpecOf("key"));
  EXPECT_TRUE(roster.Running().at(0).busy());
  const auto entry = roster.Admit("a", 128);
  EXPECT_TRUE(roster.Running().at(0).busy());
  entry->busy = false;
  EXPECT_FALSE(roster.Running().at(0).busy());
  EXPECT_EQ(roster.Running().at(0).key(), "key");
  EXPECT_EQ(roster.Running().at(0).credentials_expire_ms(), 77);
}

TEST(RosterTest, TellsTheControllerWhichAreProvisioned) {
  Roster roster(1000);
  roster.Announce("a", SpecOf("key", /*provisioned=*/true));
  roster.Announce("b", SpecOf("key"));
  EXPECT_TRUE(roster.Running().at(0).provisioned());
  EXPECT_FALSE(roster.Running().at(1).provisioned());
}

}  // namespace
}  // namespace hearth::worker
