#include "controller/observe/log_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAccount[] = "000000000000";
constexpr char kGroup[] = "/aws/lambda/hello";
constexpr char kStream[] = "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef";

class LogStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-log-store-test-XXXXXX";
    base_ = mkdtemp(pattern);
    options_.directory = base_ / "logs";
    options_.min_free_bytes = 0;
    Reopen();
  }
  void TearDown() override {
    store_.reset();
    fs::remove_all(base_);
  }

  void Reopen() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<LogStore>> store = LogStore::Open(options_, clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  void Write(const std::string& stream, std::vector<std::pair<int64_t, std::string>> events,
             const std::string& group = kGroup) {
    node::LogBatch batch;
    batch.set_account(kAccount);
    batch.set_log_group(group);
    batch.set_log_stream(stream);
    for (const auto& [time_ms, text] : events) {
      node::LogRecord& record = *batch.add_records();
      record.set_time_us(time_ms * 1000);
      record.set_source(node::LogRecord::FUNCTION);
      record.set_text(text);
    }
    const absl::Status written = store_->Append(batch);
    ASSERT_TRUE(written.ok()) << written;
  }

  std::shared_ptr<LogGroup> Group(const std::string& name = kGroup) {
    return store_->FindGroup(kAccount, name).value();
  }

  std::vector<std::string> Messages(const LogEventQuery& query, const std::string& group = kGroup) {
    std::vector<std::string> messages;
    const absl::StatusOr<LogEventPage> page = Group(group)->Events(query);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const LogEvent& event : page->events) messages.push_back(event.message);
    return messages;
  }

  // All events in pages of `limit`, following the positions.
  std::vector<std::string> MessagesByPages(LogEventQuery query, size_t limit) {
    std::vector<std::string> messages;
    query.limit = limit;
    for (;;) {
      const LogEventPage page = Group()->Events(query).value();
      for (const LogEvent& event : page.events) messages.push_back(event.message);
      if (page.events.empty() || !page.more) return messages;
      query.after = page.events.back().position;
    }
  }

  std::vector<fs::path> Files(const std::string& extension) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(base_)) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  fs::path base_;
  FakeClock clock_;
  LogStoreOptions options_;
  std::unique_ptr<LogStore> store_;
};

TEST_F(LogStoreTest, MakesGroupAndStreamOnTheFirstWrite) {
  Write(kStream, {{1000, "one"}, {2000, "two"}});
  EXPECT_THAT(Messages({}), ElementsAre("one", "two"));
  const LogStreamPage page = Group()->Streams({});
  ASSERT_EQ(page.streams.size(), 1u);
  EXPECT_EQ(page.streams[0].name, kStream);
  EXPECT_EQ(page.streams[0].first_event_ms, 1000);
  EXPECT_EQ(page.streams[0].last_event_ms, 2000);
}

TEST_F(LogStoreTest, OrdersEventsOfAllStreamsByTime) {
  Write("a", {{3000, "three"}, {1000, "one"}});
  Write("b", {{2000, "two"}, {4000, "four"}});
  EXPECT_THAT(Messages({}), ElementsAre("one", "two", "three", "four"));
}

TEST_F(LogStoreTest, KeepsTheOrderOfArrivalWithinAMillisecond) {
  Write("a", {{1000, "first"}, {1000, "second"}});
  Write("a", {{1000, "third"}});
  EXPECT_THAT(Messages({}), ElementsAre("first", "second", "third"));
}

TEST_F(LogStoreTest, SelectsByTimeStreamPrefixAndPattern) {
  Write("a1", {{1000, "red one"}, {2000, "blue two"}});
  Write("a2", {{3000, "red three"}});
  Write("b1", {{4000, "red four"}});
  EXPECT_THAT(Messages({.start_ms = 2000, .end_ms = 3000}), ElementsAre("blue two", "red three"));
  EXPECT_THAT(Messages({.streams = std::vector<std::string>{"a2", "b1"}}), ElementsAre("red three", "red four"));
  EXPECT_THAT(Messages({.stream_prefix = "a"}), ElementsAre("red one", "blue two", "red three"));
  EXPECT_THAT(Messages({.pattern = LogFilterPattern::Parse("red -four").value()}), ElementsAre("red one", "red three"));
}

