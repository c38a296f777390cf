#include "controller/queues/dedup_window.h"

namespace hearth::controller {

const DedupWindow::Taken* DedupWindow::Find(const Key& key, MonotonicTime now) const {
  const auto found = taken_.find(key);
  return found == taken_.end() || found->second.until <= now ? nullptr : &found->second;
}

void DedupWindow::Remember(const Key& key, Taken taken) {
  ends_.emplace(taken.until, key);
  taken_.insert_or_assign(key, std::move(taken));
}

void DedupWindow::Forget(const Key& key, uint64_t message) {
  const auto found = taken_.find(key);
  if (found != taken_.end() && found->second.message == message) taken_.erase(found);
}

std::vector<DedupWindow::Key> DedupWindow::TakeOver(MonotonicTime now, size_t limit) {
  std::vector<Key> over;
  while (!ends_.empty() && ends_.begin()->first <= now && over.size() < limit) {
    const auto end = ends_.extract(ends_.begin());
    const auto found = taken_.find(end.mapped());
    // The same may have been taken again since: that one ends later.
    if (found == taken_.end() || found->second.until > now) continue;
    over.push_back(found->first);
    taken_.erase(found);
  }
  return over;
}

}  // namespace hearth::controller
