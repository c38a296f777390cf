#include "controller/cluster/node_sessions.h"

#include <utility>

#include "common/io/thread_pool.h"
#include "controller/cluster/node_server.h"
#include "controller/cluster/session_table.h"

namespace hearth::controller {
namespace {

// Blob reads and log appends; a worker has at most one of each kind waiting.
constexpr int kBlockingThreads = 2;
constexpr size_t kMaxBlockingTasks = 2 * SessionTable::kMaxWorkers;

class GrpcNodeSessions final : public NodeSessions {
 public:
  GrpcNodeSessions(OpenArtifact open_artifact, RenewIdentity renew_identity, LogSink& log_sink, Random& random)
      : table_(random, std::move(renew_identity)),
        blocking_("node-io", kBlockingThreads, kMaxBlockingTasks),
        server_(table_, blocking_, std::move(open_artifact), log_sink) {}

  absl::StatusOr<std::string> Listen(const std::string& address, WorkerEvents& events) override {
    table_.Attach(events);
    return server_.Start(address);
  }
  void Close() override { server_.Stop(); }

  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override {
    return table_.Start(worker_id, start);
  }
  absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) override {
    return table_.Invoke(worker_id, invocation);
  }
  absl::Status Stop(const std::string& worker_id, const std::string& environment_id) override {
    return table_.Stop(worker_id, environment_id);
  }
  absl::Status Credit(const std::string& worker_id, const node::ResponseCredit& credit) override {
    return table_.Credit(worker_id, credit);
  }
  absl::Status Release(const std::string& worker_id) override { return table_.Release(worker_id); }

 private:
  SessionTable table_;
  ThreadPool blocking_;
  NodeServer server_;
};

}  // namespace

std::unique_ptr<NodeSessions> NodeSessions::Create(OpenArtifact open_artifact, RenewIdentity renew_identity,
                                                   LogSink& log_sink, Random& random) {
  return std::make_unique<GrpcNodeSessions>(std::move(open_artifact), std::move(renew_identity), log_sink, random);
}

}  // namespace hearth::controller
