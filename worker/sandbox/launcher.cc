#include "worker/sandbox/launcher.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "common/errors.h"
#include "common/limits.h"
#include "fmt/format.h"
#include "worker/sandbox/channel/fd_passing.h"
#include "worker/sandbox/filesystem/layer_stack.h"
#include "worker/sandbox/filesystem/root_template.h"

namespace hearth::worker {
namespace {

constexpr int64_t kMiB = 1024 * 1024;
constexpr int64_t kMinMemoryBytes = 16 * kMiB;  // hearth-init and a small static program live in that
constexpr int64_t kMinTmpBytes = kMiB;
constexpr size_t kMaxIdLength = 64;
constexpr uint32_t kMinUid = 1000;  // below are the host's own users
constexpr uint32_t kMaxUids = 1 << 20;

// Two events that are no sandbox's; a sandbox's is its uid, which is never that small.
constexpr uint64_t kWorkerEvent = 0;
constexpr uint64_t kStopEvent = 1;

constexpr std::chrono::milliseconds kFirstRetry{1};
constexpr std::chrono::milliseconds kSlowestRetry{1000};
constexpr int kRetriesBeforeComplaint = 12;
constexpr std::chrono::seconds kShutdownLimit{5};

void Complain(std::string_view what) { fmt::print(stderr, "hearth-launcher: {}\n", what); }

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

// Reading never blocks the worker; writing blocks the tenant, as a full pipe should. The tenant owns the pipe, so that
// opening /dev/stdout, a link to it, works inside.
absl::StatusOr<Pipe> MakePipe(uint32_t owner) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus("pipe");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK) != 0) return ErrnoStatus("fcntl");
  if (fchown(pipe.write_end.get(), owner, owner) != 0) return ErrnoStatus("fchown");
  return pipe;
}

absl::Status Watch(const UniqueFd& epoll, int fd, uint64_t token) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = token;
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) return ErrnoStatus("epoll_ctl");
  return absl::OkStatus();
}

// Everything the worker gets, in the order it is named in the reply.
absl::Status SendSandbox(int worker, uint64_t request_id, int cgroup_version,
                         const std::vector<std::pair<launcher::Descriptor, int>>& descriptors) {
  launcher::Reply reply;
  reply.set_request_id(request_id);
  reply.set_cgroup_version(cgroup_version);
  std::vector<int> fds;
  for (const auto& [name, fd] : descriptors) {
    reply.add_descriptors(name);
    fds.push_back(fd);
  }
  return SendPacket(worker, reply.SerializeAsString(), fds);
}

