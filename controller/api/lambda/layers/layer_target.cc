#include "controller/api/lambda/layers/layer_target.h"

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxLayerName = 140;

}  // namespace

void ValidateLayerName(const ApiCall& call, Validation& validation) {
  const std::string_view name = call.Label("LayerName");
  validation.Length("layerName", name, 1, kMaxLayerName);
  validation.Pattern("layerName", name, kLayerNamePattern);
}

absl::StatusOr<LayerVersionId> ReadLayer(const ApiCall& call, std::string_view region) {
  const std::optional<LayerName> parsed = LayerName::Parse(call.Label("LayerName"));
  if (!parsed) return absl::InternalError("the layer's name was not validated");
  if (!parsed->region.empty() && parsed->region != region) return LayerNotFound();
  return LayerVersionId{parsed->account.empty() ? call.caller.account : parsed->account, parsed->name, 0};
}

absl::StatusOr<LayerVersionId> ReadOwnLayer(const ApiCall& call, std::string_view region) {
  ASSIGN_OR_RETURN(LayerVersionId id, ReadLayer(call, region));
  if (id.account != call.caller.account) return AccessDeniedError();
  return id;
}

absl::Status ReadVersionNumber(const ApiCall& call, LayerVersionId& id) {
  if (!absl::SimpleAtoi(std::string(call.Label("VersionNumber")), &id.version)) {
    return AwsError("SerializationException", "STRING_VALUE can not be converted to a Long");
  }
  if (id.version >= 1) return absl::OkStatus();
  return AwsError("InvalidParameterValueException", "Layer Version Cannot be less than 1");
}

absl::Status LayerNotFound() {
  return AwsError("ResourceNotFoundException", "The resource you requested does not exist.");
}

}  // namespace hearth::controller
