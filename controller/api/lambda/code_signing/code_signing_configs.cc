#include "controller/api/lambda/code_signing/code_signing_configs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/code_signing/code_signing_arn.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/function_settings.h"
#include "controller/api/lambda/paging.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxArnBytes = 200;
constexpr size_t kMaxDescription = 256;
constexpr size_t kMaxProfiles = 20;
constexpr size_t kMaxProfileArnBytes = 10000;
constexpr size_t kIdRandomBytes = 9;  // 18 hex digits, of which 17 are used
constexpr size_t kIdCharacters = 17;
constexpr size_t kScanPage = 200;
constexpr char kConfigsMarker[] = "code-signing-configs";
constexpr char kFunctionsMarker[] = "code-signing-functions";

// What a request says of a configuration; members that it leaves out stay.
struct Wanted {
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> profiles;
  std::optional<bool> enforce;

  void PutInto(records::CodeSigningConfig& config) const {
    if (description) config.set_description(*description);
    if (enforce) config.set_enforce(*enforce);
    if (!profiles) return;
    config.clear_profile_version_arns();
    config.mutable_profile_version_arns()->Add(profiles->begin(), profiles->end());
  }
};

void ReadPublishers(BodyReader& body, Wanted& wanted, Validation& validation) {
  const Json* publishers = body.Object("AllowedPublishers");
  if (publishers == nullptr) return;
  BodyReader nested(*publishers);
  wanted.profiles = nested.Strings("SigningProfileVersionArns");
  body.Absorb(nested);
  const char* member = "allowedPublishers.signingProfileVersionArns";
  validation.NotNull(member, wanted.profiles.has_value());
  if (!wanted.profiles) return;
  const std::string shown = fmt::format("[{}]", fmt::join(*wanted.profiles, ", "));
  if (wanted.profiles->empty()) {
    validation.Fail(member, shown, "Member must have length greater than or equal to 1");
  }
  if (wanted.profiles->size() > kMaxProfiles) {
    validation.Fail(member, shown, fmt::format("Member must have length less than or equal to {}", kMaxProfiles));
  }
  const auto is_arn = [](const std::string& arn) {
    return arn.size() <= kMaxProfileArnBytes && kAnyArnPattern.matches(arn);
  };
  if (std::all_of(wanted.profiles->begin(), wanted.profiles->end(), is_arn)) return;
  validation.Fail(member, shown,
                  fmt::format("Member must satisfy constraint: [Member must have length less than or equal to {}, "
                              "Member must have length greater than or equal to 0, Member must satisfy regular "
                              "expression pattern: {}, Member must not be null]",
                              kMaxProfileArnBytes, kAnyArnPattern.text));
}

Wanted ReadWanted(BodyReader& body, Validation& validation) {
  Wanted wanted;
  wanted.description = body.String("Description");
  if (wanted.description) validation.Length("description", *wanted.description, 0, kMaxDescription);
  ReadPublishers(body, wanted, validation);
  if (const Json* policies = body.Object("CodeSigningPolicies")) {
    BodyReader nested(*policies);
    const std::optional<std::string> policy = nested.String("UntrustedArtifactOnDeployment");
    if (policy) {
      validation.Enum("codeSigningPolicies.untrustedArtifactOnDeployment", *policy, {"Warn", "Enforce"});
      wanted.enforce = *policy == "Enforce";
    }
    body.Absorb(nested);
  }
  return wanted;
}

Json RenderConfig(const records::CodeSigningConfig& config) {
  const auto& profiles = config.profile_version_arns();
  return Json(Json::Object{
      {"CodeSigningConfigId", config.id()},
      {"CodeSigningConfigArn", CodeSigningConfigArn(config)},
      {"Description", config.description()},
      {"AllowedPublishers",
       Json(Json::Object{{"SigningProfileVersionArns", Json(Json::Array(profiles.begin(), profiles.end()))}})},
      {"CodeSigningPolicies",
       Json(Json::Object{{"UntrustedArtifactOnDeployment", config.enforce() ? "Enforce" : "Warn"}})},
      {"LastModified", FormatAwsTimestamp(FromUnixMillis(config.last_modified_ms()))},
  });
}

ApiReply Reply(int status, const records::CodeSigningConfig& config) {
  return {status, {}, Json(Json::Object{{"CodeSigningConfig", RenderConfig(config)}}).Dump()};
}

// Drops the item past the page, if there is one, and says after which the next page begins.
template <class Item, class NameOf>
void SetNextMarker(std::vector<Item>& items, size_t limit, const char* kind, NameOf name_of, Json& body) {
  if (items.size() <= limit) return;
  items.pop_back();
  body.Set("NextMarker", MakeMarker(kind, name_of(items.back())));
}

}  // namespace

void CodeSigningConfigsApi::AddTo(OperationTable& table) {
  table.Add("CreateCodeSigningConfig", *this, &CodeSigningConfigsApi::Create);
  table.Add("DeleteCodeSigningConfig", *this, &CodeSigningConfigsApi::Delete);
  table.Add("GetCodeSigningConfig", *this, &CodeSigningConfigsApi::Get);
  table.Add("ListCodeSigningConfigs", *this, &CodeSigningConfigsApi::List);
  table.Add("ListFunctionsByCodeSigningConfig", *this, &CodeSigningConfigsApi::ListFunctions);
  table.Add("UpdateCodeSigningConfig", *this, &CodeSigningConfigsApi::Update);
}

