#include "controller/api/sns/post_headers.h"

namespace hearth::controller {

HttpHeaders PostHeaders(const records::TopicMessage& message, const records::TopicSubscription& subscription,
                        std::string_view region) {
  const bool asks = !message.token().empty();
  HttpHeaders headers;
  headers.Add("Content-Type", "text/plain; charset=UTF-8");
  headers.Add("User-Agent", "Amazon Simple Notification Service Agent");
  headers.Add("x-amz-sns-message-type", asks ? "SubscriptionConfirmation" : "Notification");
  headers.Add("x-amz-sns-message-id", message.message_id());
  headers.Add("x-amz-sns-topic-arn", TopicArn(region, TopicOf(message)));
  if (asks) return headers;
  headers.Add("x-amz-sns-subscription-arn", SubscriptionArn(region, IdOf(subscription)));
  if (subscription.raw()) headers.Add("x-amz-sns-rawdelivery", "true");
  return headers;
}

}  // namespace hearth::controller
