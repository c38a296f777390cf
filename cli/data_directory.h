// DataDirectory is the folder of one `hearth dev`: laid out, locked against a second start, and owned by who runs in
// it.
//
// Shapes:  DIR/{lock,instance,credentials,config} and DIR/{run,controller,worker-N}/.
// Errors:  FailedPrecondition when another process holds the lock; what the file system says otherwise.
// Threads: one.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "common/unique_fd.h"

namespace hearth::cli {

// The innermost folder on the way to `path`, itself left out, that users other than its owner may not pass through.
std::optional<std::string> ClosedFolderAbove(const std::string& path);

class DataDirectory {
 public:
  // `daemon_user` is whom the daemons become; empty: they stay who they are.
  static absl::StatusOr<DataDirectory> Open(const std::string& path, int workers, const std::string& daemon_user,
                                            Random& random);

  const std::string& path() const { return path_; }
  // Eight hex digits, made once and kept: names this installation's cgroups.
  const std::string& instance() const { return instance_; }

  std::string ControllerDirectory() const { return path_ + "/controller"; }
  std::string WorkerDirectory(int index) const;
  std::string NodeSocket() const { return path_ + "/run/node.sock"; }
  std::string CredentialsFile() const { return path_ + "/credentials"; }
  // Where the controller, which may write nowhere else, leaves the root access key.
  std::string ControllerCredentialsFile() const { return ControllerDirectory() + "/root-credentials"; }

  // Puts the controller's credentials where the operator looks for them, readable by root alone.
  absl::Status PublishCredentials() const;

  // The AWS CLI's config file for AWS_CONFIG_FILE: region and output of profile default.
  absl::Status WriteAwsConfig(const std::string& region, const std::string& endpoint) const;

 private:
  DataDirectory(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  absl::Status LoadInstance(Random& random);

  std::string path_;
  UniqueFd lock_;
  std::string instance_;
};

}  // namespace hearth::cli
