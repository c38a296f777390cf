// Subscriptions: who gets what is published to a topic.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sns/sns_api.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/api/sns/subscription_attributes.h"
#include "controller/async/destinations.h"
#include "controller/queues/queue_types.h"

namespace hearth::controller {
namespace {

constexpr size_t kPageItems = 100;
constexpr std::string_view kUnsupported[] = {"application", "email", "email-json", "firehose", "sms"};
constexpr size_t kMaxUrlBytes = 2048;
constexpr size_t kTokenBytes = 64;

absl::Status CheckUrl(const std::string& protocol, const std::string& url) {
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (plain && url.size() <= kMaxUrlBytes && url.starts_with(protocol + "://")) return absl::OkStatus();
  return InvalidSns("Endpoint must match the specified protocol");
}

bool SameAttributes(const records::TopicSubscription& a, const records::TopicSubscription& b) {
  return a.raw() == b.raw() && a.filter_policy() == b.filter_policy() && a.filters_body() == b.filters_body() &&
         a.dead_letter_arn() == b.dead_letter_arn();
}

std::string KeyOf(const SubscriptionId& id) { return fmt::format("{}/{}/{}", id.topic.account, id.topic.name, id.id); }

SubscriptionId OfKey(const std::string& key) {
  const size_t first = key.find('/');
  const size_t last = key.rfind('/');
  if (first == std::string::npos || last == first) return {};
  return {{key.substr(0, first), key.substr(first + 1, last - first - 1)}, key.substr(last + 1)};
}

}  // namespace

// The account an endpoint belongs to.
absl::StatusOr<std::string> SnsApi::OwnerOf(const Request& request, const records::TopicSubscription& row) const {
  const std::string& protocol = row.protocol();
  if (protocol == kSqsProtocol) {
    const std::optional<QueueId> queue = QueueOfArn(row.endpoint(), region_);
    if (!queue) return InvalidSns("SQS endpoint ARN");
    if (queue->name.ends_with(".fifo"))
      return InvalidSns("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
    return queue->account;
  }
  if (protocol == kLambdaProtocol) {
    const std::optional<InvokeTarget> function = FunctionOfArn(row.endpoint(), region_);
    if (!function) return InvalidSns("Lambda endpoint ARN");
    return function->account;
  }
  const bool unsupported =
      std::find(std::begin(kUnsupported), std::end(kUnsupported), protocol) != std::end(kUnsupported);
  if (unsupported || (IsFar(protocol) && !urls_)) return UnsupportedSns("Protocol", protocol);
  if (!IsFar(protocol))
    return InvalidSns(fmt::format("Amazon SNS does not support this protocol string: {}", protocol.substr(0, 100)));
  RETURN_IF_ERROR(CheckUrl(protocol, row.endpoint()));
  return request.call.caller.account;
}

absl::Status SnsApi::Subscribe(Request& request) {
  const SnsInput& input = request.input;
  ASSIGN_OR_RETURN(const TopicId topic, input.Topic());
  RETURN_IF_ERROR(topics_.Find(topic).status());
  records::TopicSubscription row;
  row.set_account(topic.account);
  row.set_topic(topic.name);
  row.set_id(random_.Uuid());
  row.set_owner(request.call.caller.account);
  row.set_principal(request.call.caller.principal_arn);
  ASSIGN_OR_RETURN(*row.mutable_protocol(), input.Required("Protocol"));
  row.set_endpoint(input.Text("Endpoint"));
  ASSIGN_OR_RETURN(const std::string owner, OwnerOf(request, row));
  if (owner != row.owner()) return UnsupportedSns("Endpoint", "an endpoint of another account");
  row.set_pending(IsFar(row.protocol()));
  if (row.pending()) row.set_token(random_.Hex(kTokenBytes));
  const std::map<std::string, std::string> attributes = input.Map("Attributes");
  for (const auto& [name, value] : attributes) RETURN_IF_ERROR(ApplySubscriptionAttribute(name, value, region_, row));
  RETURN_IF_ERROR(CheckSubscription(row));
  ASSIGN_OR_RETURN(const SubscriberPtr made, SubscribeOnce(row, !attributes.empty()));
  const bool pending = made->row.pending();
  if (pending) RETURN_IF_ERROR(deliveries_.AskToConfirm(made->row, request.call.base_url));
  const bool hidden = pending && input.Text("ReturnSubscriptionArn") != "true";
  request.xml.Text("SubscriptionArn",
                   hidden ? std::string("pending confirmation") : SubscriptionArn(region_, IdOf(made->row)));
  return absl::OkStatus();
}

// The same endpoint subscribes once: what is there already has to be like what is asked for.
absl::StatusOr<SubscriberPtr> SnsApi::SubscribeOnce(const records::TopicSubscription& row, bool with_attributes) {
  absl::StatusOr<SubscriberPtr> made = topics_.Subscribe(row);
  if (absl::IsAlreadyExists(made.status())) {
    const SubscriberPtr same = topics_.FindSame(row);
    if (same != nullptr && with_attributes && !SameAttributes(same->row, row))
      return InvalidSns("Attributes Reason: Subscription already exists with different attributes");
    if (same != nullptr) return same;
  }
  if (absl::IsResourceExhausted(made.status()))
    return AwsError("SubscriptionLimitExceeded", std::string(made.status().message()));
  return made;
}

absl::Status SnsApi::ConfirmSubscription(Request& request) {
  ASSIGN_OR_RETURN(const TopicId topic, request.input.Topic());
  ASSIGN_OR_RETURN(const std::string token, request.input.Required("Token"));
  // Nobody has to sign this: it tells no stranger which topics there are.
  const absl::StatusOr<SubscriberPtr> confirmed = topics_.Confirm(topic, token);
  if (absl::IsInvalidArgument(confirmed.status())) return InvalidSns("Token");
  if (!confirmed.ok()) return confirmed.status();
  request.xml.Text("SubscriptionArn", SubscriptionArn(region_, IdOf((*confirmed)->row)));
  return absl::OkStatus();
}

// NotFound for one that neither the caller nor the topic's account owns.
absl::StatusOr<SubscriberPtr> SnsApi::OwnSubscription(const Request& request) const {
  ASSIGN_OR_RETURN(const SubscriptionId id, request.input.Subscription());
  ASSIGN_OR_RETURN(SubscriberPtr found, topics_.FindSubscription(id));
  const std::string& account = request.call.caller.account;
  if (found->row.owner() != account && found->row.account() != account)
    return absl::NotFoundError("Subscription does not exist");
  return found;
}

absl::Status SnsApi::Unsubscribe(Request& request) {
  RETURN_IF_ERROR(request.input.Subscription().status());
  const absl::StatusOr<SubscriberPtr> found = OwnSubscription(request);
  if (!found.ok()) return absl::OkStatus();  // as for one that was unsubscribed before
  return topics_.Unsubscribe(IdOf((*found)->row));
}

absl::Status SnsApi::ListSubscriptions(Request& request) { return ListPage(request, std::nullopt); }

absl::Status SnsApi::ListSubscriptionsByTopic(Request& request) {
  ASSIGN_OR_RETURN(const TopicId topic, request.input.Topic());
  RETURN_IF_ERROR(topics_.Find(topic).status());
  return ListPage(request, topic);
}

absl::Status SnsApi::ListPage(Request& request, const std::optional<TopicId>& topic) {
  ASSIGN_OR_RETURN(const std::string token, request.input.AfterPage());
  const SubscriptionId after = OfKey(token);
  std::vector<SubscriberPtr> page = topic ? topics_.ListOf(*topic, after, kPageItems + 1)
                                          : topics_.ListOwned(request.call.caller.account, after, kPageItems + 1);
  const bool more = page.size() > kPageItems;
  if (more) page.pop_back();
  XmlWriter& xml = request.xml;
  xml.Element("Subscriptions", [&] {
    for (const SubscriberPtr& one : page) {
      xml.Element("member", [&] {
        xml.Text("TopicArn", TopicArn(region_, IdOf(one->row).topic))
            .Text("Protocol", one->row.protocol())
            .Text("SubscriptionArn",
                  one->row.pending() ? std::string("PendingConfirmation") : SubscriptionArn(region_, IdOf(one->row)))
            .Text("Owner", one->row.owner())
            .Text("Endpoint", one->row.endpoint());
      });
    }
  });
  if (more) xml.Text("NextToken", SnsInput::PageToken(KeyOf(IdOf(page.back()->row))));
  return absl::OkStatus();
}

absl::Status SnsApi::GetSubscriptionAttributes(Request& request) {
  ASSIGN_OR_RETURN(const SubscriberPtr found, OwnSubscription(request));
  WriteSnsMap(SubscriptionAttributes(found->row, region_), "Attributes", request.xml);
  return absl::OkStatus();
}

absl::Status SnsApi::SetSubscriptionAttributes(Request& request) {
  ASSIGN_OR_RETURN(const SubscriberPtr found, OwnSubscription(request));
  ASSIGN_OR_RETURN(const std::string name, request.input.Required("AttributeName"));
  const std::string value = request.input.Text("AttributeValue");
  return topics_
      .UpdateSubscription(IdOf(found->row),
                          [&](records::TopicSubscription& row) -> absl::Status {
                            RETURN_IF_ERROR(ApplySubscriptionAttribute(name, value, region_, row));
                            return CheckSubscription(row);
                          })
      .status();
}

}  // namespace hearth::controller
