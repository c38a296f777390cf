#include "worker/artifacts/artifact_cache.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <optional>
#include <vector>

#include "common/errors.h"
#include "common/log.h"
#include "common/mutex.h"
#include "fmt/format.h"
#include "worker/artifacts/package_folder.h"

namespace hearth::worker {
namespace {

bool IsHash(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Leases outlive the cache, so what they share with it is a thing of its own.
class Shelf {
 public:
  Shelf(ArtifactCacheOptions options, ArtifactFetcher& fetcher)
      : max_bytes_(options.max_bytes), folder_(std::move(options)), fetcher_(fetcher) {}

  absl::Status Open() {
    ASSIGN_OR_RETURN(const std::vector<StoredPackage> packages, folder_.Open());
    {
      const MutexLock lock(mutex_);
      for (const StoredPackage& package : packages) {
        entries_[package.code_sha256] = {.stage = Stage::kReady, .size_bytes = package.size_bytes, .last_use = ++uses_};
        total_bytes_ += package.size_bytes;
      }
    }
    EvictPastTheLimit();
    return absl::OkStatus();
  }

  // Counts one more lease on the package, fetching it first if need be.
  absl::Status Take(const std::string& hash) {
    {
      MutexLock lock(mutex_);
      for (;;) {
        const auto found = entries_.find(hash);
        if (found == entries_.end()) break;
        Entry& entry = found->second;
        if (entry.stage == Stage::kReady) {
          ++entry.leases;
          entry.last_use = ++uses_;
          return absl::OkStatus();
        }
        if (const std::shared_ptr<Attempt> attempt = entry.attempt) {
          changed_.wait(lock.native(), [&] { return attempt->result.has_value(); });
          if (!attempt->result->ok()) return *attempt->result;
          continue;  // ready, unless it was evicted in between
        }
        changed_.wait(lock.native());  // on its way out
      }
      entries_[hash] = {.stage = Stage::kComing, .attempt = std::make_shared<Attempt>()};
    }
    return FetchAndTake(hash);
  }

  void GiveBack(const std::string& hash) {
    const MutexLock lock(mutex_);
    --entries_.at(hash).leases;
  }

  std::string PathOf(const std::string& hash) const { return folder_.PathOf(hash); }

 private:
  enum class Stage { kComing, kReady, kGoing };
  struct Attempt {
    std::optional<absl::Status> result;
  };
  struct Entry {
    Stage stage = Stage::kComing;
    std::shared_ptr<Attempt> attempt{};  // while kComing
    int64_t size_bytes = 0;
    int leases = 0;
    uint64_t last_use = 0;
  };

  absl::Status FetchAndTake(const std::string& hash) {
    const absl::StatusOr<int64_t> size_bytes = folder_.Add(hash, fetcher_);
    {
      const MutexLock lock(mutex_);
      Entry& entry = entries_.at(hash);
      entry.attempt->result = size_bytes.status();
      if (!size_bytes.ok()) {
        entries_.erase(hash);
      } else {
        entry = {.stage = Stage::kReady, .size_bytes = *size_bytes, .leases = 1, .last_use = ++uses_};
        total_bytes_ += *size_bytes;
      }
      changed_.notify_all();
    }
    EvictPastTheLimit();
    return size_bytes.status();
  }

  // The least recently used package without a lease, now kGoing; nullopt when the limit holds or nothing may go.
  std::optional<std::string> ChooseVictim() {
    const MutexLock lock(mutex_);
    if (total_bytes_ <= max_bytes_) return std::nullopt;
    auto victim = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->second.stage != Stage::kReady || it->second.leases > 0) continue;
      if (victim == entries_.end() || it->second.last_use < victim->second.last_use) victim = it;
    }
    if (victim == entries_.end()) return std::nullopt;
    victim->second.stage = Stage::kGoing;
    total_bytes_ -= victim->second.size_bytes;
    return victim->first;
  }

  void EvictPastTheLimit() {
    while (const std::optional<std::string> hash = ChooseVictim()) {
      if (const absl::Status status = folder_.Remove(*hash); !status.ok()) {
        LogWarn("a cached package could not be removed",
                {{"package", *hash}, {"reason", std::string(status.message())}});
      }
      const MutexLock lock(mutex_);
      entries_.erase(*hash);
      changed_.notify_all();
    }
  }

  const int64_t max_bytes_;
  PackageFolder folder_;
  ArtifactFetcher& fetcher_;
  Mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  int64_t total_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
};

class Lease final : public ArtifactLease {
 public:
  // Takes over one count of `shelf`.
  Lease(std::shared_ptr<Shelf> shelf, std::string hash)
      : shelf_(std::move(shelf)), hash_(std::move(hash)), directory_(shelf_->PathOf(hash_)) {}
  ~Lease() override { shelf_->GiveBack(hash_); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  const std::string& directory() const override { return directory_; }

 private:
  const std::shared_ptr<Shelf> shelf_;
  const std::string hash_;
  const std::string directory_;
};

class DiskArtifactCache final : public ArtifactCache {
 public:
  explicit DiskArtifactCache(std::shared_ptr<Shelf> shelf) : shelf_(std::move(shelf)) {}

  absl::StatusOr<std::shared_ptr<const ArtifactLease>> Acquire(const std::string& code_sha256) override {
    if (!IsHash(code_sha256)) {
      return absl::InvalidArgumentError(fmt::format("'{}' is not the hash of a package", code_sha256.substr(0, 80)));
    }
    RETURN_IF_ERROR(shelf_->Take(code_sha256));
    return std::make_shared<const Lease>(shelf_, code_sha256);
  }

 private:
  const std::shared_ptr<Shelf> shelf_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ArtifactCache>> ArtifactCache::Open(ArtifactCacheOptions options,
                                                                   ArtifactFetcher& fetcher) {
  auto shelf = std::make_shared<Shelf>(std::move(options), fetcher);
  RETURN_IF_ERROR(shelf->Open());
  return std::make_unique<DiskArtifactCache>(std::move(shelf));
}

}  // namespace hearth::worker
