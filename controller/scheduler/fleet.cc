#include "controller/scheduler/fleet.h"

#include <algorithm>
#include <utility>

namespace hearth::controller {

void Fleet::Join(const node::Hello& hello) {
  std::vector<std::pair<std::string, std::string>> installed;
  std::vector<RingKey> rings;
  for (const node::InstalledRuntime& runtime : hello.runtimes()) {
    installed.emplace_back(runtime.family(), runtime.version());
    const std::string arn = runtimes_.ArnOf(installed.back());
    rings.emplace_back(arn, hello.architecture());
    rings.emplace_back(arn, "");
  }
  // Once each, whatever the worker says.
  std::sort(rings.begin(), rings.end());
  rings.erase(std::unique(rings.begin(), rings.end()), rings.end());
  {
    MutexLock lock(mutex_);
    Remove(hello.worker_id());
    Worker& worker = workers_[hello.worker_id()];
    worker.figures = {hello.worker_id(), hello.memory_bytes(), 0, hello.environments_size()};
    worker.rings = std::move(rings);
    for (const RingKey& key : worker.rings) rings_[key].Add(worker.figures);
  }
  runtimes_.SetInstalled(hello.worker_id(), std::move(installed));
}

void Fleet::Leave(const std::string& worker_id) {
  {
    MutexLock lock(mutex_);
    Remove(worker_id);
  }
  runtimes_.RemoveWorker(worker_id);
}

void Fleet::Remove(const std::string& worker_id) {
  const auto it = workers_.find(worker_id);
  if (it == workers_.end()) return;
  LeaveRings(it->second);
  workers_.erase(it);
}

void Fleet::LeaveRings(Worker& worker) {
  for (const RingKey& key : worker.rings) {
    const auto ring = rings_.find(key);
    ring->second.Remove(worker.figures);
    if (ring->second.empty()) rings_.erase(ring);
  }
  worker.rings.clear();
}

void Fleet::SetFigures(Worker& worker, int64_t memory_bytes, int64_t reserved_bytes) {
  FleetWorker& figures = worker.figures;
  for (const RingKey& key : worker.rings) {
    rings_[key].Adjust(memory_bytes - figures.memory_bytes, reserved_bytes - figures.reserved_bytes);
  }
  figures.memory_bytes = memory_bytes;
  figures.reserved_bytes = reserved_bytes;
}

void Fleet::Report(const std::string& worker_id, const node::Capacity& capacity) {
  MutexLock lock(mutex_);
  const auto it = workers_.find(worker_id);
  if (it == workers_.end()) return;
  SetFigures(it->second, capacity.memory_bytes(), capacity.memory_reserved_bytes());
  it->second.figures.environments = capacity.environments();
  if (!capacity.draining() || it->second.draining) return;
  it->second.draining = true;
  LeaveRings(it->second);
}

std::optional<std::string> Fleet::Choose(const StartNeed& need, const std::vector<std::string>& excluded) {
  const std::optional<std::string> arn = runtimes_.ServingArn(need.runtime, need.runtime_version_arn);
  if (!arn) return std::nullopt;
  MutexLock lock(mutex_);
  const auto ring = rings_.find({*arn, need.architecture});
  if (ring == rings_.end()) return std::nullopt;
  const FleetWorker* const chosen = ring->second.Choose(need.locality, need.memory_bytes, excluded, random_);
  if (chosen == nullptr) return std::nullopt;
  SetFigures(workers_.at(chosen->id), chosen->memory_bytes, chosen->reserved_bytes + need.memory_bytes);
  return chosen->id;
}

void Fleet::Release(const std::string& worker_id, int64_t memory_bytes) {
  MutexLock lock(mutex_);
  const auto it = workers_.find(worker_id);
  if (it == workers_.end()) return;
  const FleetWorker& figures = it->second.figures;
  SetFigures(it->second, figures.memory_bytes, std::max<int64_t>(0, figures.reserved_bytes - memory_bytes));
}

FleetSnapshot Fleet::Snapshot() const {
  MutexLock lock(mutex_);
  FleetSnapshot snapshot;
  for (const auto& [id, worker] : workers_) {
    snapshot.workers += worker.draining ? 0 : 1;
    snapshot.memory_bytes += worker.figures.memory_bytes;
    snapshot.memory_reserved_bytes += worker.figures.reserved_bytes;
    snapshot.environments += worker.figures.environments;
  }
  return snapshot;
}

}  // namespace hearth::controller
