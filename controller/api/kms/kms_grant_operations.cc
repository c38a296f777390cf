// Grants and key policies.
#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "common/arn.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"
#include "controller/api/lambda/access/call_keys.h"

namespace hearth::controller {
namespace {

using records::KmsGrant;
using records::KmsKey;

constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxContextPairs = 8;
constexpr char kPolicyName[] = "default";
constexpr char kTokenMark[] = "HG1";
// What a grant on a symmetric key can allow.
constexpr std::string_view kGrantable[] = {
    "Decrypt",     "Encrypt",     "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
    "CreateGrant", "RetireGrant", "DescribeKey"};

bool IsPrincipal(std::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->account.size() != 12) return false;
  if (arn->service == "iam") {
    return arn->resource == "root" || arn->resource.starts_with("user/") || arn->resource.starts_with("role/");
  }
  return arn->service == "sts" && arn->resource.starts_with("assumed-role/");
}

// The AWS principals that the statements of a policy name. Precondition: it is one.
std::vector<std::string> PrincipalsOf(const std::string& document) {
  std::vector<std::string> principals;
  const Json policy = Json::Parse(document).value_or(Json(Json::Object()));
  const auto each = [](const Json* one_or_list, const auto& visit) {
    if (one_or_list == nullptr) return;
    if (!one_or_list->is_array()) return visit(*one_or_list);
    for (const Json& one : one_or_list->as_array()) visit(one);
  };
  const auto add = [&](const Json& name) {
    if (name.is_string()) principals.push_back(name.as_string());
  };
  each(policy.Find("Statement"), [&](const Json& statement) {
    for (const char* element : {"Principal", "NotPrincipal"}) {
      const Json* named = statement.Find(element);
      if (named != nullptr && named->is_object()) each(named->Find("AWS"), add);
    }
  });
  return principals;
}

std::string TokenOf(const KmsGrant& grant) {
  return Base64Encode(fmt::format("{}:{}:{}:{}", kTokenMark, grant.account(), grant.key_id(), grant.id()));
}

absl::Status ReadConstraints(BodyReader& input, KmsGrant& grant) {
  const Json* constraints = input.Object("Constraints");
  if (constraints == nullptr) return input.status();
  BodyReader reader(*constraints);
  const auto read = [&](const char* member, google::protobuf::Map<std::string, std::string>& into) {
    const auto pairs = reader.StringMap(member);
    if (pairs) into.insert(pairs->begin(), pairs->end());
    return into.size() <= kMaxContextPairs;
  };
  const bool fits = read("EncryptionContextSubset", *grant.mutable_context_subset()) &&
                    read("EncryptionContextEquals", *grant.mutable_context_equals());
  input.Absorb(reader);
  RETURN_IF_ERROR(input.status());
  if (fits) return absl::OkStatus();
  return AwsError("ValidationException", "A grant constraint has at most 8 pairs of an encryption context.");
}

absl::Status CheckOperations(const KmsGrant& grant) {
  if (grant.operations().empty()) {
    return AwsError("ValidationException", "A grant must allow at least one operation.");
  }
  for (const std::string& operation : grant.operations()) {
    if (std::find(std::begin(kGrantable), std::end(kGrantable), operation) == std::end(kGrantable)) {
      return AwsError("ValidationException",
                      fmt::format("The operation {} cannot be granted on a symmetric key.", operation));
    }
  }
  return absl::OkStatus();
}

Json ShowGrant(const KmsGrant& grant, const std::string& key_arn) {
  Json shown(Json::Object{{"KeyId", key_arn}, {"GrantId", grant.id()}});
  if (!grant.name().empty()) shown.Set("Name", grant.name());
  shown.Set("CreationDate", KmsDate(grant.created_ms()));
  shown.Set("GranteePrincipal", grant.grantee());
  if (!grant.retiring().empty()) shown.Set("RetiringPrincipal", grant.retiring());
  shown.Set("IssuingAccount", RootArn(grant.issuing_account()));
  Json::Array operations(grant.operations().begin(), grant.operations().end());
  shown.Set("Operations", Json(std::move(operations)));
  Json constraints;
  const auto add = [&](const char* name, const google::protobuf::Map<std::string, std::string>& pairs) {
    if (pairs.empty()) return;
    Json object{Json::Object()};
    for (const auto& [key, value] : std::map<std::string, std::string>(pairs.begin(), pairs.end())) {
      object.Set(key, value);
    }
    constraints.Set(name, std::move(object));
  };
  add("EncryptionContextSubset", grant.context_subset());
  add("EncryptionContextEquals", grant.context_equals());
  if (!constraints.is_null()) shown.Set("Constraints", std::move(constraints));
  return shown;
}

std::string ArnOfKey(const KmsGrant& grant, const std::string& region) {
  return fmt::format("arn:aws:kms:{}:{}:key/{}", region, grant.account(), grant.key_id());
}

Json Page(const std::vector<KmsGrantPtr>& grants, const KmsPage& page, const std::string& region) {
  Json::Array rows;
  for (const KmsGrantPtr& grant : grants) {
    if (rows.size() == page.limit) break;
    rows.push_back(ShowGrant(*grant, ArnOfKey(*grant, region)));
  }
  const bool truncated = grants.size() > page.limit;
  Json body(Json::Object{{"Grants", Json(std::move(rows))}, {"Truncated", truncated}});
  if (truncated) {
    const KmsGrant& last = *grants[page.limit - 1];
    body.Set("NextMarker", KmsMarker(last.id()));
  }
  return body;
}

}  // namespace

