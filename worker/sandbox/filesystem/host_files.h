// Copies of the few host files a sandbox sees in /etc, and the small file operations to make them.
//
// Errors:  a host file that is missing is left out; one that cannot be copied is a Status.
// Threads: no state.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace hearth::worker {

absl::Status WriteFile(const std::string& path, std::string_view text, mode_t mode);
absl::Status CopyFile(const std::string& from, const std::string& to, mode_t mode);
absl::Status CopySymlink(const std::string& from, const std::string& to);

// passwd (covered per sandbox), group, hosts, resolv.conf, nsswitch.conf, localtime; from the host: the linker's cache,
// services, protocols, mime.types, the OpenSSL configuration and the links of /etc/alternatives.
absl::Status MakeMinimalEtc(const std::string& etc);

// The directories of the host's /etc that programs in /usr cannot do without, bound read-only: CA certificates and the
// configuration of each JDK. Their parents exist in a minimal /etc.
std::vector<std::string> HostTreesOfEtc();

}  // namespace hearth::worker
