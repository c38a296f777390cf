#include "controller/auth/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

constexpr size_t kIdDigits = 12;
constexpr size_t kRoleIdDrawn = 17;
constexpr int kSessionSeconds = 3600;
constexpr size_t kOnlyRole = 1;
constexpr char kTrustLambda[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";
constexpr char kBasicExecution[] = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

}  // namespace

bool IsAccountNumber(std::string_view text) {
  return text.size() == kIdDigits && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::StatusOr<Credential> Accounts::Create(const std::optional<std::string>& id) {
  MutexLock lock(writer_);
  if (id && !IsAccountNumber(*id)) return absl::InvalidArgumentError(fmt::format("'{}' is not 12 digits", *id));
  ASSIGN_OR_RETURN(const std::vector<records::Account> standing, store_.ListAccounts());
  if (standing.size() >= kMaxAccounts) {
    return absl::ResourceExhaustedError(fmt::format("there are {} accounts already", standing.size()));
  }
  const auto taken = [&](const std::string& candidate) {
    return std::any_of(standing.begin(), standing.end(),
                       [&](const auto& account) { return account.id() == candidate; });
  };
  if (id && taken(*id)) return absl::AlreadyExistsError(fmt::format("account {} exists", *id));
  std::string chosen = id.value_or("");
  while (chosen.empty() || taken(chosen)) chosen = DrawId();
  RETURN_IF_ERROR(MakeAccount(chosen));
  return MakeRootKey(chosen);
}

absl::StatusOr<Credential> Accounts::Ensure(const std::string& id) {
  MutexLock lock(writer_);
  const absl::Status standing = store_.GetAccount(id).status();
  if (absl::IsNotFound(standing)) {
    RETURN_IF_ERROR(MakeAccount(id));
  } else if (!standing.ok()) {
    return standing;
  }
  if (const CredentialPtr root = credentials_.FindRootOf(id)) return *root;
  return MakeRootKey(id);
}

// Before the account: a crash in between leaves a role that the next attempt finds.
absl::Status Accounts::MakeFirstRole(const std::string& id) {
  records::Role role;
  role.set_account(id);
  role.set_name(kFirstRole);
  role.set_path("/");
  role.set_id(DrawIdentityId("AROA", kRoleIdDrawn, random_));
  role.set_created_ms(UnixMillis(clock_.Wall()));
  role.set_trust_policy(kTrustLambda);
  role.set_description("What functions run as unless they are given another role.");
  role.set_max_session_seconds(kSessionSeconds);
  role.add_attached_policies(kBasicExecution);
  const absl::Status made = identities_.roles().Create(role, kOnlyRole);
  return absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

absl::Status Accounts::MakeAccount(const std::string& id) {
  RETURN_IF_ERROR(MakeFirstRole(id));
  records::Account account;
  account.set_id(id);
  account.set_created_ms(UnixMillis(clock_.Wall()));
  RETURN_IF_ERROR(store_.PutAccount(account));
  LogInfo("account made", {{"account", id}});
  return absl::OkStatus();
}

absl::StatusOr<Credential> Accounts::MakeRootKey(const std::string& id) {
  ASSIGN_OR_RETURN(Credential root, keys_.Create(RootIdentity(id, "")));
  LogInfo("root access key made", {{"account", id}, {"access_key_id", root.identity.access_key_id}});
  return root;
}

// The first digit is never 0: such a number loses it in spreadsheets.
std::string Accounts::DrawId() {
  std::string id(1, static_cast<char>('1' + random_.Below(9)));
  while (id.size() < kIdDigits) id += static_cast<char>('0' + random_.Below(10));
  return id;
}

}  // namespace hearth::controller
