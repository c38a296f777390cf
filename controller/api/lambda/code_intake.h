// CodeIntake turns an uploaded package into a stored one: decoded, measured, inspected, then kept under its hash.
//
// Errors:  AWS errors for what is wrong with the upload; ours when it cannot be kept.
// Threads: any thread; blocks on the inspection and on disk.
// Source:  errors.tsv "Create, UpdateCode".
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/artifacts/code_store.h"
#include "controller/artifacts/zip_inspector.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

using InspectZip = std::function<absl::StatusOr<ZipSummary>(std::string_view zip)>;

struct UploadedCode {
  std::string zip;
  std::string sha256_hex;
  int64_t unzipped_bytes = 0;
};

class CodeIntake {
 public:
  CodeIntake(InspectZip inspect, CodeStore& code, FunctionStore& functions)
      : inspect_(std::move(inspect)), code_(code), functions_(functions) {}

  // `code` holds ZipFile: CreateFunction's Code, or the body of UpdateFunctionCode. Stores nothing.
  absl::StatusOr<UploadedCode> Read(const Json& code) const;
  // Durable when it returns. The pin lives until the function that uses the package is written.
  absl::StatusOr<CodePin> Keep(const UploadedCode& uploaded);

 private:
  const InspectZip inspect_;
  CodeStore& code_;
  FunctionStore& functions_;
};

}  // namespace hearth::controller
