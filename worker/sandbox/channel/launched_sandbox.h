// LaunchedSandbox is the worker's end of a sandbox the launcher made: its descriptors and the talk with hearth-init.
//
// Errors:  as sandbox.h says; Unavailable once hearth-init is gone.
// Threads: one at a time per sandbox.
// Lifetime: the destructor asks the launcher to destroy the sandbox and does not wait; if the launcher is gone it thaws
//          the sandbox, so that what the launcher's death has killed can die.
#pragma once

#include <memory>
#include <string>

#include "worker/sandbox/channel/cgroup_handle.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

class LaunchedSandbox final : public Sandbox {
 public:
  struct Parts {
    std::string id;
    UniqueFd control;
    UniqueFd runtime_api_listener;
    UniqueFd output_pipe;
    UniqueFd telemetry_pipe;
    CgroupHandle cgroup;
    std::shared_ptr<const UniqueFd> launcher;  // the socket a Destroy is sent on
    UniqueFd identity_directory{};             // of kIdentityTokenFile
  };

  explicit LaunchedSandbox(Parts parts) : parts_(std::move(parts)) {}
  ~LaunchedSandbox() override;

  int runtime_api_listener() const override { return parts_.runtime_api_listener.get(); }
  int output_pipe() const override { return parts_.output_pipe.get(); }
  int telemetry_pipe() const override { return parts_.telemetry_pipe.get(); }
  int exit_notice() const override { return parts_.control.get(); }

  absl::StatusOr<int> StartRuntime(const RuntimeCommand& command) override;
  absl::Status StartExtension(int round, int number, const RuntimeCommand& command) override;
  std::optional<RuntimeExit> ReadRuntimeExit() override;
  absl::Status KillRuntime() override;
  absl::Status TerminateRuntime() override;
  absl::Status WriteIdentityToken(std::string_view token) override;
  absl::Status KillRuntimeAlone() override;

  absl::Status Freeze() override { return parts_.cgroup.Freeze(); }
  absl::Status Thaw() override { return parts_.cgroup.Thaw(); }
  absl::Status SetCpu(CpuMode mode) override;
  absl::StatusOr<int64_t> MemoryPeakBytes() override { return parts_.cgroup.MemoryPeakBytes(); }
  absl::Status ResetMemoryPeak() override { return parts_.cgroup.ResetMemoryPeak(); }
  absl::StatusOr<int64_t> OomKills() override { return parts_.cgroup.OomKills(); }

  // The launcher has given it a function of that size.
  void OnAssigned(int64_t memory_bytes) { parts_.cgroup.SetMemory(memory_bytes); }

 private:
  std::optional<RuntimeExit> NoteInitIsGone();

  Parts parts_;
  int generation_ = 0;
  bool running_ = false;
  bool init_gone_ = false;
};

}  // namespace hearth::worker
