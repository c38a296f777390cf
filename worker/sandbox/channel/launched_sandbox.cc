#include "worker/sandbox/channel/launched_sandbox.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/errors.h"
#include "proto/launcher.pb.h"
#include "worker/sandbox/channel/fd_passing.h"
#include "worker/sandbox/channel/init_protocol.h"

namespace hearth::worker {

static_assert(Sandbox::kMaxExtensions == kInitMaxExtensions);

namespace {

absl::Status AppendString(const std::string& text, std::string& block) {
  if (text.find('\0') != std::string::npos) return absl::InvalidArgumentError("a start string holds a zero byte");
  block.append(text).push_back('\0');
  return absl::OkStatus();
}

// The layout init_protocol.h describes.
absl::StatusOr<std::string> StartStrings(const RuntimeCommand& command) {
  if (command.arguments.empty() || command.arguments.size() > kMaxStartStrings ||
      command.environment.size() > kMaxStartStrings) {
    return absl::InvalidArgumentError("a runtime needs 1 to 4096 arguments and at most 4096 environment variables");
  }
  std::string block;
  RETURN_IF_ERROR(AppendString(command.working_directory, block));
  for (const std::string& text : command.arguments) RETURN_IF_ERROR(AppendString(text, block));
  for (const std::string& text : command.environment) RETURN_IF_ERROR(AppendString(text, block));
  if (block.size() > kMaxStartBytes) {
    return absl::InvalidArgumentError("arguments and environment of a runtime exceed 256 KiB");
  }
  return block;
}

absl::StatusOr<UniqueFd> InMemory(const std::string& bytes) {
  UniqueFd memory(memfd_create("runtime-start", MFD_CLOEXEC));
  if (!memory.valid()) return ErrnoStatus("memfd_create");
  if (write(memory.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    return ErrnoStatus("write the start block");
  }
  return memory;
}

absl::Status Send(const UniqueFd& control, const InitCommand& command, const std::vector<int>& descriptors = {}) {
  const std::string_view bytes(reinterpret_cast<const char*>(&command), sizeof(command));
  return SendPacket(control.get(), bytes, descriptors);
}

RuntimeExit ToRuntimeExit(const InitEvent& event) {
  RuntimeExit exit;
  exit.generation = event.generation;
  if (event.exit_code >= 0) exit.exit_code = event.exit_code;
  if (event.signal != 0) exit.signal = event.signal;
  exit.exec_errno = event.exec_errno;
  exit.extension = event.extension;
  return exit;
}

}  // namespace

LaunchedSandbox::~LaunchedSandbox() {
  launcher::Request request;
  request.mutable_destroy()->set_id(parts_.id);
  // Thawed by the launcher after its SIGKILL, so that the tenant does not run again in between.
  if (!SendPacket(parts_.launcher->get(), request.SerializeAsString()).ok()) Thaw().IgnoreError();
}

absl::StatusOr<int> LaunchedSandbox::StartRuntime(const RuntimeCommand& command) {
  if (init_gone_) return absl::UnavailableError("the sandbox's init is gone");
  if (running_) return absl::FailedPreconditionError("a runtime is running, or its exit has not been read yet");
  ASSIGN_OR_RETURN(const std::string block, StartStrings(command));
  ASSIGN_OR_RETURN(const UniqueFd memory, InMemory(block));
  const InitCommand start{InitVerb::kStartRuntime, generation_ + 1, static_cast<uint32_t>(command.arguments.size()),
                          static_cast<uint32_t>(command.environment.size()), static_cast<uint32_t>(block.size())};
  std::vector<int> descriptors = {memory.get()};
  if (command.assignment >= 0) descriptors.push_back(command.assignment);
  RETURN_IF_ERROR(Send(parts_.control, start, descriptors));
  running_ = true;
  return ++generation_;
}

absl::Status LaunchedSandbox::StartExtension(int round, int number, const RuntimeCommand& command) {
  if (init_gone_) return absl::UnavailableError("the sandbox's init is gone");
  if (number < 1 || number > kMaxExtensions) return absl::InvalidArgumentError("no such extension");
  ASSIGN_OR_RETURN(const std::string block, StartStrings(command));
  ASSIGN_OR_RETURN(const UniqueFd memory, InMemory(block));
  const InitCommand start{InitVerb::kStartRuntime,
                          round,
                          static_cast<uint32_t>(command.arguments.size()),
                          static_cast<uint32_t>(command.environment.size()),
                          static_cast<uint32_t>(block.size()),
                          number};
  return Send(parts_.control, start, {memory.get()});
}

std::optional<RuntimeExit> LaunchedSandbox::ReadRuntimeExit() {
  if (init_gone_) return std::nullopt;
  InitEvent event;
  ssize_t size;
  do {
    size = recv(parts_.control.get(), &event, sizeof(event), MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size == static_cast<ssize_t>(sizeof(event))) {
    if (event.extension == 0 && event.generation == generation_) running_ = false;
    return ToRuntimeExit(event);
  }
  if (size < 0 && errno == EAGAIN) return std::nullopt;
  return NoteInitIsGone();
}

// hearth-init died, and every process of the sandbox with it. A closed socket would stay readable for ever and keep the
// caller's poll loop busy: an eventfd that nobody signals takes its place under the same number.
std::optional<RuntimeExit> LaunchedSandbox::NoteInitIsGone() {
  init_gone_ = true;
  const UniqueFd quiet(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (quiet.valid()) dup3(quiet.get(), parts_.control.get(), O_CLOEXEC);
  if (!running_) return std::nullopt;
  running_ = false;
  RuntimeExit exit;
  exit.generation = generation_;
  exit.signal = SIGKILL;
  exit.with_sandbox = true;
  return exit;
}

absl::Status LaunchedSandbox::KillRuntime() {
  RETURN_IF_ERROR(Thaw());
  return Send(parts_.control, {InitVerb::kKillAll, 0, 0, 0, 0});
}

absl::Status LaunchedSandbox::TerminateRuntime() {
  return Send(parts_.control, {InitVerb::kTerminateRuntime, 0, 0, 0, 0});
}

absl::Status LaunchedSandbox::KillRuntimeAlone() { return Send(parts_.control, {InitVerb::kKillRuntime, 0, 0, 0, 0}); }

absl::Status LaunchedSandbox::WriteIdentityToken(std::string_view token) {
  constexpr std::string_view kPath = kIdentityTokenFile;
  const std::string name(kPath.substr(kPath.rfind('/') + 1));
  const std::string next = "." + name;
  const int directory = parts_.identity_directory.get();
  unlinkat(directory, next.c_str(), 0);  // what a write that failed has left
  const UniqueFd file(openat(directory, next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444));
  if (!file.valid()) return ErrnoStatus("make the identity token");
  if (fchmod(file.get(), 0444) != 0) return ErrnoStatus("open the identity token to readers");
  if (write(file.get(), token.data(), token.size()) != static_cast<ssize_t>(token.size())) {
    return ErrnoStatus("write the identity token");
  }
  if (renameat(directory, next.c_str(), directory, name.c_str()) != 0) return ErrnoStatus("place the identity token");
  return absl::OkStatus();
}

absl::Status LaunchedSandbox::SetCpu(CpuMode mode) {
  switch (mode) {
    case CpuMode::kBurst:
      return parts_.cgroup.LiftCpuLimit();
    case CpuMode::kShare:
      return parts_.cgroup.ApplyCpuShare();
  }
  return absl::InvalidArgumentError("no such CPU mode");
}

}  // namespace hearth::worker
