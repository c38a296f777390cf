// Topics are what messages are published to, and who subscribed to each.
//
// Shapes:  rows as in topic_records.proto; a subscription goes when its topic goes.
// Errors:  NotFound, AlreadyExists, ResourceExhausted past a limit; the database's and the changer's otherwise.
// Threads: any thread. Changes block until they are on disk; the rest is memory only.
// Limits:  kMaxTopics, kMaxSubscriptions of one topic.
// Source:  SNS API Reference; SNS quotas.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "controller/topics/subscription_filter.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

struct Subscriber {
  records::TopicSubscription row;
  std::optional<SubscriptionFilter> filter;

  bool Wants(const records::TopicMessage& message) const {
    return !row.pending() && (!filter || filter->Matches(message, row.protocol()));
  }
};
using SubscriberPtr = std::shared_ptr<const Subscriber>;

class Topics {
 public:
  static constexpr size_t kMaxTopics = 10'000;
  static constexpr size_t kMaxSubscriptions = 10'000;
  static constexpr std::chrono::hours kPendingFor{48};  // then a subscription nobody confirmed is dropped

  static absl::StatusOr<std::unique_ptr<Topics>> Open(Database& database, Clock& clock);

  absl::StatusOr<TopicPtr> Find(const TopicId& id) const;
  // In the order of names, beginning after `after`; at most `limit`.
  std::vector<TopicPtr> List(const std::string& account, const std::string& after, size_t limit) const;
  absl::StatusOr<TopicPtr> Create(records::Topic topic);
  using Change = std::function<absl::Status(records::Topic& topic)>;
  absl::StatusOr<TopicPtr> Update(const TopicId& id, const Change& change);
  // OK when there is none.
  absl::Status Delete(const TopicId& id);

  // AlreadyExists when the endpoint has subscribed already: FindSame.
  absl::StatusOr<SubscriberPtr> Subscribe(records::TopicSubscription row);
  SubscriberPtr FindSame(const records::TopicSubscription& row) const;  // nullptr: none
  absl::StatusOr<SubscriberPtr> FindSubscription(const SubscriptionId& id) const;
  using SubscriptionChange = std::function<absl::Status(records::TopicSubscription& row)>;
  absl::StatusOr<SubscriberPtr> UpdateSubscription(const SubscriptionId& id, const SubscriptionChange& change);
  // OK when there is none.
  absl::Status Unsubscribe(const SubscriptionId& id);
  // InvalidArgument when no subscription of the topic was given the token.
  absl::StatusOr<SubscriberPtr> Confirm(const TopicId& topic, const std::string& token);
  absl::Status DropUnconfirmed();
  std::vector<SubscriberPtr> SubscribersOf(const TopicId& id) const;
  // Those an account owns, or of one topic; in order, beginning after `after`, at most `limit`.
  std::vector<SubscriberPtr> ListOwned(const std::string& account, const SubscriptionId& after, size_t limit) const;
  std::vector<SubscriberPtr> ListOf(const TopicId& topic, const SubscriptionId& after, size_t limit) const;

 private:
  using Subscribers = std::map<std::string, SubscriberPtr>;  // by id
  struct Entry {
    TopicPtr topic;
    Subscribers subscribers;
  };

  Topics(Database& database, Clock& clock) : database_(database), clock_(clock) {}
  absl::Status Load();
  absl::Status Write(const std::string& key, std::string value);
  void Put(SubscriberPtr subscriber) REQUIRES(mutex_);

  Database& database_;
  Clock& clock_;
  // Held across the synced write, against the rule of STYLE.md 8: a change reads what it replaces.
  Mutex writer_;
  mutable Mutex mutex_;
  std::map<TopicId, Entry> topics_ GUARDED_BY(mutex_);
};

// Compiles its filter.
absl::StatusOr<SubscriberPtr> SubscriberOf(records::TopicSubscription row);

}  // namespace hearth::controller
