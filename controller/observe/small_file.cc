#include "controller/observe/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "common/errors.h"
#include "common/unique_fd.h"

namespace hearth::controller {
namespace {

absl::Status Failure(const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(path + ": the disk is full");
  return ErrnoStatus(path, error);
}

absl::Status WriteAll(int fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failure(path, errno);
    content.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteSmallFile(const std::string& path, std::string_view content, Durability durability) {
  const std::string temporary = path + ".new";
  const UniqueFd file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid()) return Failure(temporary, errno);
  RETURN_IF_ERROR(WriteAll(file.get(), temporary, content));
  if (durability == Durability::kDurable && fsync(file.get()) != 0) return Failure(temporary, errno);
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failure(path, errno);
  if (durability == Durability::kCache) return absl::OkStatus();
  const UniqueFd folder(open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || fsync(folder.get()) != 0) return Failure(path, errno);
  return absl::OkStatus();
}

std::string ReadSmallFile(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

}  // namespace hearth::controller
