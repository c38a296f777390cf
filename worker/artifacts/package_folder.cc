#include "worker/artifacts/package_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "common/crypto.h"
#include "common/errors.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/packages/extract_client.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

constexpr char kNewPrefix[] = "new-";
constexpr char kOldPrefix[] = "old-";
constexpr std::string_view kSizeSuffix = ".size";
constexpr int64_t kDiskBytesPerEntry = 4096;  // a block for the rest of each file or directory

std::string ReadSmallFile(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

absl::Status WriteSmallFile(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text << '\n';
  file.close();
  if (!file) return absl::ResourceExhaustedError(fmt::format("{}: cannot be written", path.string()));
  return absl::OkStatus();
}

absl::Status RemoveTree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return absl::InternalError(fmt::format("{}: cannot be removed: {}", path.string(), error.message()));
  return absl::OkStatus();
}

// Removes a directory that did not become a package.
class TreeRemover {
 public:
  explicit TreeRemover(std::string path) : path_(std::move(path)) {}
  ~TreeRemover() {
    if (path_.empty()) return;
    if (const absl::Status status = RemoveTree(path_); !status.ok()) {
      LogWarn("an unfinished package stays behind", {{"reason", std::string(status.message())}});
    }
  }
  TreeRemover(const TreeRemover&) = delete;
  TreeRemover& operator=(const TreeRemover&) = delete;
  void Dismiss() { path_.clear(); }

 private:
  std::string path_;
};

absl::StatusOr<std::string> HashFile(int fd) {
  Sha256Stream hash;
  std::vector<char> buffer(256 * 1024);
  off_t offset = 0;
  for (;;) {
    const ssize_t count = pread(fd, buffer.data(), buffer.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("read the fetched package");
    if (count == 0) return HexEncode(hash.Finish());
    hash.Update({buffer.data(), static_cast<size_t>(count)});
    offset += count;
  }
}

absl::Status RefusalOf(const ExtractReport& report) {
  switch (report.verdict) {
    case ExtractVerdict::kOk:
      return absl::OkStatus();
    case ExtractVerdict::kNotZip:
    case ExtractVerdict::kEmpty:
    case ExtractVerdict::kTooLarge:
    case ExtractVerdict::kRefused:
      return absl::InvalidArgumentError("the package is refused: " + report.reason);
    case ExtractVerdict::kNoSpace:
      return absl::ResourceExhaustedError("cannot unpack the package: " + report.reason);
    case ExtractVerdict::kFailed:
      break;
  }
  return absl::InternalError("hearth-extract failed: " + report.reason);
}

}  // namespace

absl::StatusOr<std::vector<StoredPackage>> PackageFolder::Open() {
  std::error_code error;
  fs::create_directories(options_.directory, error);
  if (error) return absl::InternalError(fmt::format("{}: {}", options_.directory, error.message()));
  if (chmod(options_.directory.c_str(), 0755) != 0) return ErrnoStatus(options_.directory);
  RETURN_IF_ERROR(Lock());
  RETURN_IF_ERROR(ForgetOtherBoots());
  struct Found {
    fs::file_time_type written;
    StoredPackage package;
  };
  std::vector<Found> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(options_.directory, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(kNewPrefix) || name.starts_with(kOldPrefix)) RETURN_IF_ERROR(RemoveTree(entry.path()));
    if (name.ends_with(kSizeSuffix) && !fs::exists(options_.directory + "/" + name.substr(0, 64), error)) {
      fs::remove(entry.path(), error);
    }
    if (name.size() != 64 || !entry.is_directory(error)) continue;
    const fs::path size_file = entry.path().string() + std::string(kSizeSuffix);
    const int64_t size_bytes = std::strtoll(ReadSmallFile(size_file).c_str(), nullptr, 10);
    found.push_back({fs::last_write_time(size_file, error), {name, std::max<int64_t>(size_bytes, 0)}});
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.written < b.written; });
  std::vector<StoredPackage> packages;
  for (Found& one : found) packages.push_back(std::move(one.package));
  return packages;
}

