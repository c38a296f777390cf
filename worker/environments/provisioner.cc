#include "worker/environments/provisioner.h"

#include <memory>
#include <utility>

#include "common/errors.h"
#include "worker/environments/runtime_command.h"
#include "worker/environments/runtime_environment.h"

namespace hearth::worker {

void Provisioner::Provision(const std::string& environment_id, const node::EnvironmentSpec& spec,
                            const std::string& log_stream, Done done) {
  // The result is handed from the one thread to the other, never copied.
  auto made = std::make_shared<absl::StatusOr<ProvisionedSandbox>>(absl::UnknownError("not provisioned"));
  const auto work = [this, environment_id, spec, log_stream, made] { *made = Make(environment_id, spec, log_stream); };
  const auto hand_over = [made, done] { done(std::move(*made)); };
  if (!work_.Run(work, hand_over)) done(absl::ResourceExhaustedError("too many environments are being started"));
}

absl::StatusOr<ProvisionedSandbox> Provisioner::Make(const std::string& environment_id,
                                                     const node::EnvironmentSpec& spec, const std::string& log_stream) {
  ProvisionedSandbox made;
  ASSIGN_OR_RETURN(made.code, artifacts_.Acquire(spec.code_sha256()));
  ASSIGN_OR_RETURN(made.choice, ChooseRuntime(spec.runtime(), runtimes_directory_, made.code->directory()));
  SandboxSpec sandbox;
  sandbox.id = environment_id;
  sandbox.memory_bytes = int64_t{spec.memory_mb()} << 20;
  sandbox.tmp_bytes = int64_t{spec.ephemeral_storage_mb()} << 20;
  sandbox.task_directory = made.code->directory();
  sandbox.runtime_directory = made.choice.runtime_directory;
  ASSIGN_OR_RETURN(made.sandbox, sandboxes_.Create(sandbox));
  made.command.arguments = {made.choice.bootstrap};
  made.command.environment = RuntimeEnvironment(spec, log_stream, offers_aws_api_);
  if (!made.choice.failure) made.start = StartRuntime(*made.sandbox, made.command, clock_);
  return made;
}

}  // namespace hearth::worker
