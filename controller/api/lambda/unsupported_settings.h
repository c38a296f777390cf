// What Hearth accepts it carries out; every member of the model it does not carry out is refused here, by name.
//
// Shapes:  empty and clearing forms ("Layers": [], "KMSKeyArn": "", "TracingConfig": {"Mode": "PassThrough"}) pass.
// Errors:  broken constraints of these members go into the Validation; a wrong type into the BodyReader; the refusal is
// an
//          InvalidParameterValueException.
// Threads: no state.
// Source:  api.md CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration; docs/aws_compatibility.md.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"

namespace hearth::controller {

// Constraints of the members that are refused below, so that nonsense is named as nonsense first.
void ValidateUnsupportedSettings(BodyReader& body, Validation& validation);

// For CreateFunction and UpdateFunctionConfiguration. `runtime` is the function's after the call.
absl::Status RefuseUnsupportedSettings(const Json& body, std::string_view runtime);

// For CreateFunction's Code and the body of UpdateFunctionCode: anything but a ZipFile.
absl::Status RefuseUnsupportedCode(const Json& code);
// PublishTo of CreateFunction, UpdateFunctionCode and PublishVersion.
absl::Status RefusePublishTo(const Json& body);
// The machines of this installation run one architecture.
absl::Status RefuseForeignArchitecture(std::string_view architecture, std::string_view own_architecture);

}  // namespace hearth::controller
