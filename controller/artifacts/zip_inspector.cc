#include "controller/artifacts/zip_inspector.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "common/errors.h"
#include "common/limits.h"
#include "common/packages/extract_client.h"
#include "common/unique_fd.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

constexpr uint32_t kNobody = 65534;  // whom the helper becomes when this process is root
constexpr std::chrono::seconds kTimeout{30};

// Source: errors.tsv, "archive is not a zip" and "unzipped content over 250 MiB"; the text for an empty archive is
// known from practice.
constexpr char kNotAZip[] = "Could not unzip uploaded file. Please check your file, then try to upload again.";
constexpr char kEmptyZip[] = "Uploaded file must be a non-empty zip";

// The zip in memory that has a descriptor: it never touches the disk before it is accepted.
absl::StatusOr<UniqueFd> InMemory(std::string_view zip) {
  UniqueFd file(memfd_create("hearth-package", MFD_CLOEXEC));
  if (!file.valid()) return ErrnoStatus("memfd_create");
  while (!zip.empty()) {
    const ssize_t count = write(file.get(), zip.data(), zip.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("copy a code package");
    zip.remove_prefix(static_cast<size_t>(count));
  }
  return file;
}

}  // namespace

absl::StatusOr<ZipSummary> ZipInspector::Inspect(std::string_view zip) const {
  if (zip.empty()) return absl::InvalidArgumentError(kEmptyZip);
  ASSIGN_OR_RETURN(const UniqueFd file, InMemory(zip));
  ExtractRequest request{.binary = extract_binary_, .archive_fd = file.get(), .timeout = kTimeout};
  if (geteuid() == 0) request.uid = kNobody;
  const absl::StatusOr<ExtractReport> report = RunExtract(request);
  if (!report.ok()) return absl::InternalError(report.status().message());
  switch (report->verdict) {
    case ExtractVerdict::kOk:
      return ZipSummary{report->unzipped_bytes, report->entries};
    case ExtractVerdict::kNotZip:
      return absl::InvalidArgumentError(kNotAZip);
    case ExtractVerdict::kEmpty:
      return absl::InvalidArgumentError(kEmptyZip);
    case ExtractVerdict::kTooLarge:
      return absl::InvalidArgumentError(fmt::format("Unzipped size must be smaller than {} bytes", kMaxUnzippedBytes));
    // AWS's sentence first, for clients that look for it; then what to mend.
    case ExtractVerdict::kRefused:
      return absl::InvalidArgumentError(fmt::format("{} ({})", kNotAZip, report->reason));
    case ExtractVerdict::kNoSpace:
    case ExtractVerdict::kFailed:
      break;
  }
  return absl::InternalError("hearth-extract failed: " + report->reason);
}

}  // namespace hearth::controller
