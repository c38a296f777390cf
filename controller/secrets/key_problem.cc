#include "controller/secrets/key_problem.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/cord.h"

namespace hearth::controller {
namespace {

constexpr char kPayload[] = "hearth/key-problem";

struct Named {
  KeyProblem problem;
  absl::StatusCode code;
  absl::string_view name;
};

constexpr Named kProblems[] = {
    {KeyProblem::kNotFound, absl::StatusCode::kNotFound, "not-found"},
    {KeyProblem::kDisabled, absl::StatusCode::kFailedPrecondition, "disabled"},
    {KeyProblem::kInvalidState, absl::StatusCode::kFailedPrecondition, "invalid-state"},
    {KeyProblem::kAccessDenied, absl::StatusCode::kPermissionDenied, "access-denied"},
};

}  // namespace

absl::Status KeyProblemError(KeyProblem problem, std::string_view message) {
  const Named& named = *std::find_if(std::begin(kProblems), std::end(kProblems),
                                     [&](const Named& candidate) { return candidate.problem == problem; });
  absl::Status status(named.code, absl::string_view(message.data(), message.size()));
  status.SetPayload(kPayload, absl::Cord(named.name));
  return status;
}

std::optional<KeyProblem> KeyProblemOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  if (!payload) return std::nullopt;
  const auto named = std::find_if(std::begin(kProblems), std::end(kProblems),
                                  [&](const Named& candidate) { return *payload == candidate.name; });
  return named == std::end(kProblems) ? std::nullopt : std::optional(named->problem);
}

}  // namespace hearth::controller
