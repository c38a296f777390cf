// OidcProviders keeps which issuers of identity tokens the roles of an account may trust.
//
// Shapes:  a provider's name is its URL without the scheme: "idp.example.com/team". Its ARN is
//          "arn:aws:iam::ACCOUNT:oidc-provider/NAME".
// Errors:  those of IdentityTable.
// Threads: any thread; reading is memory only.
// Source:  IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM".
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "controller/store/identity_table.h"
#include "proto/identity_records.pb.h"

namespace hearth::controller {

class OidcProviders {
 public:
  using Table = IdentityTable<records::OidcProvider>;

  static absl::StatusOr<std::unique_ptr<OidcProviders>> Open(Database& database);

  Table& table() { return table_; }
  const Table& table() const { return table_; }

 private:
  explicit OidcProviders(Database& database) : table_(database, kOidcProviderPrefix, writing_) {}

  IdentityWriting writing_;
  Table table_;
};

std::string ArnOf(const records::OidcProvider& provider);
// "https://idp.example.com/team" is "idp.example.com/team"; what has no scheme stays as it is.
std::string_view IssuerName(std::string_view url);

}  // namespace hearth::controller
