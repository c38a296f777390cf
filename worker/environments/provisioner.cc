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
  SandboxSpec sandbox;
  ASSIGN_OR_RETURN(made.packages, AcquirePackages(spec));
  sandbox.task_directory = made.packages.front()->directory();
  for (size_t i = 1; i < made.packages.size(); ++i) sandbox.layer_directories.push_back(made.packages[i]->directory());
  ASSIGN_OR_RETURN(made.choice, ChooseRuntime(spec.runtime(), runtimes_directory_, sandbox.task_directory,
                                              sandbox.layer_directories));
  sandbox.id = environment_id;
  sandbox.memory_bytes = int64_t{spec.memory_mb()} << 20;
  sandbox.tmp_bytes = int64_t{spec.ephemeral_storage_mb()} << 20;
  sandbox.runtime_directory = made.choice.runtime_directory;
  ASSIGN_OR_RETURN(made.sandbox, sandboxes_.Create(sandbox));
  made.command.arguments = {made.choice.bootstrap};
  made.command.environment = RuntimeEnvironment(spec, log_stream, offers_aws_api_);
  if (!made.choice.failure) made.start = StartRuntime(*made.sandbox, made.command, clock_);
  return made;
}

absl::StatusOr<std::vector<std::shared_ptr<const ArtifactLease>>> Provisioner::AcquirePackages(
    const node::EnvironmentSpec& spec) {
  std::vector<std::shared_ptr<const ArtifactLease>> packages;
  std::shared_ptr<const ArtifactLease> lease;
  ASSIGN_OR_RETURN(lease, artifacts_.Acquire(spec.code_sha256()));
  packages.push_back(std::move(lease));
  for (const node::LayerPackage& layer : spec.layers()) {
    ASSIGN_OR_RETURN(lease, artifacts_.Acquire(layer.code_sha256()));
    packages.push_back(std::move(lease));
  }
  return packages;
}

}  // namespace hearth::worker
