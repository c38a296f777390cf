#include "worker/sandbox/launcher_client.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "fmt/format.h"
#include "proto/launcher.pb.h"
#include "worker/sandbox/channel/fd_passing.h"
#include "worker/sandbox/channel/launched_sandbox.h"

extern char** environ;

namespace hearth::worker {
namespace {

constexpr int kSocketInLauncher = 3;
// Longer than the launcher's own limit for one sandbox, and than its wait for a predecessor at the start.
constexpr timeval kReplyLimit{20, 0};
constexpr timeval kSendLimit{5, 0};

std::vector<std::string> CommandLine(const LauncherOptions& options) {
  std::vector<std::string> line = {options.launcher_binary,
                                   "--cgroup-prefix=" + options.cgroup_prefix,
                                   "--allowed-root=" + options.allowed_root,
                                   "--init-binary=" + options.init_binary,
                                   fmt::format("--uid-base={}", options.uid_base),
                                   fmt::format("--uid-count={}", options.uid_count)};
  if (!options.runtimes_root.empty()) line.push_back("--runtimes-root=" + options.runtimes_root);
  return line;
}

absl::StatusOr<pid_t> Spawn(const LauncherOptions& options, int socket) {
  std::vector<std::string> line = CommandLine(options);
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, kSocketInLauncher);
  posix_spawn_file_actions_addclosefrom_np(&actions, kSocketInLauncher + 1);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, options.launcher_binary.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return ErrnoStatus("start " + options.launcher_binary, failed);
  return pid;
}

absl::Status LimitWaits(int socket) {
  if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kReplyLimit, sizeof(kReplyLimit)) != 0 ||
      setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof(kSendLimit)) != 0) {
    return ErrnoStatus("setsockopt");
  }
  return absl::OkStatus();
}

absl::Status StatusOf(const launcher::Reply& reply) {
  return absl::Status(static_cast<absl::StatusCode>(reply.code()), reply.message());
}

absl::StatusOr<std::unique_ptr<Sandbox>> ToSandbox(const SandboxSpec& spec, const launcher::Reply& reply,
                                                   std::vector<UniqueFd> descriptors,
                                                   std::shared_ptr<const UniqueFd> socket) {
  std::map<int, UniqueFd> named;
  for (int i = 0; i < reply.descriptors_size() && i < static_cast<int>(descriptors.size()); ++i) {
    named.emplace(reply.descriptors(i), std::move(descriptors[static_cast<size_t>(i)]));
  }
  for (int name = launcher::CONTROL; name <= launcher::IDENTITY_DIRECTORY; ++name) {
    if (named.count(name) == 0) return absl::InternalError("the launcher's answer lacks a descriptor");
  }
  CgroupFiles files{std::move(named[launcher::CGROUP_FREEZER]), std::move(named[launcher::CGROUP_CPU]),
                    std::move(named[launcher::CGROUP_MEMORY_PEAK]), std::move(named[launcher::CGROUP_OOM_EVENTS])};
  return std::make_unique<LaunchedSandbox>(LaunchedSandbox::Parts{
      spec.id, std::move(named[launcher::CONTROL]), std::move(named[launcher::RUNTIME_API_LISTENER]),
      std::move(named[launcher::OUTPUT_PIPE]), std::move(named[launcher::TELEMETRY_PIPE]),
      CgroupHandle(reply.cgroup_version(), std::move(files), spec.memory_bytes), std::move(socket),
      std::move(named[launcher::IDENTITY_DIRECTORY])});
}

// A worker that is root, where there is no user for it, writes what is nobody's as well: root owns nothing inside.
uint32_t IdentityOwner() {
  constexpr uint32_t kNobody = 65534;
  const uid_t own = geteuid();
  return own == 0 ? kNobody : own;
}

// What a Create and an Assign have in common.
template <typename Message>
void Describe(const SandboxSpec& spec, Message& message) {
  message.set_id(spec.id);
  message.set_memory_bytes(spec.memory_bytes);
  message.set_task_directory(spec.task_directory);
  message.set_runtime_directory(spec.runtime_directory);
  for (const std::string& directory : spec.layer_directories) message.add_layer_directories(directory);
}

}  // namespace

struct LauncherClient::Answer {
  launcher::Reply reply;
  std::vector<UniqueFd> descriptors;
};

absl::StatusOr<LauncherClient::Answer> LauncherClient::AwaitAnswer(int socket, uint64_t request_id) {
  ASSIGN_OR_RETURN(std::optional<Packet> packet, ReceivePacket(socket));
  if (!packet.has_value()) return absl::UnavailableError("the launcher is gone; its own log line says why");
  Answer answer;
  if (!answer.reply.ParseFromString(packet->bytes) || answer.reply.request_id() != request_id) {
    return absl::InternalError("the launcher's answer does not fit the request");
  }
  answer.descriptors = std::move(packet->descriptors);
  return answer;
}

absl::StatusOr<std::unique_ptr<LauncherClient>> LauncherClient::Start(const LauncherOptions& options) {
  ASSIGN_OR_RETURN(auto pair, MakePacketPair());
  RETURN_IF_ERROR(LimitWaits(pair.first.get()));
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(options, pair.second.get()));
  pair.second.reset();
  UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) return ErrnoStatus("pidfd_open");
  auto socket = std::make_shared<const UniqueFd>(std::move(pair.first));
  std::unique_ptr<LauncherClient> client(new LauncherClient(std::move(process), pid, socket));
  ASSIGN_OR_RETURN(const Answer greeting, AwaitAnswer(socket->get(), 0));
  RETURN_IF_ERROR(StatusOf(greeting.reply));
  return client;
}

LauncherClient::~LauncherClient() {
  // Sandboxes may still hold the socket: shut it down so that the launcher sees its end now.
  shutdown(socket_->get(), SHUT_RDWR);
  pollfd wait{process_.get(), POLLIN, 0};
  poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kLauncherEndLimit).count()));
  waitpid(pid_, nullptr, WNOHANG);
}

absl::StatusOr<LauncherClient::Answer> LauncherClient::Ask(launcher::Request& request) {
  const MutexLock lock(mutex_);
  if (out_of_step_) return absl::UnavailableError("the launcher did not answer an earlier request");
  request.set_request_id(++last_request_id_);
  RETURN_IF_ERROR(SendPacket(socket_->get(), request.SerializeAsString()));
  absl::StatusOr<Answer> answer = AwaitAnswer(socket_->get(), request.request_id());
  if (!answer.ok()) {
    out_of_step_ = true;
    return absl::UnavailableError(answer.status().message());
  }
  RETURN_IF_ERROR(StatusOf(answer->reply));
  return answer;
}

absl::StatusOr<std::unique_ptr<Sandbox>> LauncherClient::Create(const SandboxSpec& spec) {
  launcher::Request request;
  Describe(spec, *request.mutable_create());
  request.mutable_create()->set_tmp_bytes(spec.tmp_bytes);
  request.mutable_create()->set_parked(spec.parked);
  request.mutable_create()->set_identity_owner(IdentityOwner());
  ASSIGN_OR_RETURN(Answer answer, Ask(request));
  return ToSandbox(spec, answer.reply, std::move(answer.descriptors), socket_);
}

absl::Status LauncherClient::Assign(Sandbox& sandbox, const SandboxSpec& spec) {
  launcher::Request request;
  Describe(spec, *request.mutable_assign());
  RETURN_IF_ERROR(Ask(request).status());
  static_cast<LaunchedSandbox&>(sandbox).OnAssigned(spec.memory_bytes);  // this factory makes no other kind
  return absl::OkStatus();
}

}  // namespace hearth::worker
