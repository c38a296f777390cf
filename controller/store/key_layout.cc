#include "controller/store/key_layout.h"

#include <fmt/format.h>

#include <charconv>
#include "absl/strings/ascii.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxLayerVersion = 1'000'000'000'000 - 1;

}  // namespace

std::string AccountKey(std::string_view account) { return fmt::format("{}{}", kAccountPrefix, account); }

std::string AccountLimitsKey(std::string_view account) { return fmt::format("{}{}", kAccountLimitsPrefix, account); }

std::string AccessKeyKey(std::string_view access_key_id) {
  return fmt::format("{}{}", kAccessKeyPrefix, access_key_id);
}

std::string FunctionsOfAccountPrefix(std::string_view account) {
  return fmt::format("{}{}/", kFunctionPrefix, account);
}

std::string FunctionKey(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}", kFunctionPrefix, account, name);
}

std::string FunctionRelativesPrefix(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}/", kRelativePrefix, account, name);
}

std::string FunctionVersionsPrefix(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/", FunctionRelativesPrefix(account, name), kVersionKind);
}

std::string FunctionVersionKey(std::string_view account, std::string_view name, int64_t number) {
  return fmt::format("{}{:012}", FunctionVersionsPrefix(account, name), number);
}

std::string FunctionAliasesPrefix(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/", FunctionRelativesPrefix(account, name), kAliasKind);
}

std::string FunctionAliasKey(std::string_view account, std::string_view name, std::string_view alias) {
  return fmt::format("{}{}", FunctionAliasesPrefix(account, name), alias);
}

std::string FunctionPolicyKey(std::string_view account, std::string_view name, std::string_view qualifier) {
  return fmt::format("{}{}/{}", FunctionRelativesPrefix(account, name), kPolicyKind, qualifier);
}

std::optional<RelativeKey> ParseRelativeKey(std::string_view key) {
  if (!key.starts_with(kRelativePrefix)) return std::nullopt;
  std::string_view rest = key.substr(kRelativePrefix.size());
  RelativeKey parsed;
  for (std::string_view* part : {&parsed.account, &parsed.name, &parsed.kind}) {
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    *part = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
  }
  parsed.qualifier = rest;
  return parsed;
}

std::string EventInvokeConfigsPrefix(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}/", kEventInvokePrefix, account, name);
}

std::string EventInvokeConfigKey(std::string_view account, std::string_view name, std::string_view qualifier) {
  return fmt::format("{}{}", EventInvokeConfigsPrefix(account, name), qualifier);
}

std::string ProvisionedConfigsOfAccountPrefix(std::string_view account) {
  return fmt::format("{}{}/", kProvisionedPrefix, account);
}

std::string ProvisionedConfigsPrefix(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/", ProvisionedConfigsOfAccountPrefix(account), name);
}

std::string ProvisionedConfigKey(std::string_view account, std::string_view name, std::string_view qualifier) {
  return fmt::format("{}{}", ProvisionedConfigsPrefix(account, name), qualifier);
}

std::string EventKey(uint64_t sequence) { return fmt::format("{}{:016x}", kEventPrefix, sequence); }
std::string EventStateKey(uint64_t sequence) { return fmt::format("{}{:016x}", kEventStatePrefix, sequence); }
std::string LastAttemptKey(uint64_t sequence) { return fmt::format("{}{:016x}", kLastAttemptPrefix, sequence); }

std::optional<uint64_t> ParseEventStateKey(std::string_view key) {
  uint64_t sequence = 0;
  if (!key.starts_with(kEventStatePrefix)) return std::nullopt;
  key.remove_prefix(kEventStatePrefix.size());
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), sequence, 16);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return sequence;
}

std::string KmsKeysOfAccountPrefix(std::string_view account) { return fmt::format("{}{}/", kKmsKeyPrefix, account); }

std::string KmsKeyKey(std::string_view account, std::string_view key_id) {
  return fmt::format("{}{}/{}", kKmsKeyPrefix, account, key_id);
}

std::string KmsAliasesOfAccountPrefix(std::string_view account) {
  return fmt::format("{}{}/", kKmsAliasPrefix, account);
}

std::string KmsAliasKey(std::string_view account, std::string_view alias) {
  return fmt::format("{}{}/{}", kKmsAliasPrefix, account, alias);
}

std::string KmsPolicyKey(std::string_view account, std::string_view key_id) {
  return fmt::format("{}{}/{}", kKmsPolicyPrefix, account, key_id);
}

std::string KmsGrantsOfKeyPrefix(std::string_view account, std::string_view key_id) {
  return fmt::format("{}{}/{}/", kKmsGrantPrefix, account, key_id);
}

std::string KmsGrantKey(std::string_view account, std::string_view key_id, std::string_view grant_id) {
  return KmsGrantsOfKeyPrefix(account, key_id).append(grant_id);
}

std::string CodeKey(std::string_view sha256_hex) { return fmt::format("{}{}", kCodePrefix, sha256_hex); }

std::string IdentityKey(std::string_view prefix, std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}", prefix, account, absl::AsciiStrToLower({name.data(), name.size()}));
}

std::string SessionKeyKey(std::string_view id) { return fmt::format("{}{}", kSessionKeyPrefix, id); }

std::string IssuerKeyKey(std::string_view id) { return fmt::format("{}{}", kIssuerKeyPrefix, id); }

std::string QueueKey(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}", kQueuePrefix, account, name);
}

std::string QueueMessageKey(uint64_t number) { return fmt::format("{}{:016x}", kQueueMessagePrefix, number); }

std::string QueueStateKey(uint64_t number) { return fmt::format("{}{:016x}", kQueueStatePrefix, number); }

std::optional<uint64_t> ParseQueueStateKey(std::string_view key) {
  constexpr size_t kDigits = 16;
  if (!key.starts_with(kQueueStatePrefix) || key.size() != kQueueStatePrefix.size() + kDigits) return std::nullopt;
  uint64_t number = 0;
  const char* const end = key.data() + key.size();
  const auto parsed = std::from_chars(key.data() + kQueueStatePrefix.size(), end, number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

std::string QueueDedupKey(uint64_t queue, std::string_view sha256_hex) {
  return fmt::format("{}{:016x}/{}", kQueueDedupPrefix, queue, sha256_hex);
}

std::string QueueMoveKey(std::string_view account, std::string_view id) {
  return fmt::format("{}{}/{}", kQueueMovePrefix, account, id);
}

std::string EventSourceKey(std::string_view account, std::string_view id) {
  return fmt::format("{}{}/{}", kEventSourcePrefix, account, id);
}

std::string CodeSigningOfAccountPrefix(std::string_view account) {
  return fmt::format("{}{}/", kCodeSigningPrefix, account);
}

std::string CodeSigningKey(std::string_view account, std::string_view id) {
  return fmt::format("{}{}/{}", kCodeSigningPrefix, account, id);
}

std::string CodeSigningTagsKey(std::string_view account, std::string_view id) {
  return fmt::format("{}{}/{}", kCodeSigningTagsPrefix, account, id);
}

std::string LayersOfAccountPrefix(std::string_view account) { return fmt::format("{}{}/", kLayerPrefix, account); }

std::string LayerKey(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}", kLayerPrefix, account, name);
}

std::string LayerVersionsPrefix(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}/", kLayerVersionPrefix, account, name);
}

std::string LayerVersionKey(std::string_view account, std::string_view name, int64_t version) {
  return fmt::format("{}{:012}", LayerVersionsPrefix(account, name), kMaxLayerVersion - version);
}

}  // namespace hearth::controller
