#include "controller/api/iam/iam_identities.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"
#include "controller/api/iam/iam_paging.h"
#include "controller/auth/stored_policies.h"

namespace hearth::controller {
namespace {

std::string_view NameIn(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

absl::Status NoSuchPolicy(std::string_view noun, std::string_view name) {
  return NoSuchEntity(fmt::format("The {} policy with name {} cannot be found.", noun, name));
}

}  // namespace

bool IsManagedPolicy(const IdentityStore& store, const std::string& arn, const std::string& account) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  return parsed && (parsed->account == "aws" || parsed->account == account) &&
         !ManagedPolicyDocument(store, arn).empty();
}

template <class Record>
absl::Status CheckHasNoPolicies(const Record& record) {
  if (record.attached_policies_size() > 0) {
    return AwsError("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  }
  if (record.inline_policies_size() > 0) {
    return AwsError("DeleteConflict", "Cannot delete entity, must delete policies first.");
  }
  return absl::OkStatus();
}
template absl::Status CheckHasNoPolicies(const records::User& record);
template absl::Status CheckHasNoPolicies(const records::Role& record);

void WriteBoundary(XmlWriter& out, const std::string& arn) {
  if (arn.empty()) return;
  out.Element("PermissionsBoundary",
              [&] { out.Text("PermissionsBoundaryType", "Policy").Text("PermissionsBoundaryArn", arn); });
}

template <class Record>
absl::Status IamApi::PutInlinePolicy(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string policy = iam.Name("PolicyName", kMaxPolicyName);
  const std::string document = iam.Document("PolicyDocument");
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name).status());
  RETURN_IF_ERROR(CheckPolicy(document, PolicyKind::kIdentity));
  const auto change = [&](Record& record) {
    (*record.mutable_inline_policies())[policy] = document;
    size_t characters = 0;
    for (const auto& [key, text] : record.inline_policies()) characters += CountedCharacters(text);
    if (characters <= Words::kMaxInline) return absl::OkStatus();
    return AwsError("LimitExceeded", fmt::format("Maximum policy size of {} bytes exceeded for {} {}",
                                                 Words::kMaxInline, Words::kPolicyNoun, name));
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::GetInlinePolicy(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string policy = iam.Name("PolicyName", kMaxPolicyName);
  RETURN_IF_ERROR(iam.validation.Result());
  ASSIGN_OR_RETURN(const auto record, FindAuthorized<Record>(iam, identities_, name));
  const auto found = record->inline_policies().find(policy);
  if (found == record->inline_policies().end()) return NoSuchPolicy(Words::kPolicyNoun, policy);
  iam.out.Text(Words::kParameter, name).Text("PolicyName", policy);
  WriteDocument(iam.out, "PolicyDocument", found->second);
  return absl::OkStatus();
}

template <class Record>
absl::Status IamApi::ListInlinePolicies(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  ASSIGN_OR_RETURN(const auto record, FindAuthorized<Record>(iam, identities_, name));
  std::vector<PageItem> items;
  for (const auto& [policy, document] : record->inline_policies()) {
    items.emplace_back(policy, [&out = iam.out, policy = policy] { out.Text("member", policy); });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "PolicyNames", items);
  return absl::OkStatus();
}

template <class Record>
absl::Status IamApi::DeleteInlinePolicy(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string policy = iam.Name("PolicyName", kMaxPolicyName);
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name).status());
  const auto change = [&](Record& record) {
    return record.mutable_inline_policies()->erase(policy) > 0 ? absl::OkStatus()
                                                               : NoSuchPolicy(Words::kPolicyNoun, policy);
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::AttachPolicy(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string arn = iam.PolicyArn();
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name, {{"iam:PolicyARN", arn}}).status());
  const auto change = [&](Record& record) {
    auto& attached = *record.mutable_attached_policies();
    if (std::find(attached.begin(), attached.end(), arn) != attached.end()) return absl::OkStatus();
    if (!IsManagedPolicy(identities_, arn, iam.account())) {
      return NoSuchEntity(fmt::format("Policy {} does not exist or is not attachable.", arn));
    }
    if (attached.size() >= kMaxAttached) return QuotaExceeded(Words::kPolicyQuota, kMaxAttached);
    *attached.Add() = arn;
    return absl::OkStatus();
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::DetachPolicy(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string arn = iam.PolicyArn();
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name, {{"iam:PolicyARN", arn}}).status());
  const auto change = [&](Record& record) {
    auto& attached = *record.mutable_attached_policies();
    const auto found = std::find(attached.begin(), attached.end(), arn);
    if (found == attached.end()) return NoSuchEntity(fmt::format("Policy {} was not found.", arn));
    attached.erase(found);
    return absl::OkStatus();
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::ListAttachedPolicies(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string prefix = iam.PathPrefix();
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  ASSIGN_OR_RETURN(const auto record, FindAuthorized<Record>(iam, identities_, name));
  std::vector<PageItem> items;
  for (const std::string& arn : record->attached_policies()) {
    if (arn.find(":policy" + prefix) == std::string::npos) continue;
    items.emplace_back(arn, [&out = iam.out, arn] {
      out.Element("member", [&] { out.Text("PolicyName", NameIn(arn)).Text("PolicyArn", arn); });
    });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "AttachedPolicies", items);
  return absl::OkStatus();
}

template <class Record>
absl::Status IamApi::PutBoundary(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::string arn = iam.PolicyArn("PermissionsBoundary");
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name, {{"iam:PermissionsBoundary", arn}}).status());
  const auto change = [&](Record& record) -> absl::Status {
    RETURN_IF_ERROR(CheckBoundary(arn, iam.account()));
    record.set_permissions_boundary(arn);
    return absl::OkStatus();
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::DeleteBoundary(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  RETURN_IF_ERROR(iam.validation.Result());
  ASSIGN_OR_RETURN(const auto record, FindAuthorized<Record>(iam, identities_, name));
  if (record->permissions_boundary().empty()) {
    return NoSuchEntity(fmt::format("The {} {} has no permissions boundary.", Words::kPolicyNoun, name));
  }
  const auto change = [](Record& changed) {
    changed.clear_permissions_boundary();
    return absl::OkStatus();
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::Tag(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::vector<records::IdentityTag> tags = iam.Tags();
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name).status());
  const auto change = [&](Record& record) { return MergeTags(tags, *record.mutable_tags()); };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::Untag(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const std::vector<std::string> keys = iam.input.List("TagKeys");
  RETURN_IF_ERROR(iam.validation.Result());
  RETURN_IF_ERROR(FindAuthorized<Record>(iam, identities_, name).status());
  const auto change = [&](Record& record) {
    RemoveTags(keys, *record.mutable_tags());
    return absl::OkStatus();
  };
  return Words::Table(identities_).Update(iam.account(), name, change).status();
}

template <class Record>
absl::Status IamApi::ListTags(IamCall& iam) {
  using Words = IdentityWords<Record>;
  const std::string name = iam.Name(Words::kParameter, kMaxIdentityName);
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(iam.validation.Result());
  ASSIGN_OR_RETURN(const auto record, FindAuthorized<Record>(iam, identities_, name));
  WriteTagPage(iam, page, record->tags());
  return absl::OkStatus();
}

#define HEARTH_FOR_BOTH(operation)                                       \
  template absl::Status IamApi::operation<records::User>(IamCall & iam); \
  template absl::Status IamApi::operation<records::Role>(IamCall & iam)
HEARTH_FOR_BOTH(PutInlinePolicy);
HEARTH_FOR_BOTH(GetInlinePolicy);
HEARTH_FOR_BOTH(ListInlinePolicies);
HEARTH_FOR_BOTH(DeleteInlinePolicy);
HEARTH_FOR_BOTH(AttachPolicy);
HEARTH_FOR_BOTH(DetachPolicy);
HEARTH_FOR_BOTH(ListAttachedPolicies);
HEARTH_FOR_BOTH(PutBoundary);
HEARTH_FOR_BOTH(DeleteBoundary);
HEARTH_FOR_BOTH(Tag);
HEARTH_FOR_BOTH(Untag);
HEARTH_FOR_BOTH(ListTags);
#undef HEARTH_FOR_BOTH

}  // namespace hearth::controller
