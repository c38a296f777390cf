// The patterns of the Lambda service model that Hearth checks, each with its text and a matcher that takes linear time.
//
// Threads: no state.
// Source:  api.md "Long patterns"; errors.tsv for the texts as AWS shows them.
#pragma once

#include "controller/api/lambda/validation.h"

namespace hearth::controller {

extern const TextPattern kRolePattern;
extern const TextPattern kHandlerPattern;
extern const TextPattern kQualifierPattern;
extern const TextPattern kEnvironmentKeyPattern;
extern const TextPattern kTagPattern;
extern const TextPattern kSubnetPattern;
extern const TextPattern kSecurityGroupPattern;
extern const TextPattern kLogGroupPattern;
extern const TextPattern kMasterRegionPattern;
extern const TextPattern kTaggableResourcePattern;
extern const TextPattern kRuntimeVersionArnPattern;
extern const TextPattern kKmsKeyArnPattern;
extern const TextPattern kDestinationPattern;
extern const TextPattern kAliasNamePattern;
extern const TextPattern kAliasTargetPattern;
extern const TextPattern kVersionNumberPattern;

bool IsAccountId(std::string_view text);  // 12 digits
bool IsRegion(std::string_view text);     // "eu-west-1", "us-gov-east-1" …

}  // namespace hearth::controller