// Grants hold from the moment they are made: a token adds nothing, but must be one.
KmsGrantPtr KmsApi::GrantOfToken(std::string_view token) const {
  const std::string text = Base64Decode(token).value_or("");
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 4 || parts[0] != kTokenMark) return nullptr;
  return grants_.Find(parts[1], parts[2], parts[3]);
}

absl::Status KmsApi::CheckGrantTokens(BodyReader& input) const {
  const std::optional<std::vector<std::string>> tokens = input.Strings("GrantTokens");
  if (!tokens) return absl::OkStatus();
  for (const std::string& token : *tokens) {
    if (GrantOfToken(token) == nullptr) return AwsError("InvalidGrantTokenException", "Invalid grant token.");
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> KmsApi::CreateGrant(Request& request) {
  BodyReader& input = request.input;
  KmsGrant grant;
  grant.set_grantee(input.String("GranteePrincipal").value_or(""));
  grant.set_retiring(input.String("RetiringPrincipal").value_or(""));
  grant.set_name(input.String("Name").value_or(""));
  grant.set_issuing_account(request.caller.account);
  const std::vector<std::string> operations = input.Strings("Operations").value_or(std::vector<std::string>());
  grant.mutable_operations()->Assign(operations.begin(), operations.end());
  request.validation.Length("granteePrincipal", grant.grantee(), 1, 256);
  request.validation.Length("name", grant.name(), 0, kMaxNameBytes);
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  RETURN_IF_ERROR(ReadConstraints(input, grant));
  RETURN_IF_ERROR(CheckOperations(grant));
  RETURN_IF_ERROR(CheckGrantTokens(input));
  if (!IsPrincipal(grant.grantee())) return AwsError("InvalidArnException", "The grantee principal is invalid.");
  if (!grant.retiring().empty() && !IsPrincipal(grant.retiring())) {
    return AwsError("InvalidArnException", "The retiring principal is invalid.");
  }
  for (const std::string& principal : {grant.grantee(), grant.retiring()}) {
    if (may_name_(request.caller.account, principal)) continue;
    return AwsError("InvalidArnException", fmt::format("ARN does not refer to a valid principal: {}", principal));
  }
  ASSIGN_OR_RETURN(const KmsKey key, keys_.FindUsable(request.scope, id));
  RETURN_IF_ERROR(DryRun(request));
  ASSIGN_OR_RETURN(const KmsGrantPtr made, grants_.Create(key, std::move(grant)));
  return Json(Json::Object{{"GrantToken", TokenOf(*made)}, {"GrantId", made->id()}});
}

absl::StatusOr<Json> KmsApi::ListGrants(Request& request) {
  ASSIGN_OR_RETURN(const KmsPage page, ReadKmsPage(request.input, request.validation, 50, 100));
  const std::optional<std::string> grant_id = request.input.String("GrantId");
  const std::optional<std::string> grantee = request.input.String("GranteePrincipal");
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find(request.scope, id));
  std::vector<KmsGrantPtr> grants = grants_.List(key, page.after);
  std::erase_if(grants, [&](const KmsGrantPtr& grant) {
    return (grant_id && grant->id() != *grant_id) || (grantee && grant->grantee() != *grantee);
  });
  return Page(grants, page, region_);
}

absl::StatusOr<Json> KmsApi::ListRetirableGrants(Request& request) {
  ASSIGN_OR_RETURN(const KmsPage page, ReadKmsPage(request.input, request.validation, 50, 100));
  const std::optional<std::string> retiring = request.input.String("RetiringPrincipal");
  request.validation.NotNull("retiringPrincipal", retiring.has_value());
  RETURN_IF_ERROR(request.Problem());
  std::vector<KmsGrantPtr> grants = grants_.ListOfAccount(request.scope.account);
  std::erase_if(grants, [&](const KmsGrantPtr& grant) { return grant->retiring() != *retiring; });
  std::sort(grants.begin(), grants.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  std::erase_if(grants, [&](const KmsGrantPtr& grant) { return grant->id() <= page.after; });
  return Page(grants, page, region_);
}

absl::StatusOr<Json> KmsApi::RevokeGrant(Request& request) {
  const std::optional<std::string> grant_id = request.input.String("GrantId");
  request.validation.NotNull("grantId", grant_id.has_value());
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find(request.scope, id));
  const KmsGrantPtr grant = grants_.Find(key.account(), key.id(), *grant_id);
  if (grant == nullptr) return AwsError("NotFoundException", fmt::format("Grant ID {} not found", *grant_id));
  RETURN_IF_ERROR(DryRun(request));
  RETURN_IF_ERROR(grants_.Delete(*grant));
  return Json(Json::Object());
}

// The grant says who may; a policy that allows kms:RetireGrant says so too.
absl::StatusOr<Json> KmsApi::RetireGrant(Request& request) {
  const std::optional<std::string> token = request.input.String("GrantToken");
  const std::optional<std::string> key_id = request.input.String("KeyId");
  const std::optional<std::string> grant_id = request.input.String("GrantId");
  RETURN_IF_ERROR(request.Problem());
  KmsGrantPtr grant;
  if (token) {
    grant = GrantOfToken(*token);
    if (grant == nullptr) return AwsError("InvalidGrantTokenException", "Invalid grant token.");
  } else if (key_id && grant_id) {
    ASSIGN_OR_RETURN(const KmsKey named, keys_.Find(request.scope, *key_id));
    grant = grants_.Find(named.account(), named.id(), *grant_id);
  } else {
    return AwsError("ValidationException", "Either a grant token, or a key ID and a grant ID, must be given.");
  }
  if (grant == nullptr) return AwsError("NotFoundException", "The grant was not found.");
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find({region_, grant->account()}, grant->key_id()));
  const CallKeys of_call("", request.call);
  if (!KeyAccess::MayRetire(*grant, request.caller)) {
    RETURN_IF_ERROR(AuthorizationError(
        access_.CheckUnder(grants_.PolicyOf(key), request.caller, key, "kms:RetireGrant", &of_call)));
  }
  RETURN_IF_ERROR(DryRun(request));
  RETURN_IF_ERROR(grants_.Delete(*grant));
  return Json(Json::Object());
}