TEST_F(LogStoreTest, TheNewestPageEndsWithTheLastEvent) {
  Write("a", {{1000, "one"}, {2000, "two"}, {3000, "three"}});
  EXPECT_THAT(Messages({.newest = true, .limit = 2}), ElementsAre("two", "three"));
}

TEST_F(LogStoreTest, PagesHoldEveryEventOnceWhateverTheirSizeAndOrder) {
  options_.group_limits.segment_bytes = 2000;
  Reopen();
  std::multiset<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string text = "event " + std::to_string(i);
    Write("s" + std::to_string(i % 3), {{1000 + (i * 7919) % 100, text}});
    expected.insert(text);
  }
  ASSERT_GT(Files(".seg").size(), 5u);
  for (const size_t limit : {1u, 7u, 100u, 1000u}) {
    const std::vector<std::string> messages = MessagesByPages({}, limit);
    EXPECT_EQ(std::multiset<std::string>(messages.begin(), messages.end()), expected) << limit;
  }
}

TEST_F(LogStoreTest, APageHoldsAMebibyteAndNoEventIsLostBetweenPages) {
  const std::string large(600000, 'x');
  Write("a", {{1000, large}, {2000, large}, {3000, "small"}});
  EXPECT_EQ(Group()->Events({}).value().events.size(), 1u);
  EXPECT_EQ(MessagesByPages({}, 10000).size(), 3u);
}

TEST_F(LogStoreTest, SurvivesARestart) {
  options_.group_limits.segment_bytes = 500;
  Reopen();
  for (int i = 0; i < 50; ++i) Write("s" + std::to_string(i % 2), {{i, "event " + std::to_string(i)}});
  const std::vector<std::string> before = Messages({});
  const LogStreamPage streams = Group()->Streams({});
  Reopen();
  EXPECT_EQ(Messages({}), before);
  EXPECT_EQ(Group()->Streams({}).streams.size(), streams.streams.size());
  EXPECT_EQ(Group()->Streams({}).streams[1].last_event_ms, 49);
}

TEST_F(LogStoreTest, EventIdsStayUniqueAfterARestart) {
  Write("a", {{1000, "one"}});
  Reopen();
  Write("a", {{1000, "two"}});
  const LogEventPage page = Group()->Events({}).value();
  ASSERT_EQ(page.events.size(), 2u);
  EXPECT_LT(page.events[0].position, page.events[1].position);
}

TEST_F(LogStoreTest, CutsATornTailAndGoesOn) {
  Write("a", {{1000, "whole"}});
  Write("a", {{2000, "torn"}});
  const fs::path segment = Files(".seg").at(0);
  const auto size = fs::file_size(segment);
  for (int cut = 1; cut <= 5; ++cut) {
    fs::resize_file(segment, size - static_cast<uintmax_t>(cut));
    Reopen();
    ASSERT_THAT(Messages({}), ElementsAre("whole"));
  }
  Write("a", {{3000, "after"}});
  Reopen();
  EXPECT_THAT(Messages({}), ElementsAre("whole", "after"));
}

TEST_F(LogStoreTest, ReadsASegmentAgainWhenItsIndexIsDamaged) {
  options_.group_limits.segment_bytes = 100;
  Reopen();
  for (int i = 0; i < 10; ++i) Write("a", {{i, "event " + std::to_string(i)}});
  const std::vector<std::string> before = Messages({});
  for (const fs::path& index : Files(".idx")) std::ofstream(index) << "{\"records\":1}";
  Reopen();
  EXPECT_EQ(Messages({}), before);
  EXPECT_EQ(Group()->Streams({}).streams.size(), 1u);
}

TEST_F(LogStoreTest, OneDamagedSegmentLeavesTheOthersReadable) {
  options_.group_limits.segment_bytes = 100;
  Reopen();
  for (int i = 0; i < 10; ++i) Write("a", {{i, "event " + std::to_string(i)}});
  std::fstream(Files(".seg").at(1), std::ios::in | std::ios::out | std::ios::binary).write("garbage!", 8);
  Reopen();
  const std::vector<std::string> messages = Messages({});
  EXPECT_LT(messages.size(), 10u);
  EXPECT_EQ(messages.front(), "event 0");
  EXPECT_EQ(messages.back(), "event 9");
}

