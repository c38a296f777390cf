#include "controller/topics/topics.h"

#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/store/record.h"
#include "controller/topics/topic_keys.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 1000;

absl::Status NoTopic() { return absl::NotFoundError("Topic does not exist"); }
absl::Status NoSubscription() { return absl::NotFoundError("Subscription does not exist"); }

absl::Status ForEach(const Database& database, std::string_view prefix,
                     const std::function<absl::Status(const KeyValue&)>& visit) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database.Scan(prefix, after, kScanPage));
    for (const KeyValue& pair : page) RETURN_IF_ERROR(visit(pair));
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

}  // namespace

absl::StatusOr<SubscriberPtr> SubscriberOf(records::TopicSubscription row) {
  auto subscriber = std::make_shared<Subscriber>();
  const bool filters = !row.filter_policy().empty() && row.filter_policy() != "{}";
  if (filters) {
    ASSIGN_OR_RETURN(subscriber->filter, SubscriptionFilter::Parse(row.filter_policy(), row.filters_body()));
  }
  subscriber->row = std::move(row);
  return SubscriberPtr(std::move(subscriber));
}

absl::StatusOr<std::unique_ptr<Topics>> Topics::Open(Database& database, Clock& clock) {
  std::unique_ptr<Topics> topics(new Topics(database, clock));
  RETURN_IF_ERROR(topics->Load());
  return topics;
}

absl::Status Topics::Load() {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(ForEach(database_, kTopicPrefix, [&](const KeyValue& pair) -> absl::Status {
    ASSIGN_OR_RETURN(auto row, ParseRecord<records::Topic>(pair.key, pair.value));
    const TopicId id = IdOf(row);
    topics_[id].topic = std::make_shared<const records::Topic>(std::move(row));
    return absl::OkStatus();
  }));
  return ForEach(database_, kTopicSubscriptionPrefix, [&](const KeyValue& pair) -> absl::Status {
    ASSIGN_OR_RETURN(auto row, ParseRecord<records::TopicSubscription>(pair.key, pair.value));
    ASSIGN_OR_RETURN(SubscriberPtr subscriber, SubscriberOf(std::move(row)));
    Put(std::move(subscriber));
    return absl::OkStatus();
  });
}

void Topics::Put(SubscriberPtr subscriber) {
  const auto topic = topics_.find(IdOf(subscriber->row).topic);
  if (topic != topics_.end()) topic->second.subscribers[subscriber->row.id()] = std::move(subscriber);
}

absl::Status Topics::Write(const std::string& key, std::string value) {
  WriteBatch batch;
  batch.Put(key, std::move(value));
  return database_.Write(batch, WriteSync::kSynced);
}

absl::StatusOr<TopicPtr> Topics::Find(const TopicId& id) const {
  MutexLock lock(mutex_);
  const auto found = topics_.find(id);
  if (found == topics_.end()) return NoTopic();
  return found->second.topic;
}

std::vector<TopicPtr> Topics::List(const std::string& account, const std::string& after, size_t limit) const {
  std::vector<TopicPtr> list;
  MutexLock lock(mutex_);
  for (auto it = topics_.upper_bound({account, after}); it != topics_.end() && list.size() < limit; ++it) {
    if (it->first.account != account) break;
    list.push_back(it->second.topic);
  }
  return list;
}

absl::StatusOr<TopicPtr> Topics::Create(records::Topic row) {
  const TopicId id = IdOf(row);
  MutexLock writer(writer_);
  {
    MutexLock lock(mutex_);
    if (topics_.contains(id)) return absl::AlreadyExistsError("Topic already exists");
    if (topics_.size() >= kMaxTopics)
      return absl::ResourceExhaustedError(fmt::format("There are {} topics already", kMaxTopics));
  }
  row.set_created_ms(UnixMillis(clock_.Wall()));
  RETURN_IF_ERROR(Write(TopicKey(id), row.SerializeAsString()));
  const auto topic = std::make_shared<const records::Topic>(std::move(row));
  MutexLock lock(mutex_);
  topics_[id].topic = topic;
  return TopicPtr(topic);
}

absl::StatusOr<TopicPtr> Topics::Update(const TopicId& id, const Change& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(const TopicPtr old, Find(id));
  records::Topic row = *old;
  RETURN_IF_ERROR(change(row));
  RETURN_IF_ERROR(Write(TopicKey(id), row.SerializeAsString()));
  const auto topic = std::make_shared<const records::Topic>(std::move(row));
  MutexLock lock(mutex_);
  topics_[id].topic = topic;
  return TopicPtr(topic);
}

absl::Status Topics::Delete(const TopicId& id) {
  MutexLock writer(writer_);
  if (!Find(id).ok()) return absl::OkStatus();
  WriteBatch batch;
  batch.Delete(TopicKey(id));
  for (const SubscriberPtr& subscriber : SubscribersOf(id)) batch.Delete(TopicSubscriptionKey(IdOf(subscriber->row)));
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  topics_.erase(id);
  return absl::OkStatus();
}

