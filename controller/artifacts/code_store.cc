#include "controller/artifacts/code_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "common/crypto.h"
#include "common/errors.h"
#include "common/failpoint.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;

constexpr char kUnfinishedFolder[] = "/unfinished";

bool IsHash(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

absl::Status DiskFailure(const std::string& what, int error) {
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(what + ": the disk is full");
  return ErrnoStatus(what, error);
}

absl::Status MakePrivateFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return DiskFailure("make " + path, errno);
}

absl::Status SyncFolder(const std::string& path) {
  const UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || fsync(folder.get()) != 0) return DiskFailure("sync " + path, errno);
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = write(fd, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return DiskFailure("write a code package", errno);
    data.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int fd) {
  struct stat file {};
  if (fstat(fd, &file) != 0) return ErrnoStatus("look at a code package");
  std::string data(static_cast<size_t>(file.st_size), '\0');
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t count = pread(fd, data.data() + done, data.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("read a code package");
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  data.resize(done);
  return data;
}

// A file under a name of its own, unlinked again unless it is put into place.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const std::string& folder)
      : path_(folder + "/XXXXXX"), fd_(mkostemp(path_.data(), O_CLOEXEC)) {}
  ~UnfinishedFile() {
    if (fd_.valid() && !path_.empty()) unlink(path_.c_str());
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  int fd() const { return fd_.get(); }
  absl::Status PutIntoPlace(const std::string& path) {
    if (rename(path_.c_str(), path.c_str()) != 0) return DiskFailure("put a code package into place", errno);
    path_.clear();
    return absl::OkStatus();
  }

 private:
  std::string path_;
  const UniqueFd fd_;
};

}  // namespace

CodeStore::CodeStore(std::string directory, int64_t min_free_bytes)
    : directory_(std::move(directory)), min_free_bytes_(min_free_bytes) {}

absl::StatusOr<CodeStore> CodeStore::Open(std::string directory, int64_t min_free_bytes) {
  RETURN_IF_ERROR(MakePrivateFolder(directory));
  std::error_code error;
  fs::remove_all(directory + kUnfinishedFolder, error);
  if (error) return absl::InternalError(fmt::format("{}{}: {}", directory, kUnfinishedFolder, error.message()));
  RETURN_IF_ERROR(MakePrivateFolder(directory + kUnfinishedFolder));
  return CodeStore(std::move(directory), min_free_bytes);
}

std::string CodeStore::PathOf(std::string_view sha256_hex) const {
  return fmt::format("{}/{}/{}", directory_, sha256_hex.substr(0, 2), sha256_hex);
}

absl::StatusOr<std::string> CodeStore::Put(std::string_view zip) {
  std::string hash = Sha256Hex(zip);
  // A blob that is there and whole needs no second copy; one that the disk has damaged is replaced.
  if (Read(hash).ok()) return hash;
  struct statvfs disk {};
  if (statvfs(directory_.c_str(), &disk) != 0) return ErrnoStatus("look at the disk of " + directory_);
  const auto free_bytes = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  if (free_bytes - static_cast<int64_t>(zip.size()) < min_free_bytes_) {
    return absl::ResourceExhaustedError(
        fmt::format("{}: only {} bytes are free; code packages are refused", directory_, free_bytes));
  }
  const std::string folder = directory_ + "/" + hash.substr(0, 2);
  const bool new_folder = !fs::exists(folder);
  RETURN_IF_ERROR(MakePrivateFolder(folder));
  UnfinishedFile file(directory_ + kUnfinishedFolder);
  if (file.fd() < 0) return DiskFailure("make a file in " + directory_, errno);
  RETURN_IF_ERROR(WriteAll(file.fd(), zip));
  FAILPOINT_OR_RETURN("code_store.before_sync");
  if (fsync(file.fd()) != 0) return DiskFailure("sync a code package", errno);
  FAILPOINT_OR_RETURN("code_store.before_rename");
  RETURN_IF_ERROR(file.PutIntoPlace(PathOf(hash)));
  FAILPOINT_OR_RETURN("code_store.before_folder_sync");
  RETURN_IF_ERROR(SyncFolder(folder));
  if (new_folder) RETURN_IF_ERROR(SyncFolder(directory_));
  return hash;
}

absl::StatusOr<UniqueFd> CodeStore::OpenBlob(std::string_view sha256_hex) const {
  if (!IsHash(sha256_hex)) return absl::NotFoundError("no such code package");
  UniqueFd file(open(PathOf(sha256_hex).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.valid()) return file;
  if (errno == ENOENT) return absl::NotFoundError(fmt::format("no code package {}", sha256_hex));
  return ErrnoStatus(fmt::format("open code package {}", sha256_hex));
}

absl::StatusOr<std::string> CodeStore::Read(std::string_view sha256_hex) const {
  ASSIGN_OR_RETURN(const UniqueFd file, OpenBlob(sha256_hex));
  ASSIGN_OR_RETURN(std::string data, ReadAll(file.get()));
  if (Sha256Hex(data) != sha256_hex) {
    return absl::DataLossError(
        fmt::format("code package {} is damaged on disk; upload the function's code again", sha256_hex));
  }
  return data;
}

absl::Status CodeStore::Remove(std::string_view sha256_hex) {
  if (!IsHash(sha256_hex)) return absl::NotFoundError("no such code package");
  if (unlink(PathOf(sha256_hex).c_str()) == 0) return absl::OkStatus();
  if (errno == ENOENT) return absl::NotFoundError(fmt::format("no code package {}", sha256_hex));
  return ErrnoStatus(fmt::format("remove code package {}", sha256_hex));
}

}  // namespace hearth::controller
