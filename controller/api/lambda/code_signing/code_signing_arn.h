// The ARNs of code signing: of a configuration, and of the signing profile versions it allows.
//
// Threads: no state.
// Source:  api.md "Long patterns": CodeSigningConfigArn, Arn.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/api/lambda/validation.h"
#include "proto/records.pb.h"

namespace hearth::controller {

extern const TextPattern kCodeSigningConfigArnPattern;
extern const TextPattern kAnyArnPattern;

std::string CodeSigningConfigArn(const records::CodeSigningConfig& config);
// The id "csc-…" of a configuration of this region and account; empty when the ARN is another's or none.
std::string CodeSigningConfigId(std::string_view arn, std::string_view region, std::string_view account);
// What AWS answers to whoever names one that is not there.
absl::Status CodeSigningConfigNotFound(std::string_view arn);

}  // namespace hearth::controller
