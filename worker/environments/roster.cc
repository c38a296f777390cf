#include "worker/environments/roster.h"

#include <utility>

namespace hearth::worker {

void Roster::Announce(const std::string& id, const node::EnvironmentSpec& spec) {
  MutexLock lock(mutex_);
  std::shared_ptr<Entry>& entry = entries_[id];
  if (entry == nullptr) entry = std::make_shared<Entry>(spec);
}

std::shared_ptr<Roster::Entry> Roster::Admit(const std::string& id, int64_t memory_bytes) {
  MutexLock lock(mutex_);
  const std::shared_ptr<Entry> entry = entries_.at(id);
  entry->memory_bytes = memory_bytes;
  reserved_bytes_ += memory_bytes;
  return entry;
}

void Roster::Remove(const std::string& id) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  reserved_bytes_ -= found->second->memory_bytes;
  entries_.erase(found);
}

std::vector<node::RunningEnvironment> Roster::Running() const {
  MutexLock lock(mutex_);
  std::vector<node::RunningEnvironment> running;
  running.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    node::RunningEnvironment& environment = running.emplace_back();
    environment.set_environment_id(id);
    environment.set_key(entry->key);
    environment.set_credentials_expire_ms(entry->credentials_expire_ms);
    environment.set_provisioned(entry->provisioned);
    environment.set_busy(entry->busy.load(std::memory_order_relaxed));
  }
  return running;
}

node::Capacity Roster::CurrentCapacity() const {
  MutexLock lock(mutex_);
  node::Capacity capacity;
  capacity.set_memory_bytes(capacity_bytes_);
  capacity.set_memory_reserved_bytes(reserved_bytes_);
  capacity.set_environments(static_cast<int32_t>(entries_.size()));
  return capacity;
}

int64_t Roster::reserved_bytes() const {
  MutexLock lock(mutex_);
  return reserved_bytes_;
}

}  // namespace hearth::worker
