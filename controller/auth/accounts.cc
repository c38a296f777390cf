#include "controller/auth/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

constexpr size_t kIdDigits = 12;

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
  if (std::optional<Credential> root = credentials_.FindRootOf(id)) return *std::move(root);
  return MakeRootKey(id);
}

absl::Status Accounts::MakeAccount(const std::string& id) {
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
