#include "controller/api/lambda/layers/function_layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/errors.h"
#include "common/limits.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/layers/layer_name.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxArnBytes = 2048;

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

absl::Status DoesNotExist(std::string_view arn) {
  return Invalid(fmt::format("Layer version {} does not exist.", arn));
}

bool IsLayerVersionArn(const std::string& arn) {
  return !arn.empty() && arn.size() <= kMaxArnBytes && kLayerVersionArnPattern.matches(arn);
}

std::string_view WithoutVersion(std::string_view arn) { return arn.substr(0, arn.rfind(':')); }

// Two ARNs of one layer, be they the same.
absl::Status CheckDistinct(const std::vector<std::string>& arns) {
  for (size_t i = 0; i < arns.size(); ++i) {
    for (size_t j = i + 1; j < arns.size(); ++j) {
      if (WithoutVersion(arns[i]) != WithoutVersion(arns[j])) continue;
      return Invalid(
          fmt::format("Two different versions of the same layer are not allowed to be referenced in the same function. "
                      "{} and {} are versions of the same layer.",
                      arns[i], arns[j]));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void ValidateLayers(BodyReader& body, Validation& validation) {
  const std::optional<std::vector<std::string>> arns = body.Strings("Layers");
  if (!arns || std::all_of(arns->begin(), arns->end(), IsLayerVersionArn)) return;
  validation.Fail("layers", fmt::format("[{}]", fmt::join(*arns, ", ")),
                  fmt::format("Member must satisfy constraint: [Member must have length less than or equal to {}, "
                              "Member must have length greater than or equal to 1, Member must satisfy regular "
                              "expression pattern: {}, Member must not be null]",
                              kMaxArnBytes, kLayerVersionArnPattern.text));
}

void ChosenLayers::PutInto(records::FunctionVersion& version) const {
  if (!given_) return;
  version.clear_layers();
  for (const PinnedLayer& pinned : pinned_) {
    records::UsedLayer& used = *version.add_layers();
    used.set_arn(LayerVersionArn(pinned.version));
    used.set_code_sha256_hex(pinned.version.code_sha256_hex());
    used.set_code_bytes(pinned.version.code_bytes());
    used.set_unzipped_bytes(pinned.version.unzipped_bytes());
    used.set_signing_profile_version_arn(pinned.version.signing_profile_version_arn());
  }
}

absl::StatusOr<ChosenLayers> FunctionLayers::Choose(const Identity& caller, const Json& body) const {
  BodyReader reader(body);
  const std::optional<std::vector<std::string>> arns = reader.Strings("Layers");
  RETURN_IF_ERROR(reader.status());
  ChosenLayers chosen;
  if (!arns) return chosen;
  chosen.given_ = true;
  if (arns->size() > kMaxLayersPerFunction) {
    return Invalid(fmt::format("Cannot reference more than {} layers.", kMaxLayersPerFunction));
  }
  RETURN_IF_ERROR(CheckDistinct(*arns));
  for (const std::string& arn : *arns) {
    ASSIGN_OR_RETURN(PinnedLayer pinned, Find(caller, arn));
    chosen.pinned_.push_back(std::move(pinned));
  }
  return chosen;
}

absl::StatusOr<PinnedLayer> FunctionLayers::Find(const Identity& caller, const std::string& arn) const {
  const std::optional<LayerName> parsed = LayerName::ParseVersionArn(arn);
  if (!parsed || parsed->name.empty()) return DoesNotExist(arn);
  if (parsed->region != region_) {
    return Invalid(fmt::format(
        "Layers are not in the same region as the function. Layers are expected to be in region {}.", region_));
  }
  absl::StatusOr<PinnedLayer> pinned = layers_.Pin(parsed->Id());
  if (!pinned.ok() && !absl::IsNotFound(pinned.status())) return pinned.status();
  RETURN_IF_ERROR(access_.Check(caller, parsed->account, arn,
                                pinned.ok() ? std::string_view(pinned->version.policy()) : std::string_view()));
  if (!pinned.ok()) return DoesNotExist(arn);
  return pinned;
}

absl::Status FunctionLayers::CheckSize(const records::FunctionVersion& version, int64_t unzipped_code_bytes) const {
  int64_t layer_bytes = 0;
  for (const records::UsedLayer& layer : version.layers()) layer_bytes += layer.unzipped_bytes();
  if (layer_bytes > kMaxUnzippedBytes) {
    return Invalid(fmt::format("Layers consume more than the available size of {} bytes", kMaxUnzippedBytes));
  }
  const int64_t all_bytes = layer_bytes + unzipped_code_bytes;
  if (all_bytes <= kMaxUnzippedBytes) return absl::OkStatus();
  return Invalid(
      fmt::format("Function code combined with layers exceeds the maximum allowed size of {} bytes. The actual size is "
                  "{} bytes.",
                  kMaxUnzippedBytes, all_bytes));
}

absl::Status FunctionLayers::CheckSize(const records::FunctionVersion& version) const {
  if (version.layers().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const records::CodeBlob own, packages_.GetCode(version.code_sha256_hex()));
  return CheckSize(version, own.unzipped_bytes());
}

}  // namespace hearth::controller
