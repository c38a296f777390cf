#include "worker/environments/extensions/external_extensions.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string_view>

#include "common/unique_fd.h"
#include "worker/environments/runtime_command.h"

namespace hearth::worker {
namespace {

constexpr char kFolder[] = "extensions";
constexpr char kKillSwitch[] = "disable-extensions-jwigqn8j";
constexpr size_t kMaxFilesLookedAt = 1000;  // of one layer: ten may run

// Names the runtime knows and an extension does not. Source: runtime.md §2 "env for extensions".
constexpr std::string_view kRuntimesOnly[] = {"AWS_EXECUTION_ENV=",  "AWS_LAMBDA_LOG_",   "AWS_XRAY_",
                                              "LAMBDA_RUNTIME_DIR=", "LAMBDA_TASK_ROOT=", "_"};

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

// The tree came out of a customer's archive: its links lead nowhere else.
std::vector<std::string> FilesIn(const std::string& layer_directory) {
  const UniqueFd root(open(layer_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const int folder = static_cast<int>(syscall(SYS_openat2, root.get(), kFolder, &how, sizeof(how)));
  if (folder < 0) return {};
  const std::unique_ptr<DIR, CloseDirectory> directory(fdopendir(folder));
  if (directory == nullptr) {
    close(folder);
    return {};
  }
  std::vector<std::string> names;
  while (const dirent* const entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    if (names.size() == kMaxFilesLookedAt) break;
  }
  return names;
}

}  // namespace

std::vector<std::string> ExternalExtensions(const std::vector<std::string>& layer_directories) {
  std::set<std::string> found;
  for (const std::string& layer : layer_directories) {
    if (access(fmt::format("{}/{}", layer, kKillSwitch).c_str(), F_OK) == 0) return {};
    for (const std::string& name : FilesIn(layer)) {
      if (HasExecutable(layer, fmt::format("{}/{}", kFolder, name).c_str())) {
        found.insert(name);
      } else {
        found.erase(name);  // covered by what is no program
      }
    }
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> ExtensionEnvironment(const std::vector<std::string>& runtime_environment) {
  std::vector<std::string> environment;
  std::copy_if(runtime_environment.begin(), runtime_environment.end(), std::back_inserter(environment),
               [](const std::string& line) {
                 return std::none_of(std::begin(kRuntimesOnly), std::end(kRuntimesOnly),
                                     [&](std::string_view prefix) { return line.starts_with(prefix); });
               });
  return environment;
}

}  // namespace hearth::worker
