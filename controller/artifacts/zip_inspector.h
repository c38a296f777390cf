// ZipInspector decides whether an uploaded package may become a function: the whole archive is inflated and counted by
// the unprivileged hearth-extract process, which writes nothing.
//
// Errors:  InvalidArgument whose message is AWS's text for the client; Internal when the helper cannot run.
// Threads: any thread; blocks for the time of the inflation.
// Limits:  kMaxUnzippedBytes, and those in docs/SPECIFICATION.md.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::controller {

struct ZipSummary {
  int64_t unzipped_bytes = 0;
  int64_t entries = 0;
};

class ZipInspector {
 public:
  explicit ZipInspector(std::string extract_binary) : extract_binary_(std::move(extract_binary)) {}
  absl::StatusOr<ZipSummary> Inspect(std::string_view zip) const;

 private:
  const std::string extract_binary_;
};

}  // namespace hearth::controller
