// hearth-extract inflates one zip within bounds and ends: `hearth-extract --check|--into [--uid N]`.
//
// Shapes:  archive on descriptor 0, destination directory on 3 (--into), one line of answer on 1 (FormatExtractReport).
//          Started by RunExtract (common/packages/extract_client.h), never by hand.
#include <locale.h>
#include <unistd.h>

#include <optional>
#include <string_view>

#include "absl/strings/numbers.h"
#include "common/packages/extract_client.h"
#include "worker/artifacts/extract_confinement.h"
#include "worker/artifacts/package_writer.h"
#include "worker/artifacts/zip_extractor.h"

namespace hearth::worker {
namespace {

constexpr int kArchiveFd = 0;
constexpr int kAnswerFd = 1;
constexpr int kDestinationFd = 3;

std::optional<ExtractConfinement> ParseArguments(int argc, char** argv) {
  ExtractConfinement confinement;
  if (argc != 2 && argc != 4) return std::nullopt;
  const std::string_view mode = argv[1];
  if (mode != "--check" && mode != "--into") return std::nullopt;
  if (mode == "--into") confinement.destination_fd = kDestinationFd;
  if (argc == 4) {
    uint32_t uid = 0;
    if (std::string_view(argv[2]) != "--uid" || !absl::SimpleAtoi(argv[3], &uid) || uid == 0) return std::nullopt;
    confinement.uid = uid;
  }
  return confinement;
}

ExtractVerdict VerdictOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kFailedPrecondition:
      return ExtractVerdict::kNotZip;
    case absl::StatusCode::kNotFound:
      return ExtractVerdict::kEmpty;
    case absl::StatusCode::kOutOfRange:
      return ExtractVerdict::kTooLarge;
    case absl::StatusCode::kInvalidArgument:
      return ExtractVerdict::kRefused;
    case absl::StatusCode::kResourceExhausted:
      return ExtractVerdict::kNoSpace;
    default:
      return ExtractVerdict::kFailed;  // codes that come from errno
  }
}

ExtractReport Run(const ExtractConfinement& confinement) {
  // Names marked as UTF-8 are converted to the locale's characters; in the C locale they could not be read.
  setlocale(LC_CTYPE, "C.UTF-8");
  if (const absl::Status status = Confine(confinement); !status.ok()) {
    return {.verdict = ExtractVerdict::kFailed, .reason = std::string(status.message())};
  }
  const absl::StatusOr<ExtractSummary> summary = ExtractZip(kArchiveFd, confinement.destination_fd);
  if (!summary.ok()) return {.verdict = VerdictOf(summary.status()), .reason = std::string(summary.status().message())};
  return {.verdict = ExtractVerdict::kOk, .unzipped_bytes = summary->unzipped_bytes, .entries = summary->entries};
}

}  // namespace
}  // namespace hearth::worker

int main(int argc, char** argv) {
  const std::optional<hearth::worker::ExtractConfinement> confinement = hearth::worker::ParseArguments(argc, argv);
  if (!confinement) return 64;
  const std::string answer = hearth::FormatExtractReport(hearth::worker::Run(*confinement));
  const bool written =
      hearth::worker::PackageWriter::WriteAll(hearth::worker::kAnswerFd, answer.data(), answer.size()).ok();
  _exit(written ? 0 : 1);
}
