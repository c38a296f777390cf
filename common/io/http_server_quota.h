// HttpServerQuota counts open connections, in all and per client address, and the bytes of unfinished bodies.
//
// Shapes:  a Place is one counted connection; it is given back when the Place goes.
// Threads: any thread; one mutex, held for O(1).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/mutex.h"

namespace hearth {

class HttpServerQuota {
 public:
  class Place {
   public:
    Place(std::shared_ptr<HttpServerQuota> quota, std::string host)
        : quota_(std::move(quota)), host_(std::move(host)) {}
    Place(Place&&) = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (quota_ == nullptr) return;
      HoldBody(0);
      quota_->Release(host_);
    }

    // This connection now holds `bytes` of an unfinished body; false when that is too much with all the others'.
    bool HoldBody(size_t bytes) {
      if (bytes == body_bytes_) return true;
      const size_t total = quota_->body_bytes_ += bytes - std::exchange(body_bytes_, bytes);
      return total <= quota_->max_body_bytes_;
    }

   private:
    std::shared_ptr<HttpServerQuota> quota_;
    std::string host_;
    size_t body_bytes_ = 0;
  };

  HttpServerQuota(size_t max_total, size_t max_per_host, size_t max_body_bytes)
      : max_total_(max_total), max_per_host_(max_per_host), max_body_bytes_(max_body_bytes) {}

  // `host` without its port. nullopt when a limit is reached.
  static std::optional<Place> TryTake(const std::shared_ptr<HttpServerQuota>& quota, const std::string& host) {
    MutexLock lock(quota->mutex_);
    size_t& count = quota->per_host_[host];
    if (quota->total_ >= quota->max_total_ || count >= quota->max_per_host_) {
      if (count == 0) quota->per_host_.erase(host);
      return std::nullopt;
    }
    ++quota->total_;
    ++count;
    return Place(quota, host);
  }

 private:
  void Release(const std::string& host) {
    MutexLock lock(mutex_);
    --total_;
    const auto it = per_host_.find(host);
    if (--it->second == 0) per_host_.erase(it);
  }

  const size_t max_total_;
  const size_t max_per_host_;
  const size_t max_body_bytes_;
  std::atomic<size_t> body_bytes_{0};
  Mutex mutex_;
  size_t total_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, size_t> per_host_ GUARDED_BY(mutex_);
};

}  // namespace hearth
