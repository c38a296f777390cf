// What settings that several daemons share must look like; checked before anything starts.
//
// Errors:  InvalidArgument that shows the value and says what would do.
// Threads: no state. Nothing is opened, asked or resolved.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/log.h"

namespace hearth {

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view text);
// Where to listen: "ip:port", "[ip]:port", "localhost:port" or "unix:/path"; port 0 is any.
absl::Status CheckAddress(std::string_view text);
// The same, where no other machine comes in.
absl::Status CheckLoopbackAddress(std::string_view text);
// "http://host…" or "https://host…", without query and fragment.
absl::Status CheckHttpUrl(std::string_view text);

// The failure with the setting's name before it.
absl::Status OfSetting(std::string_view key, const absl::Status& status);

}  // namespace hearth
