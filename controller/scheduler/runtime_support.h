// RuntimeSupport knows which runtime ids the joined workers can serve, and by which installed version.
//
// Errors:  Unavailable when no worker has joined yet; NotFound when no installed runtime serves the id (the message
// says
//          what is installed); both are for the function's owner to read.
// Threads: any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mutex.h"

namespace hearth::controller {

struct ServedRuntime {
  std::string text;  // "python:3.11.2", or "python:3.12 (served by 3.11.2)" when it is the nearest, not the exact one
  std::string arn;   // "arn:aws:lambda:REGION::runtime:<64 hex>", of the served version
  bool exact = true;
};

class RuntimeSupport {
 public:
  using FamilyVersion = std::pair<std::string, std::string>;  // {"python", "3.11.2"}, {"provided", ""}

  // With allow_nearest an id whose exact version is not installed is served by the nearest installed of its family.
  RuntimeSupport(std::string region, bool allow_nearest);

  void SetInstalled(const std::string& worker_id, std::vector<FamilyVersion> versions);
  void RemoveWorker(const std::string& worker_id);

  absl::StatusOr<ServedRuntime> Resolve(std::string_view runtime_id) const;
  // The version that serves the id: the one named, if it is installed and may, else, when none is, Resolve's.
  std::optional<std::string> ServingArn(std::string_view runtime_id, std::string_view version_arn) const;
  std::string ArnOf(const FamilyVersion& version) const;

 private:
  struct Installed {
    std::string arn;
    size_t workers = 0;
  };

  void Remove(const std::string& worker_id) REQUIRES(mutex_);
  bool MayServe(std::string_view runtime_id, const FamilyVersion& candidate) const;
  absl::StatusOr<FamilyVersion> BestOf(std::string_view runtime_id) const REQUIRES(mutex_);
  std::string ListInstalled() const REQUIRES(mutex_);

  const std::string region_;
  const bool allow_nearest_;
  mutable Mutex mutex_;
  std::map<std::string, std::vector<FamilyVersion>> of_worker_ GUARDED_BY(mutex_);
  std::map<FamilyVersion, Installed> installed_ GUARDED_BY(mutex_);  // somewhere
};

}  // namespace hearth::controller