absl::StatusOr<SubscriberPtr> Topics::Subscribe(records::TopicSubscription row) {
  const SubscriptionId id = IdOf(row);
  row.set_created_ms(UnixMillis(clock_.Wall()));
  ASSIGN_OR_RETURN(const SubscriberPtr subscriber, SubscriberOf(std::move(row)));
  MutexLock writer(writer_);
  RETURN_IF_ERROR(Find(id.topic).status());
  if (FindSame(subscriber->row) != nullptr) return absl::AlreadyExistsError("Subscription already exists");
  if (SubscribersOf(id.topic).size() >= kMaxSubscriptions)
    return absl::ResourceExhaustedError(fmt::format("The topic has {} subscriptions already", kMaxSubscriptions));
  RETURN_IF_ERROR(Write(TopicSubscriptionKey(id), subscriber->row.SerializeAsString()));
  MutexLock lock(mutex_);
  Put(subscriber);
  return subscriber;
}

SubscriberPtr Topics::FindSame(const records::TopicSubscription& row) const {
  for (SubscriberPtr& other : SubscribersOf(IdOf(row).topic)) {
    if (other->row.protocol() == row.protocol() && other->row.endpoint() == row.endpoint()) return std::move(other);
  }
  return nullptr;
}

absl::StatusOr<SubscriberPtr> Topics::FindSubscription(const SubscriptionId& id) const {
  MutexLock lock(mutex_);
  const auto topic = topics_.find(id.topic);
  if (topic == topics_.end()) return NoSubscription();
  const auto found = topic->second.subscribers.find(id.id);
  if (found == topic->second.subscribers.end()) return NoSubscription();
  return found->second;
}

absl::StatusOr<SubscriberPtr> Topics::UpdateSubscription(const SubscriptionId& id, const SubscriptionChange& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(const SubscriberPtr old, FindSubscription(id));
  records::TopicSubscription row = old->row;
  RETURN_IF_ERROR(change(row));
  ASSIGN_OR_RETURN(const SubscriberPtr subscriber, SubscriberOf(std::move(row)));
  RETURN_IF_ERROR(Write(TopicSubscriptionKey(id), subscriber->row.SerializeAsString()));
  MutexLock lock(mutex_);
  Put(subscriber);
  return subscriber;
}

absl::Status Topics::Unsubscribe(const SubscriptionId& id) {
  MutexLock writer(writer_);
  if (!FindSubscription(id).ok()) return absl::OkStatus();
  WriteBatch batch;
  batch.Delete(TopicSubscriptionKey(id));
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  MutexLock lock(mutex_);
  topics_.at(id.topic).subscribers.erase(id.id);
  return absl::OkStatus();
}

absl::StatusOr<SubscriberPtr> Topics::Confirm(const TopicId& topic, const std::string& token) {
  for (const SubscriberPtr& one : SubscribersOf(topic)) {
    if (one->row.token().empty() || !EqualSecrets(one->row.token(), token)) continue;
    if (!one->row.pending()) return one;
    return UpdateSubscription(IdOf(one->row), [](records::TopicSubscription& row) {
      row.set_pending(false);
      return absl::OkStatus();
    });
  }
  return absl::InvalidArgumentError("no subscription has this token");
}

absl::Status Topics::DropUnconfirmed() {
  const int64_t before_ms = UnixMillis(clock_.Wall() - kPendingFor);
  std::vector<SubscriptionId> old;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entry] : topics_) {
      for (const auto& [name, one] : entry.subscribers) {
        if (one->row.pending() && one->row.created_ms() < before_ms) old.push_back(IdOf(one->row));
      }
    }
  }
  for (const SubscriptionId& id : old) RETURN_IF_ERROR(Unsubscribe(id));
  return absl::OkStatus();
}

std::vector<SubscriberPtr> Topics::SubscribersOf(const TopicId& id) const { return ListOf(id, {}, kMaxSubscriptions); }

std::vector<SubscriberPtr> Topics::ListOf(const TopicId& id, const SubscriptionId& after, size_t limit) const {
  std::vector<SubscriberPtr> list;
  MutexLock lock(mutex_);
  const auto topic = topics_.find(id);
  if (topic == topics_.end()) return list;
  const Subscribers& all = topic->second.subscribers;
  for (auto it = all.upper_bound(after.id); it != all.end() && list.size() < limit; ++it) list.push_back(it->second);
  return list;
}

std::vector<SubscriberPtr> Topics::ListOwned(const std::string& account, const SubscriptionId& after,
                                             size_t limit) const {
  std::vector<SubscriberPtr> list;
  MutexLock lock(mutex_);
  for (auto topic = topics_.lower_bound(after.topic); topic != topics_.end(); ++topic) {
    const Subscribers& all = topic->second.subscribers;
    for (auto it = topic->first == after.topic ? all.upper_bound(after.id) : all.begin(); it != all.end(); ++it) {
      if (list.size() >= limit) return list;
      if (it->second->row.owner() == account) list.push_back(it->second);
    }
  }
  return list;
}

}  // namespace hearth::controller
