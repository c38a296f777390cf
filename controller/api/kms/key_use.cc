#include "controller/api/kms/key_use.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "common/io/json_text.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kAlias = "alias/";
constexpr std::string_view kWithContext[] = {"CreateGrant",     "Decrypt",       "Encrypt",
                                             "GenerateDataKey", "ReEncryptFrom", "GenerateDataKeyWithoutPlaintext",
                                             "ReEncryptTo"};
constexpr std::string_view kOfGrants[] = {"CreateGrant", "ListGrants", "RevokeGrant"};
constexpr std::string_view kWithAlgorithm[] = {"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"};

template <size_t kSize>
bool Holds(const std::string_view (&names)[kSize], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::vector<std::string> TextsOf(const Json& object, std::string_view member) {
  std::vector<std::string> texts;
  const Json* found = object.Find(member);
  if (found == nullptr || !found->is_array()) return texts;
  for (const Json& one : found->as_array()) {
    if (one.is_string()) texts.push_back(one.as_string());
  }
  return texts;
}

KmsContext ContextOf(const Json& object, std::string_view member) {
  KmsContext context;
  const Json* found = object.Find(member);
  if (found == nullptr || !found->is_object()) return context;
  for (const auto& [name, value] : found->as_object()) {
    if (value.is_string()) context[name] = value.as_string();
  }
  return context;
}

// What a new grant would allow, for whom, and bound to what.
void ReadGrant(const Json& input, KeyUse& use) {
  use.granted_operations = TextsOf(input, "Operations");
  use.condition_keys["kms:grantoperations"] = use.granted_operations;
  for (const char* principal : {"GranteePrincipal", "RetiringPrincipal"}) {
    const std::string arn = TextOf(input, principal);
    if (!arn.empty()) use.condition_keys["kms:" + absl::AsciiStrToLower(principal)] = {arn};
  }
  const Json* constraints = input.Find("Constraints");
  if (constraints == nullptr || !constraints->is_object()) return;
  for (const char* type : {"EncryptionContextSubset", "EncryptionContextEquals"}) {
    if (constraints->Find(type) == nullptr) continue;
    use.condition_keys["kms:grantconstrainttype"] = {type};
    use.context = ContextOf(*constraints, type);  // a grant that is bound may be handed on bound as closely
    use.exact_context = std::string_view(type) == "EncryptionContextEquals";
  }
}

void ReadTags(const Json& input, KeyUse& use) {
  const Json* tags = input.Find("Tags");
  if (tags == nullptr || !tags->is_array()) return;
  for (const Json& tag : tags->as_array()) {
    const std::string name = TextOf(tag, "TagKey");
    use.condition_keys["aws:tagkeys"].push_back(name);
    use.condition_keys["aws:requesttag/" + absl::AsciiStrToLower(name)] = {TextOf(tag, "TagValue")};
  }
}

void ReadLockoutCheck(const Json& input, KeyUse& use) {
  const Json* bypass = input.Find("BypassPolicyLockoutSafetyCheck");
  const bool given = bypass != nullptr && bypass->is_bool() && bypass->as_bool();
  use.condition_keys["kms:bypasspolicylockoutsafetycheck"] = {given ? "true" : "false"};
}

void ReadAlias(const std::string& reference, KeyUse& use) {
  const size_t found = reference.starts_with("arn:") ? reference.find(":alias/") : std::string::npos;
  if (reference.starts_with(kAlias)) use.condition_keys["kms:requestalias"] = {reference};
  if (found != std::string::npos) use.condition_keys["kms:requestalias"] = {reference.substr(found + 1)};
}

}  // namespace

bool KeyUse::HasContext() const { return Holds(kWithContext, operation); }

KeyUse KeyUse::Read(std::string_view operation, const Json& input) {
  const bool re_encrypts = operation == "ReEncrypt";  // its source is judged when it is known
  KeyUse use{.operation = re_encrypts ? "ReEncryptTo" : std::string(operation)};
  if (operation == "CreateGrant") {
    ReadGrant(input, use);
  } else if (use.HasContext()) {
    use.context = ContextOf(input, re_encrypts ? "DestinationEncryptionContext" : "EncryptionContext");
  }
  if (Holds(kOfGrants, operation)) use.condition_keys["kms:grantisforawsresource"] = {"false"};
  if (Holds(kWithAlgorithm, use.operation)) use.condition_keys["kms:encryptionalgorithm"] = {"SYMMETRIC_DEFAULT"};
  if (operation == "CreateKey" || operation == "TagResource") ReadTags(input, use);
  if (operation == "CreateKey" || operation == "PutKeyPolicy") ReadLockoutCheck(input, use);
  if (operation == "UntagResource") use.condition_keys["aws:tagkeys"] = TextsOf(input, "TagKeys");
  const Json* days = input.Find("PendingWindowInDays");
  if (operation == "ScheduleKeyDeletion" && days != nullptr && days->is_integer()) {
    use.condition_keys["kms:schedulekeydeletionpendingwindowindays"] = {std::to_string(days->as_integer())};
  }
  ReadAlias(TextOf(input, re_encrypts ? "DestinationKeyId" : "KeyId"), use);
  return use;
}

}  // namespace hearth::controller
