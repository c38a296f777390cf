// Which layer, and which version of it, a request's path names.
//
// Errors:  ValidationException for a name that is none; AccessDeniedException for a layer of another account where only
//          the owner may act; ResourceNotFoundException for one of another region.
// Threads: value types.
// Source:  api.md §5; errors.tsv "Layers".
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/api/api_call.h"
#include "controller/api/lambda/layers/layer_name.h"

namespace hearth::controller {

// The label LayerName into `validation`.
void ValidateLayerName(const ApiCall& call, Validation& validation);
// Preconditions: it is valid. The account is the caller's when the name does not say.
absl::StatusOr<LayerVersionId> ReadLayer(const ApiCall& call, std::string_view region);
// The same for what only the owner may do.
absl::StatusOr<LayerVersionId> ReadOwnLayer(const ApiCall& call, std::string_view region);
// With the label VersionNumber, which is at least 1.
absl::Status ReadVersionNumber(const ApiCall& call, LayerVersionId& id);

absl::Status LayerNotFound();

}  // namespace hearth::controller
