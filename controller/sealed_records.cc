#include "controller/sealed_records.h"

#include "common/errors.h"
#include "common/failpoint.h"

namespace hearth::controller {
namespace {

constexpr size_t kPage = 100;

absl::Status ResealVersion(const Envelope& envelope, records::FunctionVersion& version) {
  ASSIGN_OR_RETURN(std::optional<std::string> sealed,
                   envelope.Reseal(version.sealed_environment(), EnvironmentContext(version)));
  if (sealed) version.set_sealed_environment(*std::move(sealed));
  return absl::OkStatus();
}

bool NeedsReseal(const records::Function& function, const Envelope& envelope) {
  return envelope.NeedsReseal(function.latest().sealed_environment()) ||
         envelope.NeedsReseal(function.serving().sealed_environment());
}

absl::StatusOr<int> ResealVersions(const FunctionId& id, FunctionStore& functions, const Envelope& envelope) {
  int changed = 0;
  int64_t after = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<records::FunctionVersion> page, functions.ListVersions(id, after, kPage));
    for (const records::FunctionVersion& version : page) {
      after = ParseVersionNumber(version.version()).value_or(after + 1);
      if (!envelope.NeedsReseal(version.sealed_environment())) continue;
      const absl::Status resealed =
          functions
              .Edit(id,
                    [&](FunctionEdit& edit) -> absl::Status {
                      ASSIGN_OR_RETURN(records::FunctionVersion newest, edit.GetVersion(after));
                      RETURN_IF_ERROR(ResealVersion(envelope, newest));
                      return edit.PutVersion(std::move(newest));
                    })
              .status();
      if (!resealed.ok() && !absl::IsNotFound(resealed)) return resealed;
      FAILPOINT("resealer_after_record");
      ++changed;
    }
    if (page.size() < kPage) return changed;
  }
}

absl::StatusOr<int> ResealFunction(const records::Function& function, FunctionStore& functions,
                                   const Envelope& envelope) {
  const FunctionId id{function.latest().account(), function.latest().name()};
  ASSIGN_OR_RETURN(int changed, ResealVersions(id, functions, envelope));
  if (!NeedsReseal(function, envelope)) return changed;
  const absl::Status resealed = functions
                                    .Update(id,
                                            [&](records::Function& newest) -> absl::Status {
                                              RETURN_IF_ERROR(ResealVersion(envelope, *newest.mutable_latest()));
                                              if (!newest.has_serving()) return absl::OkStatus();
                                              return ResealVersion(envelope, *newest.mutable_serving());
                                            })
                                    .status();
  if (!resealed.ok() && !absl::IsNotFound(resealed)) return resealed;  // it may be gone by now
  FAILPOINT("resealer_after_record");
  return changed + 1;
}

}  // namespace

absl::StatusOr<int> ResealFunctions(const AccountStore& accounts, FunctionStore& functions, const Envelope& envelope) {
  int changed = 0;
  ASSIGN_OR_RETURN(const std::vector<records::Account> all, accounts.ListAccounts());
  for (const records::Account& account : all) {
    std::string after;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<records::Function> page, functions.List(account.id(), after, kPage));
      for (const records::Function& function : page) {
        ASSIGN_OR_RETURN(const int of_function, ResealFunction(function, functions, envelope));
        changed += of_function;
        after = function.latest().name();
      }
      if (page.size() < kPage) break;
    }
  }
  return changed;
}

absl::StatusOr<bool> AnyRecordNames(const Database& database, std::string_view key_id) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database.Scan("", after, kPage));
    for (const KeyValue& row : page) {
      if (row.value.find(key_id) != std::string::npos) return true;
    }
    if (page.size() < kPage) return false;
    after = page.back().key;
  }
}

}  // namespace hearth::controller
