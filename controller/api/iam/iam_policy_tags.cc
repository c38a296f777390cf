// Tags of managed policies.
#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"
#include "controller/api/iam/iam_paging.h"
#include "controller/api/iam/policy_view.h"

namespace hearth::controller {

absl::Status IamApi::TagPolicy(IamCall& iam) {
  const std::vector<records::IdentityTag> tags = iam.Tags();
  ASSIGN_OR_RETURN(const PolicyView policy, FindOwnPolicyView(iam, identities_));
  const auto change = [&](records::ManagedPolicy& record) { return MergeTags(tags, *record.mutable_tags()); };
  return identities_.policies().Update(iam.account(), policy.name, change).status();
}

absl::Status IamApi::UntagPolicy(IamCall& iam) {
  const std::vector<std::string> keys = iam.input.List("TagKeys");
  ASSIGN_OR_RETURN(const PolicyView policy, FindOwnPolicyView(iam, identities_));
  const auto change = [&](records::ManagedPolicy& record) {
    RemoveTags(keys, *record.mutable_tags());
    return absl::OkStatus();
  };
  return identities_.policies().Update(iam.account(), policy.name, change).status();
}

absl::Status IamApi::ListPolicyTags(IamCall& iam) {
  const Page page = ReadPage(iam);
  ASSIGN_OR_RETURN(const PolicyView policy, FindPolicyView(iam, identities_));
  WriteTagPage(iam, page, policy.tags);
  return absl::OkStatus();
}

}  // namespace hearth::controller
