#include "controller/scheduler/fleet.h"

#include <algorithm>
#include <utility>

namespace hearth::controller {
namespace {

// FNV-1a with a final mix: the same on every machine and in every process, unlike absl::Hash.
uint64_t StableHash(std::string_view a, std::string_view b) {
  uint64_t hash = 14695981039346656037u;
  for (const std::string_view part : {a, std::string_view("\0", 1), b}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  return hash ^ (hash >> 33);
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Fleet::Join(const node::Hello& hello) {
  std::vector<std::pair<std::string, std::string>> installed;
  for (const node::InstalledRuntime& runtime : hello.runtimes())
    installed.emplace_back(runtime.family(), runtime.version());
  {
    MutexLock lock(mutex_);
    workers_[hello.worker_id()] = {hello.architecture(), hello.memory_bytes(), 0, hello.environments_size()};
  }
  runtimes_.SetInstalled(hello.worker_id(), std::move(installed));
}

void Fleet::Leave(const std::string& worker_id) {
  {
    MutexLock lock(mutex_);
    workers_.erase(worker_id);
  }
  runtimes_.RemoveWorker(worker_id);
}

void Fleet::Report(const std::string& worker_id, const node::Capacity& capacity) {
  MutexLock lock(mutex_);
  const auto it = workers_.find(worker_id);
  if (it == workers_.end()) return;
  it->second.memory_bytes = capacity.memory_bytes();
  it->second.reserved_bytes = capacity.memory_reserved_bytes();
  it->second.environments = capacity.environments();
}

std::optional<std::string> Fleet::Choose(const StartNeed& need, const std::vector<std::string>& excluded) {
  const std::vector<std::string> serving = need.runtime_version_arn.empty()
                                               ? runtimes_.WorkersServing(need.runtime)
                                               : runtimes_.WorkersServing(need.runtime, need.runtime_version_arn);
  std::vector<uint64_t> draws;
  for (int i = 0; i < kSample; ++i) draws.push_back(random_.Below(UINT32_MAX));
  MutexLock lock(mutex_);
  const Candidates candidates = CandidatesFor(need, serving, excluded);
  if (candidates.empty()) return std::nullopt;
  Workers::value_type* chosen =
      *std::max_element(candidates.begin(), candidates.end(), [&need](const auto* a, const auto* b) {
        return StableHash(need.locality, a->first) < StableHash(need.locality, b->first);
      });
  if (!WithinBound(chosen->second, candidates, need.memory_bytes)) {
    const auto load = [](const Workers::value_type* worker) {
      return static_cast<double>(worker->second.reserved_bytes) / static_cast<double>(worker->second.memory_bytes);
    };
    for (const uint64_t draw : draws) {
      Workers::value_type* const drawn = candidates[draw % candidates.size()];
      if (load(drawn) < load(chosen)) chosen = drawn;
    }
  }
  chosen->second.reserved_bytes += need.memory_bytes;
  return chosen->first;
}

Fleet::Candidates Fleet::CandidatesFor(const StartNeed& need, const std::vector<std::string>& serving,
                                       const std::vector<std::string>& excluded) {
  Candidates candidates;
  for (const std::string& worker_id : serving) {
    const auto it = workers_.find(worker_id);
    if (it == workers_.end() || Contains(excluded, worker_id)) continue;
    const Worker& worker = it->second;
    if (!need.architecture.empty() && worker.architecture != need.architecture) continue;
    if (worker.memory_bytes < need.memory_bytes) continue;  // would not fit even when empty
    candidates.push_back(&*it);
  }
  return candidates;
}

bool Fleet::WithinBound(const Worker& worker, const Candidates& all, int64_t memory_bytes) {
  double total = 0, reserved = static_cast<double>(memory_bytes);
  for (const auto* candidate : all) {
    total += static_cast<double>(candidate->second.memory_bytes);
    reserved += static_cast<double>(candidate->second.reserved_bytes);
  }
  const double fair_share = reserved * static_cast<double>(worker.memory_bytes) / total;
  const double bound = std::max(kLoadBound * fair_share, static_cast<double>(memory_bytes));
  const int64_t after = worker.reserved_bytes + memory_bytes;
  return after <= worker.memory_bytes && static_cast<double>(after) <= bound;
}

void Fleet::Release(const std::string& worker_id, int64_t memory_bytes) {
  MutexLock lock(mutex_);
  const auto it = workers_.find(worker_id);
  if (it != workers_.end()) it->second.reserved_bytes = std::max<int64_t>(0, it->second.reserved_bytes - memory_bytes);
}

FleetSnapshot Fleet::Snapshot() const {
  MutexLock lock(mutex_);
  FleetSnapshot snapshot;
  snapshot.workers = static_cast<int>(workers_.size());
  for (const auto& [id, worker] : workers_) {
    snapshot.memory_bytes += worker.memory_bytes;
    snapshot.memory_reserved_bytes += worker.reserved_bytes;
    snapshot.environments += worker.environments;
  }
  return snapshot;
}

}  // namespace hearth::controller
