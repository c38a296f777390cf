// What users of AWS may have and Hearth's have not: clients ask for it before they delete a user.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/iam/iam_api.h"
#include "controller/api/iam/iam_identities.h"
#include "controller/api/iam/iam_paging.h"

namespace hearth::controller {
namespace {

struct AbsentList {
  std::string_view action, list;
};
constexpr AbsentList kAbsent[] = {{"ListGroupsForUser", "Groups"},
                                  {"ListMFADevices", "MFADevices"},
                                  {"ListSSHPublicKeys", "SSHPublicKeys"},
                                  {"ListServiceSpecificCredentials", "ServiceSpecificCredentials"},
                                  {"ListSigningCertificates", "Certificates"}};

}  // namespace

absl::Status IamApi::ListNothingOfUser(IamCall& iam) {
  const Page page = ReadPage(iam);
  RETURN_IF_ERROR(OwnerOfKeys(iam).status());
  const AbsentList* const absent = std::find_if(std::begin(kAbsent), std::end(kAbsent),
                                                [&](const AbsentList& one) { return one.action == iam.action; });
  WritePage(iam, page, absent->list, {});
  return absl::OkStatus();
}

absl::Status IamApi::FindNoLoginProfile(IamCall& iam) {
  ASSIGN_OR_RETURN(const KeyOwner owner, OwnerOfKeys(iam));
  return NoSuchEntity(fmt::format("Login Profile for User {} cannot be found.", owner.name));
}

}  // namespace hearth::controller
