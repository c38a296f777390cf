#include "controller/invoke/version_resolver.h"

#include <utility>

#include "common/arn.h"
#include "controller/store/function_edit.h"

namespace hearth::controller {
namespace {

std::optional<NotInvocable> BlockedBy(records::FunctionVersion::State state) {
  switch (state) {
    case records::FunctionVersion::PENDING:
      return NotInvocable{"Pending"};
    case records::FunctionVersion::INACTIVE:
      return NotInvocable{"Inactive"};
    case records::FunctionVersion::FAILED:
      return NotInvocable{"Failed"};
    default:
      return std::nullopt;  // proto3 enums are open
  }
}

}  // namespace

absl::StatusOr<Resolved> VersionResolver::Resolve(const InvokeTarget& target) const {
  FunctionVersionPtr version =
      catalog_.FindServing(target.account, target.function_name, target.qualifier, DrawFor(target.qualifier));
  if (version == nullptr) return absl::NotFoundError("Function not found: " + ArnOf(target));
  std::optional<NotInvocable> blocked = BlockedBy(version->state());
  return Resolved{std::move(version), std::move(blocked)};
}

// Uniform in [0, 1); only an alias needs one.
double VersionResolver::DrawFor(const std::string& qualifier) const {
  if (qualifier.empty() || qualifier == "$LATEST" || ParseVersionNumber(qualifier)) return Catalog::kMainVersion;
  constexpr uint64_t kSteps = uint64_t{1} << 53;  // as fine as a double is below 1
  return static_cast<double>(random_.Below(kSteps)) / static_cast<double>(kSteps);
}

std::string VersionResolver::ArnOf(const InvokeTarget& target) const {
  Arn arn{.service = "lambda", .region = region_, .account = target.account, .resource = ""};
  arn.resource = "function:" + target.function_name;
  if (!target.qualifier.empty()) arn.resource += ":" + target.qualifier;
  return arn.ToString();
}

}  // namespace hearth::controller
