// Provisioner makes ready what an environment needs, away from the loop: code and layers, a sandbox, the runtime
// started in it. A parked environment that fits is given the code instead of making a sandbox.
//
// Errors:  what the artifact cache, the sandbox factory or the choice of the runtime answers. ResourceExhausted when
// too
//          many provisionings wait.
// Threads: Provision on the loop; `done` runs there too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "proto/node.pb.h"
#include "worker/artifacts/artifact_cache.h"
#include "worker/environments/environment.h"
#include "worker/environments/event_loop.h"
#include "worker/environments/parked/parked_pool.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

class Provisioner {
 public:
  using Done = std::function<void(absl::StatusOr<ProvisionedSandbox>)>;

  Provisioner(std::string runtimes_directory, ArtifactCache& artifacts, SandboxFactory& sandboxes, BlockingWork& work,
              Clock& clock, bool offers_aws_api = false, ParkedPool* parked = nullptr)
      : runtimes_directory_(std::move(runtimes_directory)),
        artifacts_(artifacts),
        sandboxes_(sandboxes),
        work_(work),
        clock_(clock),
        offers_aws_api_(offers_aws_api),
        parked_(parked) {}

  void Provision(const std::string& environment_id, const node::EnvironmentSpec& spec, const std::string& log_stream,
                 Done done);
  // On the loop: what is under way is never handed over. Its threads may still work on it.
  void Abandon() { wanted_ = std::make_shared<bool>(true); }

 private:
  struct Job;

  void Finish(const std::shared_ptr<Job>& job);
  // Packages, and what they say about how the environment starts.
  absl::Status Prepare(Job& job);
  absl::Status Make(Job& job);
  // False where the parked one turns out to be of no use.
  bool UseParked(ParkedEnvironment& parked, const SandboxSpec& sandbox, ProvisionedSandbox& made);
  // The code, then the layers in their order.
  absl::StatusOr<std::vector<std::shared_ptr<const ArtifactLease>>> AcquirePackages(const node::EnvironmentSpec& spec);

  const std::string runtimes_directory_;
  ArtifactCache& artifacts_;
  SandboxFactory& sandboxes_;
  BlockingWork& work_;
  Clock& clock_;
  const bool offers_aws_api_;  // through the door of the Runtime API
  ParkedPool* const parked_;   // nullptr: nothing is parked
  std::shared_ptr<bool> wanted_ = std::make_shared<bool>(true);
};

}  // namespace hearth::worker
