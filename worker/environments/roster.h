// Roster is what other threads may know about the environments: which live, which are busy, what they may use.
//
// Threads: any; one mutex, held for a look-up. `SetBusy` takes no lock.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "proto/node.pb.h"

namespace hearth::worker {

class Roster {
 public:
  struct Entry {
    explicit Entry(const node::EnvironmentSpec& spec)
        : key(spec.key()), credentials_expire_ms(spec.credentials().expires_ms()), provisioned(spec.provisioned()) {}
    const std::string key;
    const int64_t credentials_expire_ms;  // Unix epoch; 0: it has none
    const bool provisioned;
    int64_t memory_bytes = 0;      // once admitted; read on the loop
    std::atomic<bool> busy{true};  // until the first idle moment
  };

  explicit Roster(int64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  // From the moment the controller asks for it: a session that is lost and made again in between names it already.
  void Announce(const std::string& id, const node::EnvironmentSpec& spec);
  // Counts an announced one's memory.
  std::shared_ptr<Entry> Admit(const std::string& id, int64_t memory_bytes);
  void Remove(const std::string& id);

  std::vector<node::RunningEnvironment> Running() const;
  node::Capacity CurrentCapacity() const;
  int64_t reserved_bytes() const;
  int64_t capacity_bytes() const { return capacity_bytes_; }

 private:
  const int64_t capacity_bytes_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_ GUARDED_BY(mutex_);
  int64_t reserved_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::worker
