#include "controller/api/sns/topic_access.h"

#include <fmt/format.h>

namespace hearth::controller {

AccessRequest TopicAccess::To(const TopicId& id, std::string action) const {
  AccessRequest request{.action = std::move(action), .resource = TopicArn(region_, id)};
  request.resource_account = id.account;
  const absl::StatusOr<TopicPtr> topic = topics_.Find(id);
  if (!topic.ok()) return request;
  for (const auto& [key, value] : (*topic)->tags()) request.context[fmt::format("aws:ResourceTag/{}", key)] = value;
  request.resource_policy = policies_.Compiled((*topic)->policy());
  return request;
}

}  // namespace hearth::controller
