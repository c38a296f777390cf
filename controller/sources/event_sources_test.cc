#include "controller/sources/event_sources.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

records::EventSource SourceOf(const std::string& id, const std::string& function = "f") {
  records::EventSource source;
  source.set_account("000000000000");
  source.set_id(id);
  source.set_function_name(function);
  source.set_queue_arn("arn:aws:sqs:eu-west-1:000000000000:q");
  source.set_enabled(true);
  return source;
}

class EventSourcesTest : public testing::Test {
 protected:
  SourceState StateOf(const std::string& id) { return sources_.Find("000000000000", id)->state; }
  void Settle(const std::string& id) { sources_.Settled(*sources_.Find("000000000000", id)); }

  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  EventSources sources_{*database_};
};

TEST_F(EventSourcesTest, AreInTransitionUntilTheyAreTakenUp) {
  ASSERT_TRUE(sources_.Create(SourceOf("a")).ok());
  EXPECT_EQ(StateOf("a"), SourceState::kCreating);
  Settle("a");
  EXPECT_EQ(StateOf("a"), SourceState::kEnabled);
  const auto disable = [](records::EventSource& source) {
    source.set_enabled(false);
    return absl::OkStatus();
  };
  EXPECT_EQ(sources_.Update("000000000000", "a", disable)->state, SourceState::kDisabling);
  Settle("a");
  EXPECT_EQ(StateOf("a"), SourceState::kDisabled);
  EXPECT_EQ(sources_.Delete("000000000000", "a")->state, SourceState::kDeleting);
  Settle("a");
  EXPECT_TRUE(absl::IsNotFound(sources_.Find("000000000000", "a").status()));
}

TEST_F(EventSourcesTest, AChangeThatCameMeanwhileIsNotSettled) {
  ASSERT_TRUE(sources_.Create(SourceOf("a")).ok());
  const SourceView seen = *sources_.Find("000000000000", "a");
  ASSERT_TRUE(sources_.Delete("000000000000", "a").ok());
  sources_.Settled(seen);
  EXPECT_EQ(StateOf("a"), SourceState::kDeleting);
}

TEST_F(EventSourcesTest, AQueueHasOneMappingForAFunction) {
  ASSERT_TRUE(sources_.Create(SourceOf("a")).ok());
  const absl::Status twice = sources_.Create(SourceOf("b"));
  EXPECT_TRUE(absl::IsAlreadyExists(twice));
  EXPECT_EQ(twice.message(), "a");
  EXPECT_TRUE(sources_.Create(SourceOf("c", "g")).ok());
}

TEST_F(EventSourcesTest, OutliveTheProcessAndBeginAgain) {
  ASSERT_TRUE(sources_.Create(SourceOf("a")).ok());
  ASSERT_TRUE(sources_.Create(SourceOf("b", "g")).ok());
  ASSERT_TRUE(sources_.Delete("000000000000", "b").ok());
  EventSources later(*database_);
  ASSERT_TRUE(later.Load().ok());
  ASSERT_EQ(later.All().size(), 1u);
  EXPECT_EQ(later.All()[0].state, SourceState::kEnabling);
}

TEST_F(EventSourcesTest, KeepTagsWithoutBeingInTransition) {
  ASSERT_TRUE(sources_.Create(SourceOf("a")).ok());
  sources_.Settled(*sources_.Find("000000000000", "a"));
  const SourceState settled = sources_.Find("000000000000", "a")->state;
  const auto tag = [](EventSources::Tags& tags) {
    tags["team"] = "red";
    return absl::OkStatus();
  };
  ASSERT_TRUE(sources_.UpdateTags("000000000000", "a", tag).ok());
  EXPECT_EQ(sources_.Find("000000000000", "a")->state, settled);
  EventSources later(*database_);
  ASSERT_TRUE(later.Load().ok());
  EXPECT_EQ(*later.TagsOf("000000000000", "a"), (EventSources::Tags{{"team", "red"}}));
  ASSERT_TRUE(sources_.Delete("000000000000", "a").ok());
  EXPECT_TRUE(absl::IsNotFound(sources_.UpdateTags("000000000000", "a", tag)));
  EXPECT_TRUE(absl::IsNotFound(sources_.TagsOf("000000000000", "a").status()));
}

TEST_F(EventSourcesTest, AreListedByWhatIsWanted) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(sources_.Create(SourceOf(id, id)).ok());
  const auto all = [](const records::EventSource&) { return true; };
  EXPECT_EQ(sources_.List("000000000000", "", 2, all).size(), 2u);
  EXPECT_EQ(sources_.List("000000000000", "b", 9, all).at(0).source.id(), "c");
  const auto of_b = [](const records::EventSource& source) { return source.function_name() == "b"; };
  EXPECT_EQ(sources_.List("000000000000", "", 9, of_b).size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
