#include "worker/environments/parked/parked_environment.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "worker/environments/runtime_command.h"
#include "worker/environments/runtime_environment.h"

namespace hearth::worker {
namespace {

// Until a function's own limit applies; the runtimes boot in a quarter of it.
constexpr int64_t kParkedMemoryBytes = int64_t{256} << 20;
// A runtime that has booted reads at once.
constexpr timeval kSendLimit{5, 0};

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeAssignmentPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return ErrnoStatus("socketpair");
  std::pair<UniqueFd, UniqueFd> pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof(kSendLimit)) != 0) {
    return ErrnoStatus("setsockopt");
  }
  return pair;
}

absl::Status SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = TEMP_FAILURE_RETRY(send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (sent < 0) return ErrnoStatus("send an assignment");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status StartBooting(ParkedEnvironment& parked, Clock& clock) {
  ASSIGN_OR_RETURN(auto pair, MakeAssignmentPair());
  RuntimeCommand command;
  command.arguments = {kManagedBootstrap};
  command.environment = ParkedRuntimeEnvironment(parked.kind.runtime, parked.kind.memory_mb);
  command.working_directory = "/";  // /var/task is covered later
  command.assignment = pair.second.get();
  parked.start = StartRuntime(*parked.sandbox, command, clock);
  parked.assignment = std::move(pair.first);
  return parked.start.status;
}

}  // namespace

absl::StatusOr<ParkedEnvironment> Park(const ParkedKind& kind, const std::string& sandbox_id,
                                       const std::string& runtimes_directory, SandboxFactory& sandboxes, Clock& clock) {
  SandboxSpec spec;
  spec.id = sandbox_id;
  spec.memory_bytes = kParkedMemoryBytes;
  spec.tmp_bytes = int64_t{kMinEphemeralStorageMb} << 20;
  spec.parked = true;
  if (!kind.runtime.empty()) spec.runtime_directory = fmt::format("{}/{}", runtimes_directory, kind.runtime);
  ParkedEnvironment parked;
  parked.kind = kind;
  parked.sandbox_id = sandbox_id;
  ASSIGN_OR_RETURN(parked.sandbox, sandboxes.Create(spec));
  if (!kind.runtime.empty()) RETURN_IF_ERROR(StartBooting(parked, clock));
  return parked;
}

absl::Status AssignFunction(ParkedEnvironment& parked, SandboxSpec function, SandboxFactory& sandboxes) {
  if (parked.sandbox->ReadRuntimeExit()) {
    return absl::FailedPreconditionError("a parked environment ended before it had a function");
  }
  function.id = parked.sandbox_id;
  if (!parked.kind.runtime.empty()) function.runtime_directory.clear();
  return sandboxes.Assign(*parked.sandbox, function);
}

RuntimeStart BeginRuntime(ParkedEnvironment& parked, const RuntimeCommand& command, Clock& clock) {
  if (!parked.assignment.valid()) return StartRuntime(*parked.sandbox, command, clock);
  RuntimeStart start = parked.start;
  start.started_at = clock.Monotonic();
  std::string block;
  for (const std::string& variable : command.environment) block.append(variable).push_back('\0');
  start.status = SendAll(parked.assignment.get(), block);
  parked.assignment.reset();  // the end of the assignment
  return start;
}

}  // namespace hearth::worker
