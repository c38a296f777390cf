#include "controller/queues/queue_types.h"

#include "common/arn.h"

namespace hearth::controller {

std::string QueueArn(std::string_view region, const QueueId& id) {
  Arn arn;
  arn.service = "sqs";
  arn.region = region;
  arn.account = id.account;
  arn.resource = id.name;
  return arn.ToString();
}

std::optional<QueueId> QueueOfArn(std::string_view text, std::string_view region) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->service != "sqs" || arn->region != region || arn->account.empty() || arn->resource.empty()) {
    return std::nullopt;
  }
  return QueueId{arn->account, arn->resource};
}

}  // namespace hearth::controller
