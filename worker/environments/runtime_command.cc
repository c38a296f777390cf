#include "worker/environments/runtime_command.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace hearth::worker {
namespace {

constexpr char kTaskBootstrap[] = "/var/task/bootstrap";
constexpr char kLayerBootstrap[] = "/opt/bootstrap";

// What /opt shows under `name` is the last layer's that has it, executable or not.
bool LayersHaveExecutable(const std::vector<std::string>& layer_directories, const char* name) {
  for (auto layer = layer_directories.rbegin(); layer != layer_directories.rend(); ++layer) {
    struct stat status = {};
    if (lstat(fmt::format("{}/{}", *layer, name).c_str(), &status) == 0) return HasExecutable(*layer, name);
  }
  return false;
}

}  // namespace

bool HasExecutable(const std::string& directory, const char* name) {
  const UniqueFd root(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return false;
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const UniqueFd file(static_cast<int>(syscall(SYS_openat2, root.get(), name, &how, sizeof(how))));
  struct stat status = {};
  return file.valid() && fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

absl::StatusOr<RuntimeChoice> ChooseRuntime(const std::string& runtime, const std::string& runtimes_directory,
                                            const std::string& task_directory,
                                            const std::vector<std::string>& layer_directories) {
  RuntimeChoice choice;
  if (runtime.starts_with("provided")) {
    if (HasExecutable(task_directory, "bootstrap")) {
      choice.bootstrap = kTaskBootstrap;
    } else if (LayersHaveExecutable(layer_directories, "bootstrap")) {
      choice.bootstrap = kLayerBootstrap;
    } else {
      choice.failure = NoBootstrap({kTaskBootstrap, kLayerBootstrap});
    }
    return choice;
  }
  const bool python = runtime.starts_with("python");
  if (!python && !runtime.starts_with("nodejs")) {
    return absl::InvalidArgumentError(fmt::format("runtime {} is not one this worker can start", runtime));
  }
  choice.runtime_directory = fmt::format("{}{}", runtimes_directory, python ? "/python" : "/node");
  if (!HasExecutable(choice.runtime_directory, "bootstrap")) {
    return absl::FailedPreconditionError(
        fmt::format("{}/bootstrap is not an executable file; see worker.runtimes_directory", choice.runtime_directory));
  }
  choice.bootstrap = kManagedBootstrap;
  return choice;
}

}  // namespace hearth::worker
