#include "controller/async/event_journal.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth::controller {
namespace {

records::QueuedEvent EventOf(const std::string& request_id) {
  records::QueuedEvent event;
  event.set_request_id(request_id);
  event.set_account("000000000000");
  event.set_function_name("hello");
  event.set_payload("{}");
  return event;
}

class EventJournalTest : public testing::Test {
 protected:
  uint64_t Add(const std::string& request_id) {
    WriteBatch batch;
    const uint64_t sequence = journal_.StageNew(EventOf(request_id), 5, batch);
    EXPECT_TRUE(database_->Write(batch, WriteSync::kSynced).ok());
    return sequence;
  }
  static std::vector<uint64_t> Load(EventJournal& journal) {
    std::vector<uint64_t> sequences;
    EXPECT_TRUE(journal.Load([&](uint64_t sequence, const auto&) { sequences.push_back(sequence); }).ok());
    return sequences;
  }

  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  EventJournal journal_{*database_};
};

TEST_F(EventJournalTest, ReadsBackWhatWasAccepted) {
  const uint64_t sequence = Add("r");
  EXPECT_EQ(journal_.Read(sequence)->request_id(), "r");
  EXPECT_EQ(*journal_.ReadLastAttempt(sequence), std::nullopt);
}

TEST_F(EventJournalTest, ANewJournalFindsAllInOrderAndGoesOnNumbering) {
  for (int i = 0; i < 300; ++i) Add("r");
  EventJournal again(*database_);
  const std::vector<uint64_t> found = Load(again);
  ASSERT_EQ(found.size(), 300u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  WriteBatch batch;
  EXPECT_EQ(again.StageNew(EventOf("next"), 5, batch), found.back() + 1);
}

TEST_F(EventJournalTest, KeepsTheStateAndTheLastAttempt) {
  const uint64_t sequence = Add("r");
  records::QueuedEventState state;
  state.set_failed_attempts(2);
  records::LastAttempt last;
  last.set_payload("oops");
  WriteBatch batch;
  journal_.StageState(sequence, state, last, batch);
  ASSERT_TRUE(database_->Write(batch, WriteSync::kBuffered).ok());
  EXPECT_EQ((*journal_.ReadLastAttempt(sequence))->payload(), "oops");
  int failed = 0;
  EventJournal again(*database_);
  ASSERT_TRUE(again.Load([&](uint64_t, const auto& found) { failed = found.failed_attempts(); }).ok());
  EXPECT_EQ(failed, 2);
}

TEST_F(EventJournalTest, NothingIsLeftOfARemovedEvent) {
  const uint64_t sequence = Add("r");
  WriteBatch batch;
  journal_.StageState(sequence, {}, records::LastAttempt(), batch);
  journal_.StageRemoval(sequence, batch);
  ASSERT_TRUE(database_->Write(batch, WriteSync::kBuffered).ok());
  EXPECT_TRUE(database_->Scan("event", "", 10)->empty());
  EXPECT_TRUE(absl::IsNotFound(journal_.Read(sequence).status()));
}

TEST_F(EventJournalTest, NamesARowThatCannotBeRead) {
  WriteBatch batch;
  batch.Put("event-state/0000000000000001", "\xff");
  ASSERT_TRUE(database_->Write(batch, WriteSync::kSynced).ok());
  EXPECT_TRUE(absl::IsDataLoss(journal_.Load([](uint64_t, const auto&) {})));
}

}  // namespace
}  // namespace hearth::controller
