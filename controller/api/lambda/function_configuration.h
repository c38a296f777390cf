// FunctionConfiguration as AWS shows it, per operation.
//
// Shapes:  the JSON members of api.md "FunctionConfiguration". Lists leave out State*, LastUpdateStatus* and
//          RuntimeVersionConfig.
// Errors:  an environment that cannot be opened is shown as Environment.Error, as AWS does.
// Threads: no state.
// Source:  api.md §1 "Behaviour notes".
#pragma once

#include <string>
#include <string_view>

#include "common/io/json.h"
#include "controller/secrets/envelope.h"
#include "proto/records.pb.h"

namespace hearth::controller {

enum class Detail {
  kFull,
  kList,
};

// `arn` is the function's ARN with the qualifier the caller used, if any.
Json RenderFunctionConfiguration(const records::FunctionVersion& version, std::string_view arn, Detail detail,
                                 const Envelope& envelope);

}  // namespace hearth::controller
