// ExtensionHost runs the extensions of one environment: starts their processes before the runtime, waits for them in
// every phase, and takes leave of them at the end.
//
// Shapes:  process numbers count from 1. A round begins with Start; what is heard of an earlier one is ignored.
// Errors:  one that ends, or says that it cannot go on, makes the environment fail (OnExtensionFailed).
// Threads: the loop's.
// Limits:  Leave takes kLeaveExternal in all, kLeaveInternal without external ones; the runtime has kRuntimeLeave of
// it. Source:  runtime.md §2 and §5.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proto/node.pb.h"
#include "worker/environments/deadline_timer.h"
#include "worker/environments/runtime_failure.h"
#include "worker/logs/platform_log.h"
#include "worker/runtime_api/extensions/extension_registry.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

class ExtensionHost final : private ExtensionEvents {
 public:
  static constexpr std::chrono::milliseconds kLeaveExternal{2000};
  static constexpr std::chrono::milliseconds kLeaveInternal{500};
  static constexpr std::chrono::milliseconds kRuntimeLeave{300};

  class Events {
   public:
    virtual ~Events() = default;
    virtual void OnExtensionsRegistered() = 0;  // every external one: the runtime may start
    virtual void OnExtensionsReady() = 0;       // everyone waits for an event
    virtual void OnExtensionFailed(RuntimeFailure failure) = 0;
    virtual void OnLeaveTaken() = 0;
  };

  // `external` as ExternalExtensions says; `environment` is what they are started with.
  ExtensionHost(const std::string& environment_id, const node::EnvironmentSpec& spec, std::vector<std::string> external,
                std::vector<std::string> environment, Sandbox& sandbox, DeadlineTimer& timer, Clock& clock,
                PlatformLog& log, Events& events);
  ~ExtensionHost() override;

  ExtensionRegistry& registry() { return registry_; }
  bool has_external() const { return !external_.empty(); }

  // A new round. The external ones start; OnExtensionsRegistered follows, at once when there are none.
  absl::Status Start();
  void CloseRegistration();
  bool ready() const { return registry_.all_ready(); }
  // The phase is over in which they registered: the log names them.
  void WriteSummaries();
  void Deliver(const ExtensionInvocation& invocation) { registry_.DeliverInvocation(invocation); }

  // The runtime gets SIGTERM, then those who asked for it the SHUTDOWN event; OnLeaveTaken when they have gone or their
  // time is up. Nothing of all that without extensions: OnLeaveTaken at once.
  void Leave(std::string_view reason, bool runtime_alive);
  bool leaving() const { return leaving_; }
  void OnRuntimeEnded();  // while leaving
  void OnProcessEnded(const RuntimeExit& exit);
  // Nobody lives any more.
  void Forget();

 private:
  void OnExtensionProgress() override;
  void OnExtensionError(const std::string& name, std::string error_type, std::string body) override;
  void AnnounceShutdown();
  void LeaveTaken();
  std::chrono::milliseconds LeaveTime() const;
  std::set<int> WhoWasTold() const;

  const std::vector<std::string> external_;
  const std::vector<std::string> environment_;
  Sandbox& sandbox_;
  DeadlineTimer& timer_;
  Clock& clock_;
  PlatformLog& log_;
  Events& events_;
  ExtensionRegistry registry_;

  int round_ = 0;
  std::set<int> running_;  // process numbers
  std::set<int> awaited_;  // while leaving: of those who were told
  bool waits_for_registration_ = false;
  bool leaving_ = false;
  bool shutdown_announced_ = false;
  std::string leave_reason_;
  MonotonicTime leave_until_{};
  DeadlineTimer::Id leave_timer_;
};

}  // namespace hearth::worker
