#include "controller/resealer.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "common/failpoint.h"
#include "common/log.h"

namespace hearth::controller {

absl::StatusOr<std::string> Resealer::Rotate() {
  MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(std::string id, keyring_.AddKey());
  quiet_since_ = clock_.Monotonic();
  LogInfo("a new key seals from now on", {{"key", id}});
  return id;
}

void Resealer::Tick() {
  MutexLock lock(mutex_);
  if (keyring_.KeyIds().size() < 2) return;
  const absl::StatusOr<int> changed = Pass();
  if (!changed.ok()) {
    LogError("records could not be sealed anew; trying again", {{"error", std::string(changed.status().message())}});
    quiet_since_ = clock_.Monotonic();
  } else if (*changed > 0) {
    LogInfo("records were sealed anew", {{"records", fmt::format("{}", *changed)}});
    quiet_since_ = clock_.Monotonic();
  } else if (clock_.Monotonic() - quiet_since_ >= kSettle) {
    const absl::Status removed = RemoveOldKeys();
    if (!removed.ok()) LogError("an old key is kept", {{"error", std::string(removed.message())}});
    quiet_since_ = clock_.Monotonic();
  }
}

absl::StatusOr<int> Resealer::Pass() {
  int changed = 0;
  for (const Source& source : sources_) {
    ASSIGN_OR_RETURN(const int of_source, source());
    FAILPOINT("resealer_between_sources");
    changed += of_source;
  }
  return changed;
}

absl::Status Resealer::RemoveOldKeys() {
  std::vector<std::string> ids = keyring_.KeyIds();
  ids.pop_back();
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const bool in_use, in_use_(id));
    if (in_use) return absl::FailedPreconditionError(fmt::format("a record still names key {}", id));
    RETURN_IF_ERROR(keyring_.RemoveKey(id));
    LogInfo("nothing lies under an old key any more; it is forgotten", {{"key", id}});
  }
  return absl::OkStatus();
}

}  // namespace hearth::controller
