// What the tests of topics share: a database in memory and a key that signs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "controller/secrets/plain_keys_test_support.h"
#include "controller/topics/message_signer.h"
#include "controller/topics/topic_keys.h"
#include "controller/topics/topics.h"

namespace hearth::controller {

// With one key for all tests: making one takes longer than most of them.
inline std::unique_ptr<MessageSigner> OpenSigner(Database& database, const Envelope& envelope, Clock& clock,
                                                 Random& random) {
  static const std::string kept = [&] {
    EXPECT_TRUE(MessageSigner::Open(database, envelope, clock, random).ok());
    return database.Get(kTopicSigningKey).value();
  }();
  WriteBatch batch;
  batch.Put(std::string(kTopicSigningKey), kept);
  EXPECT_TRUE(database.Write(batch, WriteSync::kSynced).ok());
  return MessageSigner::Open(database, envelope, clock, random).value();
}

class TopicsTest : public testing::Test {
 protected:
  void Make(const TopicId& id) {
    records::Topic row;
    row.set_account(id.account);
    row.set_name(id.name);
    row.set_signature_version(1);
    ASSERT_TRUE(topics_->Create(row).ok());
  }
  records::TopicSubscription Row(const std::string& protocol, const std::string& endpoint) {
    records::TopicSubscription row;
    row.set_account(id_.account);
    row.set_topic(id_.name);
    row.set_id(random_.Uuid());
    row.set_owner(id_.account);
    row.set_protocol(protocol);
    row.set_endpoint(endpoint);
    return row;
  }
  size_t Rows(std::string_view prefix) { return database_->Scan(prefix, "", 1000)->size(); }

  const TopicId id_{"000000000000", "orders"};
  FakeClock clock_;
  SeededRandom random_{3};
  PlainKeys keys_;
  Envelope envelope_{keys_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<MessageSigner> signer_ = OpenSigner(*database_, envelope_, clock_, random_);
  std::unique_ptr<Topics> topics_ = Topics::Open(*database_, clock_).value();
};

}  // namespace hearth::controller