// What makes a sandbox a function's, in a Create or an Assign.
template <typename Message>
absl::Status CheckFunction(const Message& message) {
  const std::string& id = message.id();
  const bool plain = std::all_of(id.begin(), id.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (id.empty() || id.size() > kMaxIdLength || !plain) {
    return absl::InvalidArgumentError("a sandbox id must match [a-z0-9-]{1,64}");
  }
  if (message.memory_bytes() < kMinMemoryBytes || message.memory_bytes() > kMaxMemoryMb * kMiB) {
    return absl::InvalidArgumentError("a sandbox's memory must be 16 to 10240 MiB");
  }
  if (message.layer_directories_size() > static_cast<int>(kMaxLayersPerFunction)) {
    return absl::InvalidArgumentError("a sandbox has at most 5 layers");
  }
  for (const std::string& layer : message.layer_directories()) RETURN_IF_ERROR(CheckAbsolutePath(layer));
  return message.runtime_directory().empty() ? absl::OkStatus() : CheckAbsolutePath(message.runtime_directory());
}

absl::StatusOr<UniqueFd> MountLayers(const DirectoryGate& gate, const std::vector<std::string>& directories) {
  std::vector<UniqueFd> layers;
  for (const std::string& directory : directories) {
    ASSIGN_OR_RETURN(UniqueFd layer, gate.Open(directory));
    layers.push_back(std::move(layer));
  }
  if (!layers.empty()) return StackLayers(layers);
  const UniqueFd none(open(kNoLayers, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!none.valid()) return ErrnoStatus("open an empty directory");
  return CloneReadOnly(none.get());
}

// The detached mounts of a Create or an Assign, kept open in `keep_open`.
template <typename Message>
absl::StatusOr<SandboxMounts> PrepareFunction(const DirectoryGate& gate, const Message& message,
                                              std::vector<UniqueFd>& keep_open) {
  SandboxMounts mounts;
  const auto keep = [&keep_open](UniqueFd mount) { return keep_open.emplace_back(std::move(mount)).get(); };
  if (!message.runtime_directory().empty()) {
    ASSIGN_OR_RETURN(const UniqueFd runtime, gate.Open(message.runtime_directory()));
    ASSIGN_OR_RETURN(UniqueFd mount, CloneReadOnly(runtime.get()));
    mounts.runtime = keep(std::move(mount));
  }
  if (message.task_directory().empty()) return mounts;
  ASSIGN_OR_RETURN(const UniqueFd task, gate.Open(message.task_directory()));
  ASSIGN_OR_RETURN(UniqueFd code, CloneReadOnly(task.get()));
  mounts.task = keep(std::move(code));
  ASSIGN_OR_RETURN(UniqueFd layers,
                   MountLayers(gate, {message.layer_directories().begin(), message.layer_directories().end()}));
  mounts.layers = keep(std::move(layers));
  return mounts;
}

// Usable by whoever holds it, wherever the mount is put.
absl::StatusOr<UniqueFd> OpenDirectoryOf(const UniqueFd& mount) {
  UniqueFd directory(openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return ErrnoStatus("open the directory of a mount");
  return directory;
}

}  // namespace

absl::Status CheckUidRange(const UidRange& range) {
  if (range.first < kMinUid || range.count == 0 || range.count > kMaxUids || range.first > UINT32_MAX - range.count) {
    return absl::InvalidArgumentError("sandbox uids must begin at 1000 or above and be 1 to 1048576");
  }
  return absl::OkStatus();
}

absl::Status CheckCreate(const launcher::Create& create, const UidRange& uids) {
  RETURN_IF_ERROR(CheckFunction(create));
  const uint32_t owner = create.identity_owner();
  if (owner == 0 || (owner >= uids.first && owner - uids.first < uids.count)) {
    return absl::InvalidArgumentError("the owner of an identity token must be neither root nor a sandbox's user");
  }
  if (create.tmp_bytes() < kMinTmpBytes || create.tmp_bytes() > kMaxEphemeralStorageMb * kMiB) {
    return absl::InvalidArgumentError("a sandbox's /tmp must be 1 to 10240 MiB");
  }
  if (!create.parked()) return CheckAbsolutePath(create.task_directory());
  if (create.task_directory().empty() && create.layer_directories().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("a parked sandbox has no code yet");
}

absl::Status CheckAssign(const launcher::Assign& assign) {
  RETURN_IF_ERROR(CheckFunction(assign));
  return CheckAbsolutePath(assign.task_directory());
}

Launcher::Launcher(Parts parts, Clock& clock) : parts_(std::move(parts)), clock_(clock) {
  for (uint32_t i = 0; i < parts_.uids.count; ++i) free_uids_.push_back(parts_.uids.first + i);
}

absl::Status Launcher::Serve() {
  absl::Status served = WatchAndServe();
  DestroyAll();
  return served;
}

absl::Status Launcher::WatchAndServe() {
  epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return ErrnoStatus("epoll_create1");
  RETURN_IF_ERROR(Watch(epoll_, parts_.worker.get(), kWorkerEvent));
  RETURN_IF_ERROR(Watch(epoll_, parts_.stop.get(), kStopEvent));
  RETURN_IF_ERROR(Answer(0, absl::OkStatus()));
  while (true) {
    epoll_event events[64];
    const int count = epoll_wait(epoll_.get(), events, static_cast<int>(std::size(events)), MillisToWait());
    if (count < 0 && errno != EINTR) return ErrnoStatus("epoll_wait");
    if (count == 0 && parts_.volumes != nullptr && parts_.volumes->wants_stock()) parts_.volumes->Stock();
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kStopEvent) return absl::OkStatus();
      if (events[i].data.u64 == kWorkerEvent) {
        ASSIGN_OR_RETURN(const bool more, HandlePacket());
        if (!more) return absl::OkStatus();
      } else {
        ReapEnded(static_cast<uint32_t>(events[i].data.u64));
      }
    }
    RetryRemovals();
  }
}

// With nobody to serve there is time to stock volumes.
int Launcher::MillisToWait() const {
  if (parts_.volumes != nullptr && parts_.volumes->wants_stock()) return 0;
  return MillisToNextRemoval();
}

absl::StatusOr<bool> Launcher::HandlePacket() {
  ASSIGN_OR_RETURN(const std::optional<Packet> packet, ReceivePacket(parts_.worker.get()));
  if (!packet.has_value()) return false;
  launcher::Request request;
  if (!request.ParseFromString(packet->bytes)) return absl::InvalidArgumentError("the worker sent no Request");
  switch (request.command_case()) {
    case launcher::Request::kCreate:
      HandleCreate(request.request_id(), request.create());
      return true;
    case launcher::Request::kDestroy:
      HandleDestroy(request.destroy().id());
      return true;
    case launcher::Request::kAssign:
      Answer(request.request_id(), Assign(request.assign())).IgnoreError();
      return true;
    case launcher::Request::COMMAND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the worker sent a Request without a command");
}

absl::Status Launcher::Answer(uint64_t request_id, const absl::Status& status) {
  launcher::Reply reply;
  reply.set_request_id(request_id);
  reply.set_code(static_cast<int32_t>(status.code()));
  reply.set_message(std::string(status.message()));
  reply.set_cgroup_version(parts_.cgroups->version());
  return SendPacket(parts_.worker.get(), reply.SerializeAsString());
}

void Launcher::HandleCreate(uint64_t request_id, const launcher::Create& create) {
  absl::Status status = CheckCreate(create, parts_.uids);
  if (status.ok() && free_uids_.empty()) {
    status = absl::ResourceExhaustedError("every host uid given to this launcher is in use");
  }
  if (status.ok()) {
    const uint32_t uid = free_uids_.front();
    status = Create(request_id, create, uid);
    if (status.ok()) return;
    if (sandboxes_.count(uid) == 0) RemovePasswd(uid);
  }
  // When even this cannot be sent the worker is gone, which the next read tells.
  Answer(request_id, status).IgnoreError();
}

absl::Status Launcher::Create(uint64_t request_id, const launcher::Create& create, uint32_t uid) {
  std::vector<UniqueFd> mounts_open;
  SandboxPlan plan;
  plan.uid = uid;
  ASSIGN_OR_RETURN(plan.mounts, PrepareMounts(create, uid, mounts_open));
  ASSIGN_OR_RETURN(const UniqueFd identity, MakeIdentityMount(create.identity_owner()));
  ASSIGN_OR_RETURN(const UniqueFd identity_directory, OpenDirectoryOf(identity));
  plan.mounts.identity = identity.get();
  ASSIGN_OR_RETURN(const Pipe output, MakePipe(uid));
  ASSIGN_OR_RETURN(const Pipe telemetry, MakePipe(uid));
  ASSIGN_OR_RETURN(const auto control, MakePacketPair());
  ASSIGN_OR_RETURN(const NewCgroup cgroup,
                   parts_.cgroups->Create(create.id(), {create.memory_bytes(), kMaxProcessesPerEnvironment,
                                                        /*yields_cpu=*/create.parked()}));
  for (const UniqueFd& file : cgroup.task_files) plan.cgroup_tasks.push_back(file.get());
  plan.cgroup_directory = cgroup.directory.get();
  plan.output = output.write_end.get();
  plan.telemetry = telemetry.write_end.get();
  plan.control = control.second.get();
  plan.init_program = parts_.init_program.get();
  plan.seccomp = &parts_.sandbox_filter;
  plan.parked = create.parked();
  absl::StatusOr<StartedSandbox> started = StartSandbox(plan);
  if (!started.ok()) {
    parts_.cgroups->Remove(create.id()).IgnoreError();
    return started.status();
  }
  const UniqueFd listener = std::move(started->runtime_api_listener);
  RETURN_IF_ERROR(Register(uid, create.id(), *std::move(started)));
  const absl::Status sent = SendSandbox(parts_.worker.get(), request_id, parts_.cgroups->version(),
                                        {{launcher::CONTROL, control.first.get()},
                                         {launcher::RUNTIME_API_LISTENER, listener.get()},
                                         {launcher::OUTPUT_PIPE, output.read_end.get()},
                                         {launcher::TELEMETRY_PIPE, telemetry.read_end.get()},
                                         {launcher::CGROUP_FREEZER, cgroup.files.freezer.get()},
                                         {launcher::CGROUP_CPU, cgroup.files.cpu.get()},
                                         {launcher::CGROUP_MEMORY_PEAK, cgroup.files.memory_peak.get()},
                                         {launcher::CGROUP_OOM_EVENTS, cgroup.files.oom_events.get()},
                                         {launcher::IDENTITY_DIRECTORY, identity_directory.get()}});
  if (!sent.ok()) HandleDestroy(create.id());
  return sent;
}

absl::StatusOr<SandboxMounts> Launcher::PrepareMounts(const launcher::Create& create, uint32_t uid,
                                                      std::vector<UniqueFd>& keep_open) {
  ASSIGN_OR_RETURN(SandboxMounts mounts, PrepareFunction(parts_.gate, create, keep_open));
  mounts.tmp_bytes = create.tmp_bytes();
  const auto attach = [&](absl::StatusOr<UniqueFd> mount, int& into) -> absl::Status {
    RETURN_IF_ERROR(mount.status());
    into = mount->get();
    keep_open.push_back(*std::move(mount));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(attach(MakePasswdMount(uid), mounts.passwd));
  if (parts_.volumes != nullptr) RETURN_IF_ERROR(attach(parts_.volumes->Take(create.tmp_bytes()), mounts.tmp));
  return mounts;
}

absl::Status Launcher::Register(uint32_t uid, const std::string& id, StartedSandbox started) {
  free_uids_.pop_front();
  LiveSandbox& sandbox = sandboxes_[uid];
  sandbox.id = id;
  sandbox.process = std::move(started.process);
  sandbox.mount_namespace = std::move(started.mount_namespace);
  absl::Status watched = Watch(epoll_, sandbox.process.get(), uid);
  if (watched.ok()) return watched;
  // Nobody would tell of its end: wait for it here.
  Kill(sandbox);
  siginfo_t info{};
  waitid(P_PIDFD, static_cast<id_t>(sandbox.process.get()), &info, WEXITED);
  sandbox.ended = true;
  sandbox.to_be_removed = true;
  TryRemoval(uid);
  return watched;
}

absl::Status Launcher::Assign(const launcher::Assign& assign) {
  RETURN_IF_ERROR(CheckAssign(assign));
  const auto found = Find(assign.id());
  if (found == sandboxes_.end() || !found->second.mount_namespace.valid()) {
    return absl::FailedPreconditionError("no sandbox of this id is parked");
  }
  // Once only, whatever comes of it: afterwards what runs inside may be a tenant's.
  const UniqueFd mount_namespace = std::move(found->second.mount_namespace);
  std::vector<UniqueFd> mounts_open;
  ASSIGN_OR_RETURN(const SandboxMounts mounts, PrepareFunction(parts_.gate, assign, mounts_open));
  RETURN_IF_ERROR(parts_.cgroups->Limit(assign.id(), {assign.memory_bytes(), kMaxProcessesPerEnvironment}));
  return MountInSandbox(mount_namespace.get(), mounts);
}

Launcher::Sandboxes::iterator Launcher::Find(const std::string& id) {
  return std::find_if(sandboxes_.begin(), sandboxes_.end(), [&](const auto& entry) { return entry.second.id == id; });
}

void Launcher::HandleDestroy(const std::string& id) {
  const auto found = Find(id);
  if (found == sandboxes_.end() || found->second.to_be_removed) return;
  found->second.to_be_removed = true;
  Kill(found->second);
  if (found->second.ended) TryRemoval(found->first);
}

// SIGKILL for process 1 is SIGKILL for the whole pid namespace. Then thawed: on v1 a frozen process does not die.
void Launcher::Kill(LiveSandbox& sandbox) {
  sandbox.mount_namespace.reset();
  if (!sandbox.ended) syscall(SYS_pidfd_send_signal, sandbox.process.get(), SIGKILL, nullptr, 0);
  parts_.cgroups->Thaw(sandbox.id).IgnoreError();
}

void Launcher::ReapEnded(uint32_t uid) {
  LiveSandbox& sandbox = sandboxes_.at(uid);
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(sandbox.process.get()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
    return;
  }
  sandbox.ended = true;
  sandbox.mount_namespace.reset();
  sandbox.process.reset();  // also leaves the epoll set
  // Until the worker asks for its removal the groups stay, so that it can read how much memory was used.
  if (sandbox.to_be_removed) TryRemoval(uid);
}

void Launcher::TryRemoval(uint32_t uid) {
  LiveSandbox& sandbox = sandboxes_.at(uid);
  const absl::Status removed = parts_.cgroups->Remove(sandbox.id);
  if (removed.ok()) {
    RemovePasswd(uid);
    free_uids_.push_back(uid);
    sandboxes_.erase(uid);
    return;
  }
  if (++sandbox.failed_removals == kRetriesBeforeComplaint) {
    Complain(fmt::format("cgroup of sandbox {} stays: {}; trying again every second", sandbox.id, removed.ToString()));
  }
  const auto wait = std::min(kSlowestRetry, kFirstRetry * (1 << std::min(sandbox.failed_removals, 10)));
  sandbox.next_removal = clock_.Monotonic() + wait;
}

void Launcher::RetryRemovals() {
  const MonotonicTime now = clock_.Monotonic();
  std::vector<uint32_t> due;
  for (const auto& [uid, sandbox] : sandboxes_) {
    if (sandbox.failed_removals > 0 && sandbox.next_removal <= now) due.push_back(uid);
  }
  for (const uint32_t uid : due) TryRemoval(uid);
}

int Launcher::MillisToNextRemoval() const {
  std::optional<MonotonicTime> next;
  for (const auto& [uid, sandbox] : sandboxes_) {
    if (sandbox.failed_removals > 0 && (!next || sandbox.next_removal < *next)) next = sandbox.next_removal;
  }
  if (!next) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.Monotonic());
  return static_cast<int>(std::max<int64_t>(0, wait.count()));
}

void Launcher::DestroyAll() {
  for (auto& [uid, sandbox] : sandboxes_) {
    sandbox.to_be_removed = true;
    Kill(sandbox);
  }
  const bool gone = cgroup_internal::WaitUntil(clock_, kShutdownLimit, [this] {
    std::vector<uint32_t> uids;
    for (const auto& [uid, sandbox] : sandboxes_) uids.push_back(uid);
    for (const uint32_t uid : uids) {
      if (sandboxes_.at(uid).ended) {
        TryRemoval(uid);
      } else {
        ReapEnded(uid);
      }
    }
    return sandboxes_.empty();
  });
  if (!gone) Complain(fmt::format("{} sandboxes could not be removed; the next start will", sandboxes_.size()));
  parts_.cgroups->RemovePrefix();
}

}  // namespace hearth::worker
