// IdentityStore keeps who an account's callers are: its users, its roles and the policies they attach.
//
// Errors:  those of IdentityTable.
// Threads: any thread; reading is memory only.
// Source:  IAM User Guide, "IAM identities", "IAM and AWS STS quotas".
#pragma once

#include <functional>
#include <memory>

#include "controller/store/identity_table.h"
#include "proto/records.pb.h"

namespace hearth::controller {

using UserPtr = std::shared_ptr<const records::User>;
using RolePtr = std::shared_ptr<const records::Role>;
using ManagedPolicyPtr = std::shared_ptr<const records::ManagedPolicy>;

class IdentityStore {
 public:
  static absl::StatusOr<std::unique_ptr<IdentityStore>> Open(Database& database);

  // Empty until loaded: Open is the way in.
  explicit IdentityStore(Database& database)
      : users_(database, kUserPrefix, writing_),
        roles_(database, kRolePrefix, writing_),
        policies_(database, kManagedPolicyPrefix, writing_) {}

  IdentityTable<records::User>& users() { return users_; }
  const IdentityTable<records::User>& users() const { return users_; }
  IdentityTable<records::Role>& roles() { return roles_; }
  const IdentityTable<records::Role>& roles() const { return roles_; }
  IdentityTable<records::ManagedPolicy>& policies() { return policies_; }
  const IdentityTable<records::ManagedPolicy>& policies() const { return policies_; }

  // Grows with every change: what was worked out from the tables holds while it stays.
  uint64_t generation() const { return writing_.generation; }
  // Runs `task` while no table changes. It must not change one.
  absl::Status WhileUnchanged(const std::function<absl::Status()>& task);

 private:
  IdentityWriting writing_;
  IdentityTable<records::User> users_;
  IdentityTable<records::Role> roles_;
  IdentityTable<records::ManagedPolicy> policies_;
};

// "arn:aws:iam::ACCOUNT:role/path/name".
std::string ArnOf(const records::User& user);
std::string ArnOf(const records::Role& role);
std::string ArnOf(const records::ManagedPolicy& policy);

}  // namespace hearth::controller