absl::StatusOr<ApiReply> CodeSigningConfigsApi::Create(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  validation.NotNull("allowedPublishers", reader.Object("AllowedPublishers") != nullptr);
  const Wanted wanted = ReadWanted(reader, validation);
  const OrderedVariables tags = ReadTags(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(CheckTags(tags));
  records::CodeSigningConfig config;
  config.set_account(call.caller.account);
  config.set_region(region_);
  config.set_id("csc-" + random_.Hex(kIdRandomBytes).substr(0, kIdCharacters));
  config.set_last_modified_ms(UnixMillis(clock_.Wall()));
  wanted.PutInto(config);
  RETURN_IF_ERROR(configs_.Create(config, {tags.begin(), tags.end()}));
  return Reply(201, config);
}

absl::StatusOr<records::CodeSigningConfig> CodeSigningConfigsApi::Find(const ApiCall& call) const {
  const std::string arn(call.Label("CodeSigningConfigArn"));
  Validation validation;
  validation.Length("codeSigningConfigArn", arn, 0, kMaxArnBytes);
  validation.Pattern("codeSigningConfigArn", arn, kCodeSigningConfigArnPattern);
  RETURN_IF_ERROR(validation.Result());
  absl::StatusOr<records::CodeSigningConfig> config =
      configs_.Get(call.caller.account, CodeSigningConfigId(arn, region_, call.caller.account));
  if (absl::IsNotFound(config.status())) return CodeSigningConfigNotFound(arn);
  return config;
}

absl::StatusOr<ApiReply> CodeSigningConfigsApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const records::CodeSigningConfig config, Find(call));
  return Reply(200, config);
}

absl::StatusOr<ApiReply> CodeSigningConfigsApi::Update(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  const Wanted wanted = ReadWanted(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const records::CodeSigningConfig standing, Find(call));
  const absl::StatusOr<records::CodeSigningConfig> updated =
      configs_.Update(standing.account(), standing.id(), [&](records::CodeSigningConfig& config) {
        wanted.PutInto(config);
        config.set_last_modified_ms(UnixMillis(clock_.Wall()));
        return absl::OkStatus();
      });
  if (absl::IsNotFound(updated.status())) return CodeSigningConfigNotFound(call.Label("CodeSigningConfigArn"));
  if (!updated.ok()) return updated.status();
  return Reply(200, *updated);
}

absl::StatusOr<ApiReply> CodeSigningConfigsApi::Delete(const ApiCall& call) {
  ASSIGN_OR_RETURN(const records::CodeSigningConfig config, Find(call));
  ASSIGN_OR_RETURN(const std::vector<std::string> users, NamesOfFunctions(config, "", 1));
  if (!users.empty()) {
    return AwsError("ResourceConflictException",
                    fmt::format("The code signing configuration {} is in use by function {}.",
                                CodeSigningConfigArn(config), users[0]));
  }
  const absl::Status deleted = configs_.Delete(config.account(), config.id());
  if (absl::IsNotFound(deleted)) return CodeSigningConfigNotFound(call.Label("CodeSigningConfigArn"));
  RETURN_IF_ERROR(deleted);
  return ApiReply{204, {}, ""};
}

absl::StatusOr<ApiReply> CodeSigningConfigsApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Paging page, ReadPaging(call, kConfigsMarker, validation));
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(std::vector<records::CodeSigningConfig> configs,
                   configs_.List(call.caller.account, page.after, page.limit + 1));
  Json body{Json::Object()};
  SetNextMarker(
      configs, page.limit, kConfigsMarker, [](const records::CodeSigningConfig& config) { return config.id(); }, body);
  Json::Array shown;
  for (const records::CodeSigningConfig& config : configs) shown.push_back(RenderConfig(config));
  body.Set("CodeSigningConfigs", Json(std::move(shown)));
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<ApiReply> CodeSigningConfigsApi::ListFunctions(const ApiCall& call) {
  ASSIGN_OR_RETURN(const records::CodeSigningConfig config, Find(call));
  Validation validation;
  ASSIGN_OR_RETURN(const Paging page, ReadPaging(call, kFunctionsMarker, validation));
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(std::vector<std::string> names, NamesOfFunctions(config, page.after, page.limit + 1));
  Json body{Json::Object()};
  SetNextMarker(
      names, page.limit, kFunctionsMarker, [](const std::string& name) { return name; }, body);
  Json::Array arns;
  for (const std::string& name : names) arns.push_back(FunctionArn({region_, call.caller.account}, name));
  body.Set("FunctionArns", Json(std::move(arns)));
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<std::vector<std::string>> CodeSigningConfigsApi::NamesOfFunctions(
    const records::CodeSigningConfig& config, std::string after, size_t limit) const {
  const std::string arn = CodeSigningConfigArn(config);
  std::vector<std::string> names;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<records::Function> page, functions_.List(config.account(), after, kScanPage));
    for (const records::Function& function : page) {
      after = function.latest().name();
      if (function.code_signing_config_arn() == arn) names.push_back(after);
      if (names.size() == limit) return names;
    }
    if (page.size() < kScanPage) return names;
  }
}

}  // namespace hearth::controller
