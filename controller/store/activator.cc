#include "controller/store/activator.h"

#include "common/errors.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

// Another thread was quicker; nothing is written then.
absl::Status AlreadySettled() { return absl::CancelledError("already settled"); }

absl::Status Complete(records::Function& function, Random& random) {
  if (!IsUnsettled(function)) return AlreadySettled();
  records::FunctionVersion& latest = *function.mutable_latest();
  latest.set_state(records::FunctionVersion::ACTIVE);
  latest.clear_state_reason();
  latest.clear_state_reason_code();
  latest.set_last_update_status(records::FunctionVersion::UPDATE_SUCCESSFUL);
  latest.clear_last_update_reason();
  latest.clear_last_update_reason_code();
  latest.set_revision_id(random.Uuid());
  function.clear_serving();
  return absl::OkStatus();
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

absl::StatusOr<records::Function> Activator::Settle(const FunctionId& id) {
  absl::StatusOr<records::Function> settled =
      functions_.Update(id, [this](records::Function& function) { return Complete(function, random_); });
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
