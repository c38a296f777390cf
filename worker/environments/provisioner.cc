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

// With extensions the environment starts the runtime, after them.
bool StartsRuntime(const ProvisionedSandbox& made) { return !made.choice.failure && made.extensions.empty(); }

absl::Status TooMany() { return absl::ResourceExhaustedError("too many environments are being started"); }

}  // namespace

// Handed from the one thread to the other, never copied.
struct Provisioner::Job {
  std::string environment_id;
  node::EnvironmentSpec spec;
  std::string log_stream;
  Done done;
  Timeline timeline;
  bool prepared = false;
  SandboxSpec sandbox = {};
  ProvisionedSandbox made = {};
  std::optional<ParkedEnvironment> parked = {};
  absl::Status status = {};
};

// Only layers bring extensions, and these decide which parked environment fits: then the packages come first.
void Provisioner::Provision(const std::string& environment_id, const node::EnvironmentSpec& spec,
                            const std::string& log_stream, Done done) {
  auto job = std::make_shared<Job>(Job{environment_id, spec, log_stream, std::move(done), Timeline(clock_)});
  if (parked_ == nullptr || spec.layers().empty()) {
    if (parked_ != nullptr) job->parked = parked_->Take(spec);
    return Finish(job);
  }
  const auto prepare = [this, job] { job->status = Prepare(*job); };
  const auto finish = [this, job, wanted = std::weak_ptr<bool>(wanted_)] {
    if (wanted.expired()) return;
    if (!job->status.ok()) return job->done(job->status);
    job->parked = parked_->Take(job->spec,
                                job->made.extensions.empty() ? ParkedPool::Runs::kRuntime : ParkedPool::Runs::kNothing);
    Finish(job);
  };
  if (!work_.Run(prepare, finish)) job->done(TooMany());
}

void Provisioner::Finish(const std::shared_ptr<Job>& job) {
  const auto work = [this, job] {
    if (!job->prepared) job->status = Prepare(*job);
    if (job->status.ok()) job->status = Make(*job);
    job->parked.reset();
  };
  const auto hand_over = [job] {
    job->status.ok() ? job->done(std::move(job->made)) : job->done(std::move(job->status));
  };
  if (!work_.Run(work, hand_over)) job->done(TooMany());
}

absl::Status Provisioner::Prepare(Job& job) {
  job.prepared = true;
  ProvisionedSandbox& made = job.made;
  ASSIGN_OR_RETURN(made.packages, AcquirePackages(job.spec));
  job.timeline.Mark("packages");
  job.sandbox.task_directory = made.packages.front()->directory();
  for (size_t i = 1; i < made.packages.size(); ++i) {
    job.sandbox.layer_directories.push_back(made.packages[i]->directory());
  }
  ASSIGN_OR_RETURN(made.choice, ChooseRuntime(job.spec.runtime(), runtimes_directory_, job.sandbox.task_directory,
                                              job.sandbox.layer_directories));
  made.extensions = ExternalExtensions(job.sandbox.layer_directories);
  return absl::OkStatus();
}

absl::Status Provisioner::Make(Job& job) {
  const node::EnvironmentSpec& spec = job.spec;
  ProvisionedSandbox& made = job.made;
  SandboxSpec& sandbox = job.sandbox;
  sandbox.id = job.environment_id;
  sandbox.memory_bytes = int64_t{spec.memory_mb()} << 20;
  sandbox.tmp_bytes = int64_t{spec.ephemeral_storage_mb()} << 20;
  sandbox.runtime_directory = made.choice.runtime_directory;
  made.command.arguments = {made.choice.bootstrap};
  made.command.environment = RuntimeEnvironment(spec, job.log_stream, offers_aws_api_);
  const bool used_parked = job.parked && UseParked(*job.parked, sandbox, made);
  if (!used_parked) {
    ASSIGN_OR_RETURN(made.sandbox, sandboxes_.Create(sandbox));
    if (StartsRuntime(made)) made.start = StartRuntime(*made.sandbox, made.command, clock_);
  }
  if (spec.has_identity()) RETURN_IF_ERROR(made.sandbox->WriteIdentityToken(spec.identity().token()));
  job.timeline.Mark("sandbox");
  LogDebug("environment is set up", {{"environment", job.environment_id},
                                     {"parked", used_parked ? NameOf(job.parked->kind) : "no"},
                                     {"sandbox", used_parked ? job.parked->sandbox_id : job.environment_id},
                                     {"micros", job.timeline.text()}});
  return absl::OkStatus();
}

bool Provisioner::UseParked(ParkedEnvironment& parked, const SandboxSpec& sandbox, ProvisionedSandbox& made) {
  absl::Status status = AssignFunction(parked, sandbox, sandboxes_);
  if (status.ok() && StartsRuntime(made)) {
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