TEST_F(LogStoreTest, LetsTheOldestGoPastTheGroupsLimit) {
  options_.group_limits.segment_bytes = 1000;
  options_.group_limits.max_bytes = 5000;
  Reopen();
  for (int i = 0; i < 300; ++i) Write("s" + std::to_string(i / 50), {{i, "event " + std::to_string(i)}});
  EXPECT_LE(Group()->Bytes(), 6000);
  EXPECT_EQ(Messages({}).back(), "event 299");
  EXPECT_FALSE(Group()->HasStream("s0"));
}

TEST_F(LogStoreTest, LetsTheOldestOfTheLargestGroupGoPastTheTotal) {
  options_.group_limits.segment_bytes = 1000;
  options_.max_total_bytes = 10000;
  Reopen();
  Write("a", {{1, "small"}}, "small");
  for (int i = 0; i < 400; ++i) Write("a", {{i, "event " + std::to_string(i)}}, "large");
  EXPECT_LE(Group("large")->Bytes(), 12000);
  EXPECT_THAT(Messages({}, "small"), ElementsAre("small"));
}

TEST_F(LogStoreTest, BoundsTheStreamsOfAGroup) {
  options_.group_limits.max_streams = 20;
  Reopen();
  for (int i = 0; i < 200; ++i) Write("s" + std::to_string(i), {{i, "x"}});
  EXPECT_LE(Group()->Streams({.limit = 1000}).streams.size(), 21u);
  EXPECT_TRUE(Group()->HasStream("s199"));
}

TEST_F(LogStoreTest, HidesWhatIsOlderThanTheRetentionAndGivesItsSpaceBack) {
  const int64_t now_ms = UnixMillis(clock_.Wall());
  Write("a", {{now_ms, "old"}});
  ASSERT_TRUE(Group()->SetRetention(1).ok());
  EXPECT_THAT(Messages({}), ElementsAre("old"));
  clock_.Advance(std::chrono::hours(25));
  EXPECT_THAT(Messages({}), IsEmpty());
  const int64_t before_bytes = Group()->Bytes();
  Group()->DropExpired();
  EXPECT_LT(Group()->Bytes(), before_bytes);
}

TEST_F(LogStoreTest, RemembersRetentionAndTagsAfterARestart) {
  ASSERT_TRUE(store_->CreateGroup(kAccount, kGroup, {{"team", "blue"}}).ok());
  ASSERT_TRUE(Group()->SetRetention(7).ok());
  Reopen();
  EXPECT_EQ(Group()->Info().retention_days, 7);
  EXPECT_EQ(Group()->Info().tags, (LogTags{{"team", "blue"}}));
}

TEST_F(LogStoreTest, LostRecordsAreAVisiblePlatformLine) {
  node::LogBatch batch;
  batch.set_account(kAccount);
  batch.set_log_group(kGroup);
  batch.set_log_stream(kStream);
  batch.set_dropped_records(12);
  ASSERT_TRUE(store_->Append(batch).ok());
  const LogEventPage page = Group()->Events({}).value();
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_THAT(page.events[0].message, testing::HasSubstr("12"));
  EXPECT_EQ(page.events[0].source, LogSource::kPlatform);
}

TEST_F(LogStoreTest, ADeletedStreamIsGoneAlsoAfterARestartAndMayComeBack) {
  options_.group_limits.segment_bytes = 200;
  Reopen();
  for (int i = 0; i < 10; ++i) Write(i % 2 ? "a" : "b", {{i, "event " + std::to_string(i)}});
  ASSERT_TRUE(Group()->DeleteStream("a").ok());
  EXPECT_TRUE(absl::IsNotFound(Group()->DeleteStream("a")));
  Write("a", {{100, "again"}});
  const auto expected = ElementsAre("event 0", "event 2", "event 4", "event 6", "event 8", "again");
  EXPECT_THAT(Messages({}), expected);
  Reopen();
  EXPECT_THAT(Messages({}), expected);
}

TEST_F(LogStoreTest, ADeletedGroupIsGoneAlsoAfterARestartAndMayComeBack) {
  Write("a", {{1, "one"}});
  ASSERT_TRUE(store_->DeleteGroup(kAccount, kGroup).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->FindGroup(kAccount, kGroup).status()));
  Reopen();
  EXPECT_TRUE(absl::IsNotFound(store_->FindGroup(kAccount, kGroup).status()));
  Write("a", {{2, "two"}});
  EXPECT_THAT(Messages({}), ElementsAre("two"));
}

