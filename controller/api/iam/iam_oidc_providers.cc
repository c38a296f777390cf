// Providers of identity tokens.
#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxUrl = 255;
constexpr size_t kMaxClientId = 255;
constexpr size_t kThumbprintDigits = 40;
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kProviderResource = "oidc-provider/";

absl::Status Invalid(std::string_view message) { return AwsError("InvalidInput", message); }

// No blanks, no query, no fragment: the URL is the issuer's name.
bool IsIssuerUrl(std::string_view url, std::string_view own_issuer) {
  if (url == own_issuer) return true;
  if (!url.starts_with(kHttps) || url.size() == kHttps.size()) return false;
  return std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; }) &&
         url.find_first_of("?#@\\\"<>") == std::string_view::npos;
}

absl::Status CheckClientIds(const std::vector<std::string>& ids) {
  if (ids.size() > static_cast<size_t>(IamApi::kMaxClientIds)) {
    return QuotaExceeded("ClientIdsPerOpenIdConnectProvider", IamApi::kMaxClientIds);
  }
  for (const std::string& id : ids) {
    if (id.empty() || id.size() > kMaxClientId) {
      return AwsError("ValidationException", fmt::format("A client ID has 1 to {} characters.", kMaxClientId));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckThumbprints(const std::vector<std::string>& thumbprints) {
  if (thumbprints.size() > static_cast<size_t>(IamApi::kMaxThumbprints)) {
    return Invalid("Thumbprint list must contain fewer than 5 entries.");
  }
  for (const std::string& text : thumbprints) {
    const bool hex = std::all_of(text.begin(), text.end(),
                                 [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
    if (text.size() != kThumbprintDigits || !hex) {
      return Invalid("Thumbprint must be a hexadecimal digest of 40 characters.");
    }
  }
  return absl::OkStatus();
}

void WriteTexts(XmlWriter& out, std::string_view tag, const google::protobuf::RepeatedPtrField<std::string>& texts) {
  out.Element(tag, [&] {
    for (const std::string& text : texts) out.Text("member", text);
  });
}

}  // namespace

IamApi::Operation IamApi::FindOfProviders(std::string_view action) {
  static constexpr Row kRows[] = {
      {"AddClientIDToOpenIDConnectProvider", &IamApi::AddClientId},
      {"CreateOpenIDConnectProvider", &IamApi::CreateOpenIdConnectProvider},
      {"DeleteOpenIDConnectProvider", &IamApi::DeleteOpenIdConnectProvider},
      {"GetOpenIDConnectProvider", &IamApi::GetOpenIdConnectProvider},
      {"ListOpenIDConnectProviderTags", &IamApi::ListProviderTags},
      {"ListOpenIDConnectProviders", &IamApi::ListOpenIdConnectProviders},
      {"RemoveClientIDFromOpenIDConnectProvider", &IamApi::RemoveClientId},
      {"TagOpenIDConnectProvider", &IamApi::TagProvider},
      {"UntagOpenIDConnectProvider", &IamApi::UntagProvider},
      {"UpdateOpenIDConnectProviderThumbprint", &IamApi::UpdateThumbprints},
  };
  const Row* const row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& one) { return one.action == action; });
  return row == std::end(kRows) ? nullptr : row->operation;
}

absl::Status IamApi::CreateOpenIdConnectProvider(IamCall& iam) {
  const std::string url = iam.Required("Url", 1, kMaxUrl);
  const std::vector<records::IdentityTag> tags = iam.Tags();
  RETURN_IF_ERROR(iam.validation.Result());
  records::OidcProvider provider;
  provider.set_account(iam.account());
  provider.set_name(std::string(IssuerName(url)));
  RETURN_IF_ERROR(iam.Authorize(ArnOf(provider)));
  if (!IsIssuerUrl(url, own_issuer_)) return Invalid("Invalid Open ID Connect Provider URL");
  const std::vector<std::string> client_ids = iam.input.List("ClientIDList");
  const std::vector<std::string> thumbprints = iam.input.List("ThumbprintList");
  RETURN_IF_ERROR(CheckClientIds(client_ids));
  RETURN_IF_ERROR(CheckThumbprints(thumbprints));
  RETURN_IF_ERROR(MergeTags(tags, *provider.mutable_tags()));
  provider.mutable_client_ids()->Assign(client_ids.begin(), client_ids.end());
  provider.mutable_thumbprints()->Assign(thumbprints.begin(), thumbprints.end());
  provider.set_created_ms(Now());
  const absl::Status created = providers_.table().Create(provider, kMaxProviders);
  if (absl::IsAlreadyExists(created)) {
    return AwsError("EntityAlreadyExists", fmt::format("Provider with url {} already exists.", url));
  }
  if (absl::IsResourceExhausted(created)) return QuotaExceeded("OpenIdConnectProvidersPerAccount", kMaxProviders);
  RETURN_IF_ERROR(created);
  iam.out.Text("OpenIDConnectProviderArn", ArnOf(provider));
  if (provider.tags_size() > 0) WriteTags(iam.out, provider.tags());
  return absl::OkStatus();
}

absl::StatusOr<OidcProviders::Table::Ptr> IamApi::FindProvider(IamCall& iam) const {
  const std::string arn = iam.Required("OpenIDConnectProviderArn", 20, 2048);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(iam.Authorize(arn));
  const std::optional<Arn> parsed = Arn::Parse(arn);
  const bool provider = parsed && parsed->service == "iam" && parsed->resource.starts_with(kProviderResource);
  if (!provider) return AwsError("ValidationException", fmt::format("Invalid ARN: {}", arn));
  OidcProviders::Table::Ptr found;
  if (parsed->account == iam.account()) {
    found = providers_.table().Find(iam.account(), parsed->resource.substr(kProviderResource.size()));
  }
  if (found == nullptr) {
    return NoSuchEntity(fmt::format("OpenIDConnect Provider not found for arn {}", arn));
  }
  return found;
}

absl::Status IamApi::ChangeProvider(IamCall& iam, const OidcProviders::Table::Change& change) {
  ASSIGN_OR_RETURN(const OidcProviders::Table::Ptr provider, FindProvider(iam));
  return providers_.table().Update(iam.account(), provider->name(), change).status();
}

absl::Status IamApi::GetOpenIdConnectProvider(IamCall& iam) {
  ASSIGN_OR_RETURN(const OidcProviders::Table::Ptr provider, FindProvider(iam));
  iam.out.Text("Url", provider->name());
  WriteTexts(iam.out, "ClientIDList", provider->client_ids());
  WriteTexts(iam.out, "ThumbprintList", provider->thumbprints());
  iam.out.Text("CreateDate", XmlTime(provider->created_ms()));
  WriteTags(iam.out, provider->tags());
  return absl::OkStatus();
}

absl::Status IamApi::ListOpenIdConnectProviders(IamCall& iam) {
  RETURN_IF_ERROR(iam.Authorize("*"));
  iam.out.Element("OpenIDConnectProviderList", [&] {
    for (const OidcProviders::Table::Ptr& provider : providers_.table().List(iam.account())) {
      iam.out.Element("member", [&] { iam.out.Text("Arn", ArnOf(*provider)); });
    }
  });
  return absl::OkStatus();
}

// One that is gone already is gone: AWS answers the same.
absl::Status IamApi::DeleteOpenIdConnectProvider(IamCall& iam) {
  const absl::StatusOr<OidcProviders::Table::Ptr> provider = FindProvider(iam);
  if (AwsErrorShape(provider.status()) == "NoSuchEntity") return absl::OkStatus();
  RETURN_IF_ERROR(provider.status());
  const absl::Status deleted = providers_.table().Delete(iam.account(), (*provider)->name(),
                                                         [](const records::OidcProvider&) { return absl::OkStatus(); });
  return absl::IsNotFound(deleted) ? absl::OkStatus() : deleted;
}

absl::Status IamApi::AddClientId(IamCall& iam) {
  const std::string id = iam.Required("ClientID", 1, kMaxClientId);
  return ChangeProvider(iam, [&](records::OidcProvider& provider) -> absl::Status {
    const auto& ids = provider.client_ids();
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return absl::OkStatus();
    if (ids.size() >= kMaxClientIds) return QuotaExceeded("ClientIdsPerOpenIdConnectProvider", kMaxClientIds);
    provider.add_client_ids(id);
    return absl::OkStatus();
  });
}

absl::Status IamApi::RemoveClientId(IamCall& iam) {
  const std::string id = iam.Required("ClientID", 1, kMaxClientId);
  return ChangeProvider(iam, [&](records::OidcProvider& provider) -> absl::Status {
    auto& ids = *provider.mutable_client_ids();
    ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end());
    return absl::OkStatus();
  });
}

absl::Status IamApi::UpdateThumbprints(IamCall& iam) {
  const std::vector<std::string> thumbprints = iam.input.List("ThumbprintList");
  return ChangeProvider(iam, [&](records::OidcProvider& provider) -> absl::Status {
    RETURN_IF_ERROR(CheckThumbprints(thumbprints));
    provider.mutable_thumbprints()->Assign(thumbprints.begin(), thumbprints.end());
    return absl::OkStatus();
  });
}

absl::Status IamApi::TagProvider(IamCall& iam) {
  const std::vector<records::IdentityTag> tags = iam.Tags();
  return ChangeProvider(iam,
                        [&](records::OidcProvider& provider) { return MergeTags(tags, *provider.mutable_tags()); });
}

absl::Status IamApi::UntagProvider(IamCall& iam) {
  const std::vector<std::string> keys = iam.input.List("TagKeys");
  return ChangeProvider(iam, [&](records::OidcProvider& provider) -> absl::Status {
    RemoveTags(keys, *provider.mutable_tags());
    return absl::OkStatus();
  });
}

absl::Status IamApi::ListProviderTags(IamCall& iam) {
  ASSIGN_OR_RETURN(const OidcProviders::Table::Ptr provider, FindProvider(iam));
  WriteTags(iam.out, provider->tags());
  iam.out.Text("IsTruncated", "false");
  return absl::OkStatus();
}

}  // namespace hearth::controller
