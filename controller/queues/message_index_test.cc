#include "controller/queues/message_index.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;
using Decision = MessageIndex::Decision;

const MonotonicTime kNow{1h};

IndexedMessage MessageOf(uint64_t number, const std::string& group = "") {
  IndexedMessage message;
  message.number = message.message = number;
  message.group = group;
  message.kept_since = kNow + std::chrono::seconds(number);
  return message;
}

// Takes up to `limit`, hidden for a minute.
std::vector<uint64_t> Take(MessageIndex& index, size_t limit) {
  std::vector<uint64_t> taken;
  index.Offer([&](IndexedMessage& message) {
    if (taken.size() == limit) return Decision::kStop;
    message.hidden_until = kNow + 60s;
    taken.push_back(message.number);
    return Decision::kTaken;
  });
  return taken;
}

using Numbers = std::vector<uint64_t>;

TEST(MessageIndexTest, OffersTheOldestFirstAndHidesWhatIsTaken) {
  MessageIndex index(false);
  for (const uint64_t number : {3, 1, 2}) index.Add(MessageOf(number));
  EXPECT_EQ(Take(index, 2), (Numbers{1, 2}));
  EXPECT_EQ(Take(index, 2), (Numbers{3}));
  EXPECT_EQ(index.counts().in_flight, 3u);
  index.ShowDue(kNow + 59s);
  EXPECT_EQ(Take(index, 9), Numbers{});
  index.ShowDue(kNow + 60s);
  EXPECT_EQ(Take(index, 9), (Numbers{1, 2, 3}));
}

TEST(MessageIndexTest, KeepsDelayedMessagesBackUntilTheyAreDue) {
  MessageIndex index(false);
  IndexedMessage late = MessageOf(1);
  late.state = IndexedMessage::State::kDelayed;
  late.hidden_until = kNow + 5s;
  index.Add(late);
  EXPECT_EQ(index.counts().delayed, 1u);
  EXPECT_EQ(index.NextDue(), kNow + 5s);
  EXPECT_EQ(Take(index, 1), Numbers{});
  index.ShowDue(kNow + 5s);
  EXPECT_EQ(Take(index, 1), (Numbers{1}));
}

TEST(MessageIndexTest, AGroupWaitsWhileOneOfItIsOut) {
  MessageIndex index(true);
  index.Add(MessageOf(1, "a"));
  index.Add(MessageOf(2, "a"));
  index.Add(MessageOf(3, "b"));
  EXPECT_EQ(Take(index, 1), (Numbers{1}));
  EXPECT_EQ(Take(index, 9), (Numbers{3}));
  index.Remove(1);
  EXPECT_EQ(Take(index, 9), (Numbers{2}));
}

TEST(MessageIndexTest, AGroupGoesOnWithTheOneThatCameBack) {
  MessageIndex index(true);
  for (const uint64_t number : {1, 2, 3}) index.Add(MessageOf(number, "a"));
  EXPECT_EQ(Take(index, 2), (Numbers{1, 2}));
  index.Show(*index.Find(1));
  EXPECT_EQ(Take(index, 9), Numbers{});
  index.Show(*index.Find(2));
  EXPECT_EQ(Take(index, 9), (Numbers{1, 2, 3}));
}

TEST(MessageIndexTest, GroupsTakeTurns) {
  MessageIndex index(true);
  for (const uint64_t number : {1, 2, 3}) index.Add(MessageOf(number, "a"));
  index.Add(MessageOf(4, "b"));
  EXPECT_EQ(Take(index, 1), (Numbers{1}));
  index.Remove(1);
  EXPECT_EQ(Take(index, 1), (Numbers{4}));
}

TEST(MessageIndexTest, TakesOutWhatIsRemovedWhileItIsOffered) {
  MessageIndex index(true);
  for (const uint64_t number : {1, 2}) index.Add(MessageOf(number, "a"));
  index.Offer([](IndexedMessage&) { return Decision::kRemoved; });
  EXPECT_EQ(index.size(), 0u);
  EXPECT_EQ(index.counts().visible, 0u);
}

TEST(MessageIndexTest, KnowsWhatWasKeptTooLong) {
  MessageIndex index(false);
  for (const uint64_t number : {1, 2, 3}) index.Add(MessageOf(number));
  EXPECT_EQ(index.KeptSinceBefore(kNow + 3s, 9), (Numbers{1, 2}));
  EXPECT_EQ(index.KeptSinceBefore(kNow + 3s, 1), (Numbers{1}));
}

}  // namespace
}  // namespace hearth::controller
