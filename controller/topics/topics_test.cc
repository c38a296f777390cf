#include "controller/topics/topics.h"

#include <gtest/gtest.h>

#include "controller/topics/topics_test_support.h"

namespace hearth::controller {
namespace {

TEST_F(TopicsTest, KeepsTopicsAndSubscriptionsOverARestart) {
  Make(id_);
  records::TopicSubscription row = Row("sqs", "arn:aws:sqs:eu-west-1:000000000000:q");
  row.set_filter_policy(R"({"store":["a"]})");
  ASSERT_TRUE(topics_->Subscribe(row).ok());
  const auto again = Topics::Open(*database_, clock_);
  ASSERT_TRUE(again.ok());
  const auto found = (*again)->FindSubscription(IdOf(row));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->row.endpoint(), row.endpoint());
  EXPECT_FALSE((*found)->Wants(records::TopicMessage()));
}

TEST_F(TopicsTest, AnEndpointSubscribesOnce) {
  Make(id_);
  const records::TopicSubscription row = Row("sqs", "arn");
  ASSERT_TRUE(topics_->Subscribe(row).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(topics_->Subscribe(Row("sqs", "arn")).status()));
  EXPECT_EQ(topics_->FindSame(Row("sqs", "arn"))->row.id(), row.id());
}

TEST_F(TopicsTest, ATopicTakesItsSubscriptionsAlong) {
  Make(id_);
  const records::TopicSubscription row = Row("sqs", "arn");
  ASSERT_TRUE(topics_->Subscribe(row).ok());
  ASSERT_TRUE(topics_->Delete(id_).ok());
  EXPECT_TRUE(absl::IsNotFound(topics_->Find(id_).status()));
  EXPECT_TRUE(absl::IsNotFound(topics_->FindSubscription(IdOf(row)).status()));
  EXPECT_EQ(Rows("topic/") + Rows("topic-subscription/"), 0u);
  EXPECT_TRUE(topics_->Delete(id_).ok());
}

TEST_F(TopicsTest, DropsWhatNobodyConfirmedInTime) {
  Make(id_);
  for (const char* token : {"kept", "dropped"}) {
    records::TopicSubscription row = Row("http", std::string("http://example.com/") + token);
    row.set_token(token);
    row.set_pending(true);
    ASSERT_TRUE(topics_->Subscribe(row).ok());
  }
  EXPECT_FALSE(topics_->Confirm(id_, "other").ok());
  ASSERT_TRUE(topics_->Confirm(id_, "kept").ok());
  ASSERT_TRUE(topics_->Confirm(id_, "kept").ok());
  clock_.Advance(Topics::kPendingFor + std::chrono::seconds(1));
  ASSERT_TRUE(topics_->DropUnconfirmed().ok());
  const std::vector<SubscriberPtr> left = topics_->SubscribersOf(id_);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_FALSE(left[0]->row.pending());
}

TEST_F(TopicsTest, ListsPageByPage) {
  for (const char* name : {"a", "b", "c"}) Make({id_.account, name});
  Make({"111111111111", "b"});
  EXPECT_EQ(topics_->List(id_.account, "", 2).size(), 2u);
  const std::vector<TopicPtr> rest = topics_->List(id_.account, "b", 10);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0]->name(), "c");
}

TEST_F(TopicsTest, ListsWhatAnAccountOwns) {
  Make(id_);
  for (const char* endpoint : {"x", "y", "z"}) ASSERT_TRUE(topics_->Subscribe(Row("sqs", endpoint)).ok());
  records::TopicSubscription others = Row("sqs", "other");
  others.set_owner("111111111111");
  ASSERT_TRUE(topics_->Subscribe(others).ok());
  const std::vector<SubscriberPtr> first = topics_->ListOwned(id_.account, {}, 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(topics_->ListOwned(id_.account, IdOf(first[1]->row), 10).size(), 1u);
  EXPECT_EQ(topics_->ListOf(id_, {}, 10).size(), 4u);
}

}  // namespace
}  // namespace hearth::controller
