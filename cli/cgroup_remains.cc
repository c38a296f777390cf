#include "cli/cgroup_remains.h"

#include <mntent.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string_view>

namespace hearth::cli {

void RemoveEmptyCgroup(const std::string& name) {
  const std::unique_ptr<FILE, int (*)(FILE*)> mounts(setmntent("/proc/self/mounts", "re"), endmntent);
  if (mounts == nullptr) return;
  while (const mntent* const mount = getmntent(mounts.get())) {
    const std::string_view type = mount->mnt_type;
    if (type != "cgroup" && type != "cgroup2") continue;
    rmdir((std::string(mount->mnt_dir) + "/" + name).c_str());
  }
}

}  // namespace hearth::cli