absl::Status PackageFolder::Lock() {
  const std::string path = options_.directory + "/lock";
  lock_ = UniqueFd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.valid()) return ErrnoStatus(path);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(options_.directory +
                                         ": another worker uses this directory; give each its own");
  }
  return absl::OkStatus();
}

absl::Status PackageFolder::ForgetOtherBoots() {
  const fs::path boot_file = fs::path(options_.directory) / "boot";
  const std::string boot_id = ReadSmallFile("/proc/sys/kernel/random/boot_id");
  if (ReadSmallFile(boot_file) == boot_id) return absl::OkStatus();
  std::vector<fs::path> stale;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(options_.directory, error)) {
    if (entry.path().filename() != "lock") stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) RETURN_IF_ERROR(RemoveTree(path));
  return WriteSmallFile(boot_file, boot_id);
}

std::string PackageFolder::NewName(const char* prefix) {
  return fmt::format("{}/{}{}", options_.directory, prefix, next_name_++);
}

absl::StatusOr<int64_t> PackageFolder::Add(const std::string& code_sha256, ArtifactFetcher& fetcher) {
  ASSIGN_OR_RETURN(const UniqueFd archive, Fetch(code_sha256, fetcher));
  const std::string directory = NewName(kNewPrefix);
  TreeRemover remover(directory);
  ASSIGN_OR_RETURN(const int64_t size_bytes, Unpack(archive.get(), directory));
  // The size first: a package without it would count as nothing after a restart.
  RETURN_IF_ERROR(WriteSmallFile(PathOf(code_sha256) + std::string(kSizeSuffix), std::to_string(size_bytes)));
  FAILPOINT_OR_RETURN("artifact_cache.before_rename");
  if (rename(directory.c_str(), PathOf(code_sha256).c_str()) != 0) return ErrnoStatus("put the package into place");
  remover.Dismiss();
  return size_bytes;
}

absl::StatusOr<UniqueFd> PackageFolder::Fetch(const std::string& code_sha256, ArtifactFetcher& fetcher) const {
  UniqueFd file(open(options_.directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoStatus("make a temporary file in " + options_.directory);
  RETURN_IF_ERROR(fetcher.Fetch(code_sha256, file.get()));
  ASSIGN_OR_RETURN(const std::string actual, HashFile(file.get()));
  if (actual != code_sha256) {
    return absl::DataLossError(fmt::format("package {} arrived with the hash {}", code_sha256, actual));
  }
  return file;
}

absl::StatusOr<int64_t> PackageFolder::Unpack(int archive_fd, const std::string& into) const {
  if (mkdir(into.c_str(), 0755) != 0) return ErrnoStatus("make " + into);
  const UniqueFd destination(open(into.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!destination.valid() || fchmod(destination.get(), 0755) != 0) return ErrnoStatus("open " + into);
  ExtractRequest request{
      .binary = options_.extract_binary, .archive_fd = archive_fd, .destination_fd = destination.get()};
  if (geteuid() == 0) {
    request.uid = options_.extract_uid;
    if (fchown(destination.get(), options_.extract_uid, options_.extract_uid) != 0)
      return ErrnoStatus("give away " + into);
  }
  ASSIGN_OR_RETURN(const ExtractReport report, RunExtract(request));
  RETURN_IF_ERROR(RefusalOf(report));
  if (geteuid() == 0 && fchown(destination.get(), 0, 0) != 0) return ErrnoStatus("take back " + into);
  return report.unzipped_bytes + report.entries * kDiskBytesPerEntry;
}

absl::Status PackageFolder::Remove(const std::string& code_sha256) {
  const std::string old = NewName(kOldPrefix);
  if (rename(PathOf(code_sha256).c_str(), old.c_str()) != 0) return ErrnoStatus("remove package " + code_sha256);
  std::error_code error;
  fs::remove(PathOf(code_sha256) + std::string(kSizeSuffix), error);
  return RemoveTree(old);
}

}  // namespace hearth::worker