TEST_F(LogStoreTest, GroupsOfOneAccountAreNotSeenByAnother) {
  Write("a", {{1, "one"}});
  EXPECT_TRUE(absl::IsNotFound(store_->FindGroup("111111111111", kGroup).status()));
  EXPECT_THAT(store_->ListGroups("111111111111", {}).groups, IsEmpty());
}

TEST_F(LogStoreTest, ListsGroupsInPages) {
  for (const char* name : {"b/1", "b/2", "a/1", "b/3"}) ASSERT_TRUE(store_->CreateGroup(kAccount, name, {}).ok());
  const LogGroupPage first = store_->ListGroups(kAccount, {.prefix = "b", .limit = 2});
  ASSERT_EQ(first.groups.size(), 2u);
  EXPECT_TRUE(first.more);
  const LogGroupPage second = store_->ListGroups(kAccount, {.prefix = "b", .after = first.groups[1].name, .limit = 2});
  ASSERT_EQ(second.groups.size(), 1u);
  EXPECT_EQ(second.groups[0].name, "b/3");
  EXPECT_FALSE(second.more);
}

TEST_F(LogStoreTest, ListsStreamsByNameAndByLastEvent) {
  Write("a", {{3000, "x"}});
  Write("b", {{1000, "x"}});
  Write("c", {{2000, "x"}});
  LogStreamQuery query{.order = LogStreamOrder::kLastEventTime, .descending = true, .limit = 2};
  const LogStreamPage first = Group()->Streams(query);
  ASSERT_EQ(first.streams.size(), 2u);
  EXPECT_EQ(first.streams[0].name, "a");
  EXPECT_EQ(first.streams[1].name, "c");
  query.after = first.next;
  const LogStreamPage second = Group()->Streams(query);
  ASSERT_EQ(second.streams.size(), 1u);
  EXPECT_EQ(second.streams[0].name, "b");
  EXPECT_FALSE(second.next);
}

TEST_F(LogStoreTest, RefusesBadNames) {
  for (const std::string& name : {std::string(), std::string(513, 'a'), std::string("a b"), std::string("../x y")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store_->CreateGroup(kAccount, name, {}))) << name;
  }
  EXPECT_TRUE(store_->CreateGroup(kAccount, "../../escape", {}).ok());
  EXPECT_FALSE(fs::exists(base_.parent_path() / "escape"));
}

TEST_F(LogStoreTest, KeepsNothingWhenTheDiskIsNearlyFullAndReadsOn) {
  Write("a", {{1, "one"}});
  options_.min_free_bytes = int64_t{1} << 60;
  Reopen();
  node::LogBatch batch;
  batch.set_account(kAccount);
  batch.set_log_group(kGroup);
  batch.set_log_stream("a");
  batch.add_records()->set_text("two");
  EXPECT_TRUE(absl::IsResourceExhausted(store_->Append(batch)));
  EXPECT_THAT(Messages({}), ElementsAre("one"));
}

TEST_F(LogStoreTest, TellsWhoFollowsAGroup) {
  std::vector<std::string> told;
  options_.on_append = [&told](std::string_view, std::string_view group) { told.emplace_back(group); };
  Reopen();
  Write("a", {{1, "one"}});
  EXPECT_THAT(told, ElementsAre(kGroup));
}

TEST_F(LogStoreTest, WritersReadersAndDeletionsDoNotDisturbEachOther) {
  options_.group_limits.segment_bytes = 5000;
  options_.group_limits.max_bytes = 50000;
  Reopen();
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int writer = 0; writer < 3; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; i < 300; ++i) Write("s" + std::to_string(writer), {{i, "event " + std::to_string(i)}});
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 100; ++i) {
      const auto group = store_->FindGroup(kAccount, kGroup);
      if (group.ok() && !(*group)->Events({.limit = 50}).ok()) ++failures;
    }
  });
  threads.emplace_back([&] {
    for (int i = 0; i < 10; ++i) store_->DeleteGroup(kAccount, kGroup).IgnoreError();
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace hearth::controller
