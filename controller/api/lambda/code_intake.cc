#include "controller/api/lambda/code_intake.h"

#include <fmt/format.h>

#include "common/crypto.h"
#include "common/errors.h"
#include "common/limits.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {

absl::StatusOr<UploadedCode> CodeIntake::Read(const Json& code) const {
  const Json* zip_file = code.Find("ZipFile");
  if (zip_file == nullptr || zip_file->is_null()) {
    return AwsError("InvalidParameterValueException", "Please provide a source for function code.");
  }
  if (!zip_file->is_string()) return AwsError("SerializationException", "ZipFile must be base64 text");
  std::optional<std::string> zip = Base64Decode(zip_file->as_string());
  if (!zip) return AwsError("SerializationException", "ZipFile is not valid base64");
  if (zip->empty()) return AwsError("InvalidParameterValueException", "Uploaded file must be a non-empty zip");
  if (static_cast<int64_t>(zip->size()) > kMaxZippedBytes) {
    return AwsError("RequestEntityTooLargeException",
                    fmt::format("Zipped size must be smaller than {} bytes", kMaxZippedBytes));
  }
  const absl::StatusOr<ZipSummary> summary = inspect_(*zip);
  if (absl::IsInvalidArgument(summary.status())) {
    return AwsError("InvalidParameterValueException", std::string(summary.status().message()));
  }
  if (!summary.ok()) return summary.status();
  std::string sha256_hex = Sha256Hex(*zip);
  return UploadedCode{*std::move(zip), std::move(sha256_hex), summary->unzipped_bytes};
}

absl::StatusOr<CodePin> CodeIntake::Keep(const UploadedCode& uploaded) {
  ASSIGN_OR_RETURN(CodePin pin, functions_.ReserveCode(uploaded.sha256_hex, static_cast<int64_t>(uploaded.zip.size()),
                                                       uploaded.unzipped_bytes));
  RETURN_IF_ERROR(code_.Put(uploaded.zip).status());
  return pin;
}

}  // namespace hearth::controller
