#include "controller/api/lambda/layers/layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/layers/layer_target.h"
#include "controller/api/lambda/runtime_ids.h"
#include "controller/api/lambda/unsupported_settings.h"

namespace hearth::controller {
namespace {

using Names = std::vector<std::string>;

constexpr size_t kMaxDescription = 256;
constexpr size_t kMaxLicenseInfo = 512;
constexpr size_t kMaxRuntimes = 15;
constexpr size_t kMaxArchitectures = 2;
constexpr size_t kMaxArnBytes = 2048;

void ValidateRuntimes(const Names& names, Validation& validation) {
  const std::string shown = fmt::format("[{}]", fmt::join(names, ", "));
  if (names.size() > kMaxRuntimes) {
    validation.Fail("compatibleRuntimes", shown,
                    fmt::format("Member must have length less than or equal to {}", kMaxRuntimes));
  }
  if (std::all_of(names.begin(), names.end(), [](const std::string& name) { return IsRuntimeId(name); })) return;
  validation.Fail("compatibleRuntimes", shown,
                  fmt::format("Member must satisfy enum value set: [{}]", ShownRuntimeIds()));
}

void ValidateArchitectures(const Names& names, Validation& validation) {
  const std::string shown = fmt::format("[{}]", fmt::join(names, ", "));
  if (names.size() > kMaxArchitectures) {
    validation.Fail("compatibleArchitectures", shown,
                    fmt::format("Member must have length less than or equal to {}", kMaxArchitectures));
  }
  const auto known = [](const std::string& name) { return name == "x86_64" || name == "arm64"; };
  if (std::all_of(names.begin(), names.end(), known)) return;
  validation.Fail("compatibleArchitectures", shown,
                  "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must "
                  "not be null]");
}

// Everything but the package.
records::LayerVersion ReadVersion(BodyReader& body, Validation& validation) {
  records::LayerVersion version;
  version.set_description(body.String("Description").value_or(""));
  version.set_license_info(body.String("LicenseInfo").value_or(""));
  const Names runtimes = body.Strings("CompatibleRuntimes").value_or(Names());
  const Names architectures = body.Strings("CompatibleArchitectures").value_or(Names());
  ValidateRuntimes(runtimes, validation);
  ValidateArchitectures(architectures, validation);
  validation.Length("description", version.description(), 0, kMaxDescription);
  validation.Length("licenseInfo", version.license_info(), 0, kMaxLicenseInfo);
  version.mutable_compatible_runtimes()->Add(runtimes.begin(), runtimes.end());
  version.mutable_compatible_architectures()->Add(architectures.begin(), architectures.end());
  return version;
}

template <class Repeated>
void SetUnlessEmpty(Json& object, const char* member, const Repeated& values) {
  if (values.empty()) return;
  object.Set(member, Json(Json::Array(values.begin(), values.end())));
}

}  // namespace

void LayersApi::AddTo(OperationTable& table) {
  table.Add("DeleteLayerVersion", *this, &LayersApi::Delete);
  table.Add("GetLayerVersion", *this, &LayersApi::Get);
  table.Add("GetLayerVersionByArn", *this, &LayersApi::GetByArn);
  table.Add("ListLayerVersions", *this, &LayersApi::ListVersions);
  table.Add("ListLayers", *this, &LayersApi::List);
  table.Add("PublishLayerVersion", *this, &LayersApi::Publish);
}

absl::StatusOr<ApiReply> LayersApi::Publish(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateLayerName(call, validation);
  const Json* content = reader.Object("Content");
  validation.NotNull("content", content != nullptr);
  records::LayerVersion version = ReadVersion(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const LayerVersionId id, ReadOwnLayer(call, region_));
  RETURN_IF_ERROR(RefuseUnsupportedCode(*content));
  ASSIGN_OR_RETURN(const UploadedCode uploaded, code_.Read(*content));
  ASSIGN_OR_RETURN(const CodePin pin, code_.Keep(uploaded));
  version.set_account(id.account);
  version.set_region(region_);
  version.set_name(id.name);
  version.set_created_ms(UnixMillis(clock_.Wall()));
  version.set_code_sha256_hex(uploaded.sha256_hex);
  version.set_code_bytes(static_cast<int64_t>(uploaded.zip.size()));
  version.set_unzipped_bytes(uploaded.unzipped_bytes);
  version.set_signing_profile_version_arn(trust_.SignerOf(uploaded.zip));
  const absl::StatusOr<records::LayerVersion> published = layers_.Publish(std::move(version));
  if (absl::IsOutOfRange(published.status())) {
    return AwsError("CodeStorageExceededException", "Code storage limit exceeded.");
  }
  if (!published.ok()) return published.status();
  return Render(201, call, *published);
}

absl::StatusOr<ApiReply> LayersApi::Get(const ApiCall& call) {
  Validation validation;
  ValidateLayerName(call, validation);
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(LayerVersionId id, ReadLayer(call, region_));
  RETURN_IF_ERROR(ReadVersionNumber(call, id));
  return Show(call, id);
}

absl::StatusOr<ApiReply> LayersApi::GetByArn(const ApiCall& call) {
  Validation validation;
  const std::string* arn = call.Query("Arn");
  validation.NotNull("arn", arn != nullptr);
  if (arn != nullptr) {
    validation.Length("arn", *arn, 1, kMaxArnBytes);
    validation.Pattern("arn", *arn, kLayerVersionArnPattern);
  }
  RETURN_IF_ERROR(validation.Result());
  const LayerName parsed = LayerName::ParseVersionArn(*arn).value_or(LayerName());
  if (parsed.region != region_) return LayerNotFound();
  return Show(call, parsed.Id());
}

absl::StatusOr<ApiReply> LayersApi::Show(const ApiCall& call, const LayerVersionId& id) {
  const absl::StatusOr<records::LayerVersion> version = layers_.Get(id);
  if (!version.ok() && !absl::IsNotFound(version.status())) return version.status();
  RETURN_IF_ERROR(access_.Check(call.caller, id.account, LayerVersionArn(region_, id),
                                version.ok() ? std::string_view(version->policy()) : std::string_view()));
  if (!version.ok()) return LayerNotFound();
  return Render(200, call, *version);
}

absl::StatusOr<ApiReply> LayersApi::Delete(const ApiCall& call) {
  Validation validation;
  ValidateLayerName(call, validation);
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(LayerVersionId id, ReadOwnLayer(call, region_));
  RETURN_IF_ERROR(ReadVersionNumber(call, id));
  const absl::Status deleted = layers_.Delete(id);
  if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  return ApiReply{204, {}, ""};
}

Json RenderLayerVersion(const records::LayerVersion& version) {
  Json object(Json::Object{{"LayerVersionArn", LayerVersionArn(version)},
                           {"Version", version.version()},
                           {"Description", version.description()},
                           {"CreatedDate", FormatAwsTimestamp(FromUnixMillis(version.created_ms()))}});
  SetUnlessEmpty(object, "CompatibleArchitectures", version.compatible_architectures());
  SetUnlessEmpty(object, "CompatibleRuntimes", version.compatible_runtimes());
  if (!version.license_info().empty()) object.Set("LicenseInfo", version.license_info());
  return object;
}

ApiReply LayersApi::Render(int status, const ApiCall& call, const records::LayerVersion& version) const {
  Json content(Json::Object{
      {"Location", links_.Make(call.base_url, version.code_sha256_hex())},
      {"CodeSha256", Base64Encode(HexDecode(version.code_sha256_hex()).value_or(""))},
      {"CodeSize", version.code_bytes()},
  });
  if (!version.signing_profile_version_arn().empty()) {
    content.Set("SigningProfileVersionArn", version.signing_profile_version_arn());
  }
  Json body = RenderLayerVersion(version);
  body.Set("Content", std::move(content));
  body.Set("LayerArn", LayerArn(version.region(), version.account(), version.name()));
  return {status, {}, body.Dump()};
}

}  // namespace hearth::controller
