#include "worker/environments/extensions/extension_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/log.h"

namespace hearth::worker {
namespace {

constexpr char kCrash[] = "Extension.Crash";
constexpr char kLaunchError[] = "Extension.LaunchError";

RuntimeFailure Crashed(const std::string& name, const RuntimeExit& exit) {
  RuntimeFailure failure{{PhaseStatus::Kind::kError, kCrash}, "", std::nullopt};
  if (exit.exec_errno != 0) failure.status.error_type = kLaunchError;
  const std::string how =
      exit.signal ? fmt::format("signal {}", *exit.signal) : fmt::format("exit status {}", exit.exit_code.value_or(0));
  failure.message = fmt::format("extension {} ended: {}", name, how);
  return failure;
}

}  // namespace

ExtensionHost::ExtensionHost(const std::string& environment_id, const node::EnvironmentSpec& spec,
                             std::vector<std::string> external, std::vector<std::string> environment, Sandbox& sandbox,
                             DeadlineTimer& timer, Clock& clock, PlatformLog& log, Events& events)
    : external_(std::move(external)),
      environment_(std::move(environment)),
      sandbox_(sandbox),
      timer_(timer),
      clock_(clock),
      log_(log),
      events_(events),
      registry_({environment_id, spec.function_name(), spec.version(), spec.handler(), spec.account()}, *this) {}

ExtensionHost::~ExtensionHost() { timer_.Cancel(leave_timer_); }

absl::Status ExtensionHost::Start() {
  ++round_;
  running_.clear();
  registry_.Reset(external_);
  if (external_.size() > ExtensionRegistry::kMaxExtensions) {
    events_.OnExtensionFailed(
        {{PhaseStatus::Kind::kError, "Extension.TooManyExtensions"},
         fmt::format("{} extensions; at most {} run", external_.size(), ExtensionRegistry::kMaxExtensions),
         std::nullopt});
    return absl::OkStatus();
  }
  waits_for_registration_ = true;
  int number = 0;
  for (const std::string& name : external_) {
    RuntimeCommand command;
    command.arguments = {"/opt/extensions/" + name};
    command.environment = environment_;
    command.working_directory = "/";
    RETURN_IF_ERROR(sandbox_.StartExtension(round_, ++number, command));
    running_.insert(number);
  }
  if (external_.empty()) OnExtensionProgress();
  return absl::OkStatus();
}

void ExtensionHost::CloseRegistration() { registry_.CloseRegistration(); }

void ExtensionHost::WriteSummaries() {
  for (const ExtensionRegistry::Summary& extension : registry_.Summaries()) {
    log_.Extension(extension.name, extension.state, extension.events, extension.error_type);
  }
}

void ExtensionHost::OnExtensionProgress() {
  if (leaving_) return;
  if (waits_for_registration_) {
    if (!registry_.external_registered()) return;
    waits_for_registration_ = false;
    return events_.OnExtensionsRegistered();
  }
  if (registry_.all_ready()) events_.OnExtensionsReady();
}

void ExtensionHost::OnExtensionError(const std::string& name, std::string error_type, std::string body) {
  if (leaving_) return;
  waits_for_registration_ = false;
  RuntimeFailure failure{
      {PhaseStatus::Kind::kError, std::move(error_type)}, fmt::format("extension {} cannot go on", name), std::nullopt};
  if (!body.empty()) failure.message += ": " + body;
  events_.OnExtensionFailed(std::move(failure));
}

void ExtensionHost::OnProcessEnded(const RuntimeExit& exit) {
  if (exit.generation != round_ || running_.erase(exit.extension) == 0) return;
  if (leaving_) {
    awaited_.erase(exit.extension);
    if (shutdown_announced_ && awaited_.empty()) LeaveTaken();
    return;
  }
  waits_for_registration_ = false;
  events_.OnExtensionFailed(Crashed(external_.at(static_cast<size_t>(exit.extension) - 1), exit));
}

std::chrono::milliseconds ExtensionHost::LeaveTime() const {
  if (!registry_.any()) return std::chrono::milliseconds(0);
  return registry_.any_external() ? kLeaveExternal : kLeaveInternal;
}

void ExtensionHost::Leave(std::string_view reason, bool runtime_alive) {
  if (LeaveTime().count() == 0) return events_.OnLeaveTaken();
  leaving_ = true;
  waits_for_registration_ = false;
  shutdown_announced_ = false;
  leave_reason_ = reason;
  leave_until_ = clock_.Monotonic() + LeaveTime();
  if (!runtime_alive || !sandbox_.TerminateRuntime().ok()) return AnnounceShutdown();
  const std::chrono::milliseconds patience = registry_.any_external() ? kRuntimeLeave : kLeaveInternal;
  leave_timer_ = timer_.Arm(clock_.Monotonic() + patience, [this] {
    leave_timer_ = {};
    if (!sandbox_.KillRuntimeAlone().ok()) LogWarn("a runtime could not be killed at its end", {});
    AnnounceShutdown();
  });
}

void ExtensionHost::OnRuntimeEnded() {
  if (leaving_ && !shutdown_announced_) AnnounceShutdown();
}

// The runtime is gone; the extensions have the rest of the time.
void ExtensionHost::AnnounceShutdown() {
  if (std::exchange(shutdown_announced_, true)) return;
  timer_.Cancel(leave_timer_);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(leave_until_ - clock_.Monotonic());
  awaited_ = WhoWasTold();
  const bool wanted = registry_.DeliverShutdown(leave_reason_, UnixMillis(clock_.Wall() + left));
  if (!wanted || awaited_.empty()) return LeaveTaken();
  leave_timer_ = timer_.Arm(leave_until_, [this] {
    leave_timer_ = {};
    LeaveTaken();
  });
}

// The others end at once, by the kill that follows.
std::set<int> ExtensionHost::WhoWasTold() const {
  std::set<int> told;
  for (const ExtensionRegistry::Summary& extension : registry_.Summaries()) {
    const auto place = std::find(external_.begin(), external_.end(), extension.name);
    const int number = static_cast<int>(place - external_.begin()) + 1;
    const bool wants =
        std::find(extension.events.begin(), extension.events.end(), "SHUTDOWN") != extension.events.end();
    if (wants && extension.error_type.empty() && running_.contains(number)) told.insert(number);
  }
  return told;
}

void ExtensionHost::LeaveTaken() {
  timer_.Cancel(leave_timer_);
  leaving_ = false;
  events_.OnLeaveTaken();
}

void ExtensionHost::Forget() {
  timer_.Cancel(leave_timer_);
  leaving_ = false;
  waits_for_registration_ = false;
  ++round_;
  running_.clear();
  registry_.Reset(external_);
}

}  // namespace hearth::worker
