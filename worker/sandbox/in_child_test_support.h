// InChild runs steps that change a process for good (namespaces, roots, ids) in a child of the test.
//
// Shapes:  `body` answers "" for success or what went wrong; so does InChild.
// Threads: the test's main thread.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace hearth::worker {

inline std::string InChild(const std::function<std::string()>& body) {
  int ends[2];
  if (pipe(ends) != 0) return "pipe";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    const std::string problem = body();
    const ssize_t ignored = write(ends[1], problem.data(), problem.size());
    static_cast<void>(ignored);
    _exit(0);
  }
  close(ends[1]);
  std::string problem;
  char bytes[4096];
  for (ssize_t size; (size = read(ends[0], bytes, sizeof(bytes))) > 0;)
    problem.append(bytes, static_cast<size_t>(size));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? problem : problem + " (killed by signal " + std::to_string(WTERMSIG(status)) + ")";
}

}  // namespace hearth::worker
