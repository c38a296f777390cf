#include "worker/environments/installed_runtimes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "common/unique_fd.h"

namespace hearth::worker {
namespace {

// The first line-ful of `program --version`, or as much of it as came in time. It is killed then, whatever it does.
std::string VersionOutput(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "";
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  std::string name = program;
  std::string option = "--version";
  std::array<char*, 3> arguments = {name.data(), option.data(), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return "";
  writer.reset();
  std::array<char, 256> buffer;
  ssize_t got = 0;
  pollfd readable = {reader.get(), POLLIN, 0};
  const int limit_ms = static_cast<int>(std::chrono::milliseconds(kVersionTimeout).count());
  if (poll(&readable, 1, limit_ms) == 1) got = read(reader.get(), buffer.data(), buffer.size());
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return std::string(buffer.data(), got > 0 ? static_cast<size_t>(got) : 0);
}

// "Python 3.11.2\n" and "v20.20.2\n" alike: from the first digit on.
std::string VersionIn(const std::string& output) {
  const size_t begin = output.find_first_of("0123456789");
  if (begin == std::string::npos) return "";
  return output.substr(begin, output.find_first_not_of("0123456789.", begin) - begin);
}

}  // namespace

std::vector<Interpreter> ManagedInterpreters() {
  return {{"python", "python", "/usr/bin/python3"}, {"nodejs", "node", "/usr/bin/node"}};
}

std::vector<node::InstalledRuntime> FindInstalledRuntimes(const std::string& runtimes_directory,
                                                          const std::vector<Interpreter>& interpreters) {
  std::vector<node::InstalledRuntime> found;
  const auto add = [&](const std::string& family, const std::string& version) {
    found.emplace_back().set_family(family);
    found.back().set_version(version);
  };
  for (const Interpreter& interpreter : interpreters) {
    const std::string bootstrap = fmt::format("{}/{}/bootstrap", runtimes_directory, interpreter.folder);
    if (access(bootstrap.c_str(), X_OK) != 0 || access(interpreter.program.c_str(), X_OK) != 0) continue;
    if (const std::string version = VersionIn(VersionOutput(interpreter.program)); !version.empty()) {
      add(interpreter.family, version);
    }
  }
  add("provided", "");
  return found;
}

}  // namespace hearth::worker
