// KeepAlive remembers which environments are idle and since when: the one idle longest goes first.
//
// Threads: one.
#pragma once

#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"

namespace hearth::worker {

class KeepAlive {
 public:
  void Add(const std::string& id, MonotonicTime now) {
    Remove(id);
    idle_.push_back({id, now});
    places_[id] = std::prev(idle_.end());
  }
  void Remove(const std::string& id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    idle_.erase(found->second);
    places_.erase(found);
  }

  // Idle longest; nullopt when none is idle.
  std::optional<std::string> Oldest() const {
    return idle_.empty() ? std::nullopt : std::optional<std::string>(idle_.front().id);
  }
  struct Idle {
    std::string id;
    MonotonicTime since;
  };
  const std::list<Idle>& OldestFirst() const { return idle_; }
  // Idle longest, if since `since` or before.
  std::optional<std::string> IdleSince(MonotonicTime since) const {
    return idle_.empty() || idle_.front().since > since ? std::nullopt : std::optional<std::string>(idle_.front().id);
  }

 private:
  std::list<Idle> idle_;  // oldest first
  absl::flat_hash_map<std::string, std::list<Idle>::iterator> places_;
};

}  // namespace hearth::worker
