#include "controller/scheduler/worker_ring.h"

#include <algorithm>

namespace hearth::controller {
namespace {

// FNV-1a with a final mix: the same on every machine and in every process, unlike absl::Hash.
uint64_t StableHash(std::string_view text, uint64_t number) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  hash = (hash ^ number) * 1099511628211u;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  return hash ^ (hash >> 33);
}

double LoadOf(const FleetWorker& worker) {
  return static_cast<double>(worker.reserved_bytes) / static_cast<double>(worker.memory_bytes);
}

bool LessLoaded(const FleetWorker* a, const FleetWorker* b) { return b == nullptr || LoadOf(*a) < LoadOf(*b); }

}  // namespace

void WorkerRing::Add(FleetWorker& worker) {
  for (uint64_t i = 0; i < kPointsPerWorker; ++i) points_.emplace(StableHash(worker.id, i), &worker);
  members_.push_back(&worker);
  Adjust(worker.memory_bytes, worker.reserved_bytes);
}

void WorkerRing::Remove(FleetWorker& worker) {
  for (uint64_t i = 0; i < kPointsPerWorker; ++i) {
    const auto it = points_.find(StableHash(worker.id, i));
    if (it != points_.end() && it->second == &worker) points_.erase(it);
  }
  members_.erase(std::remove(members_.begin(), members_.end(), &worker), members_.end());
  Adjust(-worker.memory_bytes, -worker.reserved_bytes);
}

void WorkerRing::Adjust(int64_t memory_bytes, int64_t reserved_bytes) {
  memory_bytes_ += memory_bytes;
  reserved_bytes_ += reserved_bytes;
}

bool WorkerRing::Wanted::MayBe(const FleetWorker& worker) const {
  if (worker.memory_bytes < memory_bytes) return false;  // would not fit even when empty
  return std::find(excluded.begin(), excluded.end(), worker.id) == excluded.end();
}

FleetWorker* WorkerRing::Choose(std::string_view locality, int64_t memory_bytes,
                                const std::vector<std::string>& excluded, Random& random) const {
  if (members_.empty()) return nullptr;
  const Wanted wanted{memory_bytes, excluded};
  FleetWorker* best = nullptr;
  auto point = points_.lower_bound(StableHash(locality, 0));
  for (int step = 0; step < kMaxSteps; ++step, ++point) {
    if (point == points_.end()) point = points_.begin();
    FleetWorker* const worker = point->second;
    if (!wanted.MayBe(*worker)) continue;
    if (WithinBound(*worker, memory_bytes)) return worker;
    if (LessLoaded(worker, best)) best = worker;
  }
  for (int i = 0; i < kSample; ++i) {
    FleetWorker* const drawn = members_[random.Below(members_.size())];
    if (wanted.MayBe(*drawn) && LessLoaded(drawn, best)) best = drawn;
  }
  if (best != nullptr) return best;
  for (FleetWorker* const worker : members_) {
    if (wanted.MayBe(*worker) && LessLoaded(worker, best)) best = worker;
  }
  return best;
}

bool WorkerRing::WithinBound(const FleetWorker& worker, int64_t memory_bytes) const {
  const double reserved = static_cast<double>(reserved_bytes_ + memory_bytes);
  const double fair_share = reserved * static_cast<double>(worker.memory_bytes) / static_cast<double>(memory_bytes_);
  const double bound = std::max(kLoadBound * fair_share, static_cast<double>(memory_bytes));
  const int64_t after = worker.reserved_bytes + memory_bytes;
  return after <= worker.memory_bytes && static_cast<double>(after) <= bound;
}

}  // namespace hearth::controller
