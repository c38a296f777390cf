#include "controller/api/lambda/unsupported_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"
#include "controller/api/lambda/runtime_ids.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxSubnets = 16;
constexpr size_t kMaxSecurityGroups = 5;

absl::Status Invalid(std::string message) { return AwsError("InvalidParameterValueException", message); }

absl::Status Refuse(std::string_view member, std::string_view why) {
  return Invalid(fmt::format("{} is not supported by Hearth: {}", member, why));
}

// Whether a value says anything: not null, not "", not false, not an empty list or one of nothing but that.
bool SaysSomething(const Json* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->as_bool();
  if (value->is_string()) return !value->as_string().empty();
  if (value->is_array()) return !value->as_array().empty();
  if (!value->is_object()) return true;
  return std::any_of(value->as_object().begin(), value->as_object().end(),
                     [](const Json::Member& member) { return SaysSomething(&member.second); });
}

// The string at `object.member`; empty when there is none.
std::string_view Text(const Json* object, std::string_view member) {
  const Json* found = object == nullptr ? nullptr : object->Find(member);
  return found != nullptr && found->is_string() ? std::string_view(found->as_string()) : std::string_view();
}

void ValidateEnumMember(BodyReader& body, const char* object, const char* member, std::string_view path,
                        Validation::Values allowed, Validation& validation) {
  const Json* found = body.Object(object);
  if (found == nullptr) return;
  BodyReader nested(*found);
  if (const auto value = nested.String(member)) validation.Enum(path, *value, allowed);
  body.Absorb(nested);
}

void ValidateIds(BodyReader& vpc, const char* member, std::string_view path, size_t most, const TextPattern& pattern,
                 Validation& validation) {
  const auto ids = vpc.Strings(member);
  if (!ids) return;
  const std::string shown = fmt::format("[{}]", fmt::join(*ids, ", "));
  if (ids->size() > most)
    validation.Fail(path, shown, fmt::format("Member must have length less than or equal to {}", most));
  if (std::all_of(ids->begin(), ids->end(),
                  [&](const std::string& id) { return id.size() <= 1024 && pattern.matches(id); }))
    return;
  validation.Fail(
      path, shown,
      fmt::format("Member must satisfy constraint: [Member must have length less than or equal to 1024, Member "
                  "must have length greater than or equal to 0, Member must satisfy regular expression pattern: "
                  "{}]",
                  pattern.text));
}

absl::Status RefuseSnapStart(const Json& body, std::string_view runtime) {
  if (Text(body.Find("SnapStart"), "ApplyOn") != "PublishedVersions") return absl::OkStatus();
  if (!SupportsSnapStart(runtime)) {
    return Invalid(fmt::format("{} is not supported for SnapStart enabled functions.", runtime));
  }
  return Refuse("SnapStart.ApplyOn PublishedVersions", "functions start without snapshots; use None");
}

struct RefusedMember {
  const char* name;
  std::string_view why;
};

constexpr RefusedMember kRefusedMembers[] = {
    {"VpcConfig", "functions have no network of yours to join; leave SubnetIds and SecurityGroupIds empty"},
    {"FileSystemConfigs", "no file system can be mounted"},
    {"ImageConfig", "functions come from zip packages"},
    {"TenancyConfig", "environments are not kept apart by tenant"},
    {"DurableConfig", "functions cannot be durable"},
};

}  // namespace

void ValidateUnsupportedSettings(BodyReader& body, Validation& validation) {
  ValidateEnumMember(body, "TracingConfig", "Mode", "tracingConfig.mode", {"Active", "PassThrough"}, validation);
  ValidateEnumMember(body, "SnapStart", "ApplyOn", "snapStart.applyOn", {"PublishedVersions", "None"}, validation);
  if (const Json* vpc = body.Object("VpcConfig")) {
    BodyReader nested(*vpc);
    ValidateIds(nested, "SubnetIds", "vpcConfig.subnetIds", kMaxSubnets, kSubnetPattern, validation);
    ValidateIds(nested, "SecurityGroupIds", "vpcConfig.securityGroupIds", kMaxSecurityGroups, kSecurityGroupPattern,
                validation);
    body.Absorb(nested);
  }
  if (const auto type = body.String("PackageType")) validation.Enum("packageType", *type, {"Zip", "Image"});
}

absl::Status RefuseUnsupportedSettings(const Json& body, std::string_view runtime) {
  if (Text(&body, "PackageType") == "Image") return Refuse("PackageType Image", "functions come from zip packages");
  if (SaysSomething(body.Find("CapacityProviderConfig"))) {
    return Invalid("CapacityProviderConfig isn't supported for Lambda Default functions.");
  }
  for (const RefusedMember& member : kRefusedMembers) {
    if (SaysSomething(body.Find(member.name))) return Refuse(member.name, member.why);
  }
  if (Text(body.Find("TracingConfig"), "Mode") == "Active") {
    return Refuse("TracingConfig.Mode Active", "no traces are recorded; use PassThrough");
  }
  return RefuseSnapStart(body, runtime);
}

absl::Status RefuseUnsupportedCode(const Json& code) {
  constexpr RefusedMember kRefused[] = {
      {"S3Bucket", "upload the package as ZipFile"},        {"S3Key", "upload the package as ZipFile"},
      {"S3ObjectVersion", "upload the package as ZipFile"}, {"S3ObjectStorageMode", "upload the package as ZipFile"},
      {"SourceKMSKeyArn", "packages are kept as uploaded"}, {"ImageUri", "functions come from zip packages"},
  };
  for (const RefusedMember& member : kRefused) {
    if (SaysSomething(code.Find(member.name))) return Refuse(member.name, member.why);
  }
  return absl::OkStatus();
}

absl::Status RefusePublishTo(const Json& body) {
  if (!SaysSomething(body.Find("PublishTo"))) return absl::OkStatus();
  return Refuse("PublishTo", "only functions of capacity providers have a version $LATEST.PUBLISHED");
}

absl::Status RefuseForeignArchitecture(std::string_view architecture, std::string_view own_architecture) {
  if (architecture == own_architecture) return absl::OkStatus();
  return Refuse(fmt::format("Architectures [{}]", architecture),
                fmt::format("this installation runs {}", own_architecture));
}

}  // namespace hearth::controller
