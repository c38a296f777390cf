#include "controller/store/identity_store.h"

namespace hearth::controller {
namespace {

template <class Record>
std::string MakeArn(std::string_view type, const Record& record) {
  return fmt::format("arn:aws:iam::{}:{}{}{}", record.account(), type, record.path(), record.name());
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdentityStore>> IdentityStore::Open(Database& database) {
  auto store = std::make_unique<IdentityStore>(database);
  RETURN_IF_ERROR(store->users_.Load());
  RETURN_IF_ERROR(store->roles_.Load());
  RETURN_IF_ERROR(store->policies_.Load());
  return store;
}

absl::Status IdentityStore::WhileUnchanged(const std::function<absl::Status()>& task) {
  MutexLock lock(writing_.writer);
  return task();
}

std::string ArnOf(const records::User& user) { return MakeArn("user", user); }
std::string ArnOf(const records::Role& role) { return MakeArn("role", role); }
std::string ArnOf(const records::ManagedPolicy& policy) { return MakeArn("policy", policy); }

}  // namespace hearth::controller
