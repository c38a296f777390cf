#include "cli/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/errors.h"

namespace hearth::cli {
namespace {

absl::Status MakeDirectory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return ErrnoStatus(fmt::format("cannot create {}", path));
  if (chmod(path.c_str(), mode) != 0) return ErrnoStatus(fmt::format("cannot set the mode of {}", path));
  return absl::OkStatus();
}

absl::Status GiveTo(const std::string& user, const std::string& path) {
  if (user.empty()) return absl::OkStatus();
  const passwd* const entry = getpwnam(user.c_str());
  if (entry == nullptr) return absl::NotFoundError(fmt::format("there is no user {}", user));
  if (chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) return ErrnoStatus(fmt::format("chown {}", path));
  return absl::OkStatus();
}

// Readers see the old text or the new one, never half of it.
absl::Status WriteFile(const std::string& path, const std::string& text, mode_t mode) {
  const std::string temporary = path + ".new";
  unlink(temporary.c_str());
  const UniqueFd file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.valid()) return ErrnoStatus(fmt::format("cannot create {}", temporary));
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return ErrnoStatus(fmt::format("cannot write {}", temporary));
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return ErrnoStatus(fmt::format("cannot replace {}", path));
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> ClosedFolderAbove(const std::string& path) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(path, error).lexically_normal().parent_path();
  for (; folder != folder.root_path(); folder = folder.parent_path()) {
    const std::filesystem::perms mode = std::filesystem::status(folder, error).permissions();
    if (!error && (mode & std::filesystem::perms::others_exec) == std::filesystem::perms::none) return folder.string();
  }
  return std::nullopt;
}

absl::StatusOr<DataDirectory> DataDirectory::Open(const std::string& path, int workers, const std::string& daemon_user,
                                                  Random& random) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  std::filesystem::create_directories(absolute, error);
  if (error) return absl::InternalError(fmt::format("cannot create {}: {}", absolute, error.message()));
  // Sandboxes bind directories below it, so every user may pass through; what is private is closed further down.
  RETURN_IF_ERROR(MakeDirectory(absolute, 0755));

  UniqueFd lock(open((absolute + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return ErrnoStatus(fmt::format("cannot open {}/lock", absolute));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(fmt::format("another hearth already runs on {}", absolute));
  }
  DataDirectory directory(absolute, std::move(lock));
  RETURN_IF_ERROR(directory.LoadInstance(random));
  RETURN_IF_ERROR(MakeDirectory(absolute + "/run", 0700));
  RETURN_IF_ERROR(GiveTo(daemon_user, absolute + "/run"));
  RETURN_IF_ERROR(MakeDirectory(directory.ControllerDirectory(), 0700));
  for (int i = 0; i < workers; ++i) RETURN_IF_ERROR(MakeDirectory(directory.WorkerDirectory(i), 0755));
  return directory;
}

std::string DataDirectory::WorkerDirectory(int index) const { return fmt::format("{}/worker-{}", path_, index); }

absl::Status DataDirectory::LoadInstance(Random& random) {
  const std::string file = path_ + "/instance";
  std::ifstream in(file);
  if (in >> instance_ && instance_.size() == 8) return absl::OkStatus();
  instance_ = random.Hex(4);
  return WriteFile(file, instance_ + "\n", 0644);
}

absl::Status DataDirectory::WriteAwsConfig(const std::string& region, const std::string& endpoint) const {
  return WriteFile(path_ + "/config",
                   fmt::format("[default]\nregion = {}\noutput = json\n"
                               "# Used by AWS CLI 2.13 and newer; older ones take --endpoint-url.\n"
                               "endpoint_url = {}\n",
                               region, endpoint),
                   0644);
}

absl::Status DataDirectory::PublishCredentials() const {
  std::stringstream text;
  text << std::ifstream(ControllerCredentialsFile()).rdbuf();
  if (text.str().empty()) return absl::NotFoundError(fmt::format("{} is missing", ControllerCredentialsFile()));
  return WriteFile(CredentialsFile(), text.str(), 0600);
}

}  // namespace hearth::cli
