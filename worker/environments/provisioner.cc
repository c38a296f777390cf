#include "worker/environments/provisioner.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "common/errors.h"
#include "common/log.h"
#include "worker/environments/extensions/external_extensions.h"
#include "worker/environments/runtime_command.h"
#include "worker/environments/runtime_environment.h"

namespace hearth::worker {

namespace {

// How long each step took, for those who look at debug lines.
class Timeline {
 public:
  explicit Timeline(Clock& clock) : clock_(clock), last_(clock.Monotonic()) {}
  void Mark(std::string_view step) {
    const MonotonicTime now = clock_.Monotonic();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now - std::exchange(last_, now));
    text_ += fmt::format("{}{} {}", text_.empty() ? "" : ", ", step, micros.count());
  }
  const std::string& text() const { return text_; }

 private:
  Clock& clock_;
  MonotonicTime last_;
  std::string text_;
};

}  // namespace

void Provisioner::Provision(const std::string& environment_id, const node::EnvironmentSpec& spec,
                            const std::string& log_stream, Done done) {
  // The result is handed from the one thread to the other, never copied.
  auto made = std::make_shared<absl::StatusOr<ProvisionedSandbox>>(absl::UnknownError("not provisioned"));
  auto parked = std::make_shared<std::optional<ParkedEnvironment>>();
  if (parked_ != nullptr) *parked = parked_->Take(spec);
  const auto work = [this, environment_id, spec, log_stream, made, parked] {
    *made = Make(environment_id, spec, log_stream, parked->has_value() ? &**parked : nullptr);
    parked->reset();
  };
  const auto hand_over = [made, done] { done(std::move(*made)); };
  if (!work_.Run(work, hand_over)) done(absl::ResourceExhaustedError("too many environments are being started"));
}

absl::StatusOr<ProvisionedSandbox> Provisioner::Make(const std::string& environment_id,
                                                     const node::EnvironmentSpec& spec, const std::string& log_stream,
                                                     ParkedEnvironment* parked) {
  Timeline timeline(clock_);
  ProvisionedSandbox made;
  SandboxSpec sandbox;
  ASSIGN_OR_RETURN(made.packages, AcquirePackages(spec));
  timeline.Mark("packages");
  sandbox.task_directory = made.packages.front()->directory();
  for (size_t i = 1; i < made.packages.size(); ++i) sandbox.layer_directories.push_back(made.packages[i]->directory());
  ASSIGN_OR_RETURN(made.choice, ChooseRuntime(spec.runtime(), runtimes_directory_, sandbox.task_directory,
                                              sandbox.layer_directories));
  sandbox.id = environment_id;
  sandbox.memory_bytes = int64_t{spec.memory_mb()} << 20;
  sandbox.tmp_bytes = int64_t{spec.ephemeral_storage_mb()} << 20;
  sandbox.runtime_directory = made.choice.runtime_directory;
  made.command.arguments = {made.choice.bootstrap};
  made.command.environment = RuntimeEnvironment(spec, log_stream, offers_aws_api_);
  // Extensions start before the runtime: then the environment starts both, and a runtime that runs already is no use.
  made.extensions = ExternalExtensions(sandbox.layer_directories);
  const bool used_parked = parked != nullptr && made.extensions.empty() && UseParked(*parked, sandbox, made);
  if (!used_parked) {
    ASSIGN_OR_RETURN(made.sandbox, sandboxes_.Create(sandbox));
    if (!made.choice.failure && made.extensions.empty()) {
      made.start = StartRuntime(*made.sandbox, made.command, clock_);
    }
  }
  if (spec.has_identity()) RETURN_IF_ERROR(made.sandbox->WriteIdentityToken(spec.identity().token()));
  timeline.Mark("sandbox");
  LogDebug("environment is set up", {{"environment", environment_id},
                                     {"parked", used_parked ? NameOf(parked->kind) : "no"},
                                     {"sandbox", used_parked ? parked->sandbox_id : environment_id},
                                     {"micros", timeline.text()}});
  return made;
}

bool Provisioner::UseParked(ParkedEnvironment& parked, const SandboxSpec& sandbox, ProvisionedSandbox& made) {
  absl::Status status = AssignFunction(parked, sandbox, sandboxes_);
  if (status.ok() && !made.choice.failure) {
    made.start = BeginRuntime(parked, made.command, clock_);
    status = made.start.status;
  }
  if (status.ok()) {
    made.sandbox = parked.sandbox;
    return true;
  }
  LogWarn("a parked environment is of no use", {{"sandbox", parked.sandbox_id}, {"error", status.ToString()}});
  return false;
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
