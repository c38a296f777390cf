// Key layout names every key of the database in one place.
//
// Shapes:  "meta/format", "account/<id>", "account-limits/<id>", "access-key/<id>", "function/<account>/<name>",
//          "code/<sha256>", "code-signing/<account>/<id>", "layer/<account>/<name>",
//          "layer-version/<account>/<name>/<12 digits>", and "relative/<account>/<name>/<kind>/<qualifier>" for what
//          goes when the function goes. Kinds: "version" (the number in twelve digits, so that they are in order),
//          "alias", "policy". "user/<account>/<lower-case name>", "role/…", "managed-policy/…" and "session-key/<id>".
//          "event-invoke/<account>/<name>/<qualifier>"; "event…/<sequence>" for what waits to run. None of the parts
//          can hold a '/': ids are checked before they come here.
// Threads: no state.
// Source:  docs/storage_format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::controller {

inline constexpr std::string_view kFormatKey = "meta/format";
inline constexpr std::string_view kFormatVersion = "1";
inline constexpr std::string_view kAccountPrefix = "account/";
inline constexpr std::string_view kAccountLimitsPrefix = "account-limits/";
inline constexpr std::string_view kAccessKeyPrefix = "access-key/";
inline constexpr std::string_view kFunctionPrefix = "function/";
inline constexpr std::string_view kRelativePrefix = "relative/";
inline constexpr std::string_view kCodePrefix = "code/";
inline constexpr std::string_view kUserPrefix = "user/";
inline constexpr std::string_view kRolePrefix = "role/";
inline constexpr std::string_view kManagedPolicyPrefix = "managed-policy/";
inline constexpr std::string_view kSessionKeyPrefix = "session-key/";
inline constexpr std::string_view kEventInvokePrefix = "event-invoke/";
inline constexpr std::string_view kEventPrefix = "event/";
inline constexpr std::string_view kEventStatePrefix = "event-state/";
inline constexpr std::string_view kLastAttemptPrefix = "event-attempt/";
inline constexpr std::string_view kCodeSigningPrefix = "code-signing/";
inline constexpr std::string_view kCodeSigningTagsPrefix = "code-signing-tags/";
inline constexpr std::string_view kLayerPrefix = "layer/";
inline constexpr std::string_view kLayerVersionPrefix = "layer-version/";

inline constexpr std::string_view kKmsKeyPrefix = "kms-key/";
inline constexpr std::string_view kKmsAliasPrefix = "kms-alias/";
inline constexpr std::string_view kKmsPolicyPrefix = "kms-policy/";  // of a key; it goes when the key goes
inline constexpr std::string_view kKmsGrantPrefix = "kms-grant/";
inline constexpr std::string_view kIssuerKeyPrefix = "issuer-key/";
// The name of an issuer comes last and keeps its slashes: "oidc-provider/123456789012/idp.example.com/team".
inline constexpr std::string_view kOidcProviderPrefix = "oidc-provider/";

inline constexpr std::string_view kQueuePrefix = "queue/";
inline constexpr std::string_view kQueueMessagePrefix = "queue-message/";
inline constexpr std::string_view kQueueStatePrefix = "queue-state/";
inline constexpr std::string_view kQueueDedupPrefix = "queue-dedup/";
inline constexpr std::string_view kQueueMovePrefix = "queue-move/";
inline constexpr std::string_view kQueueNumbersKey = "meta/queue-numbers";
inline constexpr std::string_view kEventSourcePrefix = "event-source/";

inline constexpr std::string_view kProvisionedPrefix = "provisioned/";

inline constexpr std::string_view kVersionKind = "version";
inline constexpr std::string_view kAliasKind = "alias";
inline constexpr std::string_view kPolicyKind = "policy";

