#include "worker/settings_check.h"

#include <string>

#include "common/errors.h"
#include "common/setting_checks.h"
#include "worker/environments/parked/parked_kind.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker {

absl::Status CheckSettings(const Config& config) {
  const auto text = [&config](std::string_view key) { return config.String(key); };
  RETURN_IF_ERROR(OfSetting("worker.log_level", ParseLogLevel(text("worker.log_level")).status()));
  RETURN_IF_ERROR(OfSetting("worker.controller", CheckLoopbackAddress(text("worker.controller"))));
  if (const std::string url = text("worker.aws_api_url"); !url.empty()) {
    RETURN_IF_ERROR(OfSetting("worker.aws_api_url", CheckHttpUrl(url)));
  }
  if (!text("worker.data_directory").starts_with('/')) {
    return absl::InvalidArgumentError("worker.data_directory: must be a path that begins with /");
  }
  RETURN_IF_ERROR(OfSetting("worker.cgroup_prefix", CheckCgroupPrefix(text("worker.cgroup_prefix"))));
  return OfSetting("worker.parked_kinds", ParseParkedKinds(text("worker.parked_kinds")).status());
}

}  // namespace hearth::worker
