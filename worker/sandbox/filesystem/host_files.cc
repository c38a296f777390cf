#include "worker/sandbox/filesystem/host_files.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "common/errors.h"
#include "common/unique_fd.h"
#include "fmt/format.h"
#include "worker/sandbox/filesystem/root_template.h"

namespace hearth::worker {
namespace {

absl::Status CopyIfThere(const std::string& from, const std::string& to) {
  const absl::Status copied = CopyFile(from, to, 0444);
  return absl::IsNotFound(copied) ? absl::OkStatus() : copied;
}

// Debian's way to choose between programs: /usr/bin/java is a link to /etc/alternatives/java, a link into /usr.
absl::Status CopyAlternatives(const std::string& to) {
  if (mkdir(to.c_str(), 0755) != 0) return ErrnoStatus("mkdir " + to);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/etc/alternatives", error)) {
    const std::string name = entry.path().filename();
    if (absl::EndsWith(name, ".gz")) continue;  // manual pages
    const absl::Status copied = CopySymlink(entry.path(), to + "/" + name);
    if (!copied.ok() && !absl::IsInvalidArgument(copied)) return copied;  // README is a file
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteFile(const std::string& path, std::string_view text, mode_t mode) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file.valid()) return ErrnoStatus("create " + path);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return ErrnoStatus("write " + path);
  }
  // The mode given to open() is cut by the umask the launcher was started with.
  if (fchmod(file.get(), mode) != 0) return ErrnoStatus("chmod " + path);
  return absl::OkStatus();
}

absl::Status CopyFile(const std::string& from, const std::string& to, mode_t mode) {
  const UniqueFd source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.valid()) return ErrnoStatus("open " + from);
  const UniqueFd target(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!target.valid()) return ErrnoStatus("create " + to);
  ssize_t copied;
  do {
    copied = sendfile(target.get(), source.get(), nullptr, 1 << 20);
  } while (copied > 0);
  if (copied < 0) return ErrnoStatus(fmt::format("copy {} to {}", from, to));
  if (fchmod(target.get(), mode) != 0) return ErrnoStatus("chmod " + to);
  return absl::OkStatus();
}

absl::Status CopySymlink(const std::string& from, const std::string& to) {
  char target[4096];
  const ssize_t size = readlink(from.c_str(), target, sizeof(target));
  if (size < 0) return ErrnoStatus("readlink " + from);
  if (symlink(std::string(target, static_cast<size_t>(size)).c_str(), to.c_str()) != 0) {
    return ErrnoStatus("symlink " + to);
  }
  return absl::OkStatus();
}

absl::Status MakeMinimalEtc(const std::string& etc) {
  for (const std::string& path : {etc, etc + "/ssl", etc + "/ssl/certs"}) {
    if (mkdir(path.c_str(), 0755) != 0) return ErrnoStatus("mkdir " + path);
  }
  const std::pair<const char*, std::string> files[] = {
      {"/passwd", ""},  // each sandbox's own file is mounted over it
      {"/group", "root:x:0:\nnogroup:x:65534:\n"},
      {"/hosts", fmt::format("127.0.0.1 localhost {}\n", kSandboxHostname)},
      {"/resolv.conf", "# No network: names other than those in /etc/hosts are not resolved.\n"},
      {"/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"},
  };
  for (const auto& [name, text] : files) {
    RETURN_IF_ERROR(WriteFile(etc + name, text, 0444));
  }
  // UTC as on AWS; the host's zone is not the tenant's business.
  if (symlink("/usr/share/zoneinfo/UTC", (etc + "/localtime").c_str()) != 0) return ErrnoStatus("symlink localtime");
  for (const char* name : {"/ld.so.cache", "/services", "/protocols", "/mime.types", "/ssl/openssl.cnf"}) {
    RETURN_IF_ERROR(CopyIfThere("/etc" + std::string(name), etc + name));
  }
  return CopyAlternatives(etc + "/alternatives");
}

std::vector<std::string> HostTreesOfEtc() {
  std::vector<std::string> trees;
  glob_t found{};
  for (const char* pattern : {"/etc/ssl/certs", "/etc/java-[0-9]*-openjdk"}) {
    if (glob(pattern, GLOB_NOSORT, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) {
        struct stat info;
        if (stat(found.gl_pathv[i], &info) == 0 && S_ISDIR(info.st_mode)) trees.emplace_back(found.gl_pathv[i]);
      }
    }
    globfree(&found);
  }
  return trees;
}

}  // namespace hearth::worker