std::string AccountKey(std::string_view account);
std::string AccountLimitsKey(std::string_view account);
std::string AccessKeyKey(std::string_view access_key_id);
std::string FunctionsOfAccountPrefix(std::string_view account);
std::string FunctionKey(std::string_view account, std::string_view name);
// All that belongs to one function: DeleteFunction removes what is below, whichever room keeps it there.
std::string FunctionRelativesPrefix(std::string_view account, std::string_view name);
std::string FunctionVersionsPrefix(std::string_view account, std::string_view name);
std::string FunctionVersionKey(std::string_view account, std::string_view name, int64_t number);
std::string FunctionAliasesPrefix(std::string_view account, std::string_view name);
std::string FunctionAliasKey(std::string_view account, std::string_view name, std::string_view alias);
// The resource policy of a function ("$LATEST"), a version or an alias. Goes with the version or alias, too.
std::string FunctionPolicyKey(std::string_view account, std::string_view name, std::string_view qualifier);
// The parts of a key below kRelativePrefix; views into it. nullopt when it is none.
struct RelativeKey {
  std::string_view account, name, kind, qualifier;
};
std::optional<RelativeKey> ParseRelativeKey(std::string_view key);
std::string KmsKeysOfAccountPrefix(std::string_view account);
std::string KmsKeyKey(std::string_view account, std::string_view key_id);
// An alias comes last and keeps its slashes: "alias/team/db".
std::string KmsAliasesOfAccountPrefix(std::string_view account);
std::string KmsAliasKey(std::string_view account, std::string_view alias);
std::string KmsPolicyKey(std::string_view account, std::string_view key_id);
std::string KmsGrantsOfKeyPrefix(std::string_view account, std::string_view key_id);
std::string KmsGrantKey(std::string_view account, std::string_view key_id, std::string_view grant_id);
std::string CodeKey(std::string_view sha256_hex);
// `prefix` of users, roles or managed policies. Names that differ in case alone have one key.
std::string IdentityKey(std::string_view prefix, std::string_view account, std::string_view name);
std::string SessionKeyKey(std::string_view id);
std::string IssuerKeyKey(std::string_view id);
// Of a function; they go when it goes, and the one of a version or an alias goes with that.
std::string EventInvokeConfigsPrefix(std::string_view account, std::string_view name);
std::string EventInvokeConfigKey(std::string_view account, std::string_view name, std::string_view qualifier);
// Of a version or an alias; they go as the ones above.
std::string ProvisionedConfigsOfAccountPrefix(std::string_view account);
std::string ProvisionedConfigsPrefix(std::string_view account, std::string_view name);
std::string ProvisionedConfigKey(std::string_view account, std::string_view name, std::string_view qualifier);
// Events in the order in which they were accepted: sixteen hex digits.
std::string EventKey(uint64_t sequence);
std::string EventStateKey(uint64_t sequence);
std::string LastAttemptKey(uint64_t sequence);
std::optional<uint64_t> ParseEventStateKey(std::string_view key);
std::string QueueKey(std::string_view account, std::string_view name);
// A message's row, and the row of where it lies and how often it was received: sixteen hex digits each.
std::string QueueMessageKey(uint64_t number);
std::string QueueStateKey(uint64_t number);
std::optional<uint64_t> ParseQueueStateKey(std::string_view key);
// What a first-in-first-out queue took lately: the queue's number and a hash of the deduplication id.
std::string QueueDedupKey(uint64_t queue, std::string_view sha256_hex);
std::string QueueMoveKey(std::string_view account, std::string_view id);
std::string EventSourceKey(std::string_view account, std::string_view id);
std::string CodeSigningOfAccountPrefix(std::string_view account);
std::string CodeSigningKey(std::string_view account, std::string_view id);
std::string CodeSigningTagsKey(std::string_view account, std::string_view id);
std::string LayersOfAccountPrefix(std::string_view account);
std::string LayerKey(std::string_view account, std::string_view name);
std::string LayerVersionsPrefix(std::string_view account, std::string_view name);
// Ordered newest first: the key holds 10^12 - 1 - version, in twelve digits.
std::string LayerVersionKey(std::string_view account, std::string_view name, int64_t version);

}  // namespace hearth::controller