// ---- policies ----

absl::Status KmsApi::CheckPolicy(const Request& request, const std::string& document, const KmsKey& key) {
  if (document.size() > KmsGrants::kMaxPolicyBytes) {
    return AwsError("LimitExceededException", "The key policy is larger than 32768 bytes.");
  }
  const absl::Status read = PolicyDocument::Parse(document, PolicyKind::kResource).status();
  if (!read.ok()) return AwsError("MalformedPolicyDocumentException", std::string(read.message()));
  for (const std::string& principal : PrincipalsOf(document)) {
    if (may_name_(key.account(), principal)) continue;
    return AwsError("MalformedPolicyDocumentException",
                    "Policy contains a statement with one or more invalid principals.");
  }
  if (request.bypass_lockout) return absl::OkStatus();
  const CallKeys of_call("", request.call);
  if (access_.CheckUnder(document, request.caller, key, "kms:PutKeyPolicy", &of_call).ok()) return absl::OkStatus();
  return AwsError("MalformedPolicyDocumentException",
                  "The new key policy will not allow you to update the key policy in the future.");
}

absl::StatusOr<Json> KmsApi::PutKeyPolicy(Request& request) {
  const std::string name = request.input.String("PolicyName").value_or(kPolicyName);
  const std::optional<std::string> document = request.input.String("Policy");
  request.validation.NotNull("policy", document.has_value());
  request.bypass_lockout = request.input.Boolean("BypassPolicyLockoutSafetyCheck").value_or(false);
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  if (name != kPolicyName) return AwsError("ValidationException", "The only policy name is default.");
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find(request.scope, id));
  if (key.state() == KmsKey::PENDING_DELETION) return KmsPendingDeletion(key);
  RETURN_IF_ERROR(CheckPolicy(request, *document, key));
  RETURN_IF_ERROR(grants_.PutPolicy(key, *document));
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::GetKeyPolicy(Request& request) {
  const std::string name = request.input.String("PolicyName").value_or(kPolicyName);
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find(request.scope, id));
  if (name != kPolicyName) return AwsError("NotFoundException", "No such policy exists");
  return Json(Json::Object{{"Policy", grants_.PolicyOf(key)}, {"PolicyName", kPolicyName}});
}

absl::StatusOr<Json> KmsApi::ListKeyPolicies(Request& request) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  RETURN_IF_ERROR(keys_.Find(request.scope, id).status());
  return Json(Json::Object{{"PolicyNames", Json(Json::Array{kPolicyName})}, {"Truncated", false}});
}

}  // namespace hearth::controller
