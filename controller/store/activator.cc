#include "controller/store/activator.h"

#include "common/errors.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

// Another thread was quicker; nothing is written then.
absl::Status AlreadySettled() { return absl::CancelledError("already settled"); }

void MarkActive(records::FunctionVersion& version) {
  version.set_state(records::FunctionVersion::ACTIVE);
  version.clear_state_reason();
  version.clear_state_reason_code();
  version.set_last_update_status(records::FunctionVersion::UPDATE_SUCCESSFUL);
  version.clear_last_update_reason();
  version.clear_last_update_reason_code();
}

// The version that was published with the change; nothing when it was deleted meanwhile.
absl::Status CompleteVersion(FunctionEdit& edit) {
  const int64_t number = edit.function.publishing_version();
  if (number == 0) return absl::OkStatus();
  edit.function.clear_publishing_version();
  absl::StatusOr<records::FunctionVersion> version = edit.GetVersion(number);
  if (absl::IsNotFound(version.status())) return absl::OkStatus();
  if (!version.ok()) return version.status();
  MarkActive(*version);
  return edit.PutVersion(*std::move(version));
}

absl::Status Complete(FunctionEdit& edit, Random& random) {
  if (!IsUnsettled(edit.function)) return AlreadySettled();
  MarkActive(*edit.function.mutable_latest());
  edit.function.mutable_latest()->set_revision_id(random.Uuid());
  edit.function.clear_serving();
  return CompleteVersion(edit);
}

}  // namespace

Activator::Activator(FunctionStore& functions, Random& random) : functions_(functions), random_(random) {
  for (FunctionId& id : functions_.Unsettled()) waiting_.insert(std::move(id));
  thread_ = std::thread([this] { Run(); });
}

Activator::~Activator() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Activator::Schedule(FunctionId id) {
  {
    MutexLock lock(mutex_);
    waiting_.insert(std::move(id));
  }
  wake_.notify_one();
}

absl::StatusOr<records::Function> Activator::GetSettled(const FunctionId& id) {
  absl::StatusOr<records::Function> function = functions_.Get(id);
  if (!function.ok() || !IsUnsettled(*function)) return function;
  return Settle(id);
}

absl::StatusOr<records::Function> Activator::Settle(const FunctionId& id) {
  absl::StatusOr<records::Function> settled =
      functions_.Edit(id, [this](FunctionEdit& edit) { return Complete(edit, random_); });
  if (absl::IsCancelled(settled.status())) return functions_.Get(id);
  return settled;
}

void Activator::Run() {
  while (true) {
    FunctionId id;
    {
      MutexLock lock(mutex_);
      wake_.wait(lock.native(), [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      id = std::move(waiting_.extract(waiting_.begin()).value());
    }
    const absl::Status settled = Settle(id).status();
    if (settled.ok() || absl::IsNotFound(settled)) continue;
    LogError("a function could not be activated; trying again",
             {{"account", id.account}, {"function", id.name}, {"error", std::string(settled.message())}});
    MutexLock lock(mutex_);
    waiting_.insert(std::move(id));
    wake_.wait_for(lock.native(), kRetryInterval, [this] { return stopping_; });
  }
}

}  // namespace hearth::controller
