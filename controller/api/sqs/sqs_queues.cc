// Queues: making, finding, showing, changing, emptying and deleting them.
#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxListed = 1000;

// A page of queues by URL: `member` is what AWS calls the list.
Json RenderPage(std::vector<QueuePtr> queues, size_t limit, const std::string& base_url, const char* member,
                bool always) {
  Json body{Json::Object()};
  const bool more = queues.size() > limit;
  if (more) queues.resize(limit);
  Json::Array urls;
  for (const QueuePtr& queue : queues) urls.push_back(UrlOfQueue(base_url, IdOf(*queue)));
  if (always || !urls.empty()) body.Set(member, Json(std::move(urls)));
  if (more) body.Set("NextToken", SqsPageToken(queues.back()->name()));
  return body;
}

}  // namespace

FindQueue SqsApi::Finder() const {
  return [this](const QueueId& id) {
    const absl::StatusOr<QueuePtr> queue = queues_.Find(id);
    return queue.ok() ? *queue : nullptr;
  };
}

absl::StatusOr<Json> SqsApi::CreateQueue(Request& request) {
  ASSIGN_OR_RETURN(const std::string name, request.input.Required("QueueName"));
  ASSIGN_OR_RETURN(const auto attributes, request.input.Map("Attributes"));
  const char* tags_member = request.input.Find("tags") != nullptr ? "tags" : "Tags";
  ASSIGN_OR_RETURN(const auto tags, request.input.Map(tags_member));
  const auto fifo = attributes.find("FifoQueue");
  ASSIGN_OR_RETURN(records::Queue queue,
                   NewQueue({request.call.caller.account, name}, fifo != attributes.end() && fifo->second == "true"));
  RETURN_IF_ERROR(ApplyQueueAttributes(attributes, region_, Finder(), queue));
  RETURN_IF_ERROR(AddQueueTags(tags, queue));
  const QueueId id = IdOf(queue);
  absl::StatusOr<QueuePtr> made = FindSame(queue, attributes);
  if (QueueProblemOf(made.status()) == QueueProblem::kNoQueue) made = queues_.Create(queue);
  // Made by someone else meanwhile.
  if (QueueProblemOf(made.status()) == QueueProblem::kNameTaken) made = FindSame(queue, attributes);
  if (!made.ok()) return made.status();
  return Json(Json::Object{{"QueueUrl", UrlOfQueue(request.call.base_url, id)}});
}

// The queue of this name, when it has the same attributes as far as they were given.
absl::StatusOr<QueuePtr> SqsApi::FindSame(const records::Queue& queue,
                                          const std::map<std::string, std::string>& attributes) {
  ASSIGN_OR_RETURN(const QueuePtr found, queues_.Find(IdOf(queue)));
  for (const auto& [name, value] : attributes) {
    if (QueueAttribute(*found, {}, region_, name) == QueueAttribute(queue, {}, region_, name)) continue;
    return AwsError(
        "QueueNameExists",
        fmt::format("A queue already exists with the same name and a different value for attribute {}", name));
  }
  return found;
}

absl::StatusOr<Json> SqsApi::DeleteQueue(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  return EmptyUnless(queues_.Delete(IdOf(*queue)));
}

absl::StatusOr<Json> SqsApi::GetQueueUrl(Request& request) {
  ASSIGN_OR_RETURN(const std::string name, request.input.Required("QueueName"));
  const QueueId id{request.input.Text("QueueOwnerAWSAccountId").value_or(request.call.caller.account), name};
  RETURN_IF_ERROR(queues_.Find(id).status());
  return Json(Json::Object{{"QueueUrl", UrlOfQueue(request.call.base_url, id)}});
}

absl::StatusOr<Json> SqsApi::ListQueues(Request& request) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                   request.input.Within("MaxResults", 1, kMaxListed, "Must be between 1 and 1000, if provided."));
  ASSIGN_OR_RETURN(const std::string after, AfterSqsPage(request.input));
  const auto page = static_cast<size_t>(limit.value_or(kMaxListed));
  std::vector<QueuePtr> queues = queues_.List(
      request.call.caller.account, request.input.Text("QueueNamePrefix").value_or(""), after, limit ? page + 1 : page);
  return RenderPage(std::move(queues), page, request.call.base_url, "QueueUrls", /*always=*/false);
}

absl::StatusOr<Json> SqsApi::ListDeadLetterSourceQueues(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit,
                   request.input.Within("MaxResults", 1, kMaxListed, "Must be between 1 and 1000, if provided."));
  ASSIGN_OR_RETURN(const std::string after, AfterSqsPage(request.input));
  const auto page = static_cast<size_t>(limit.value_or(kMaxListed));
  std::vector<QueuePtr> queues = queues_.DeadLetterSources(IdOf(*queue), after, limit ? page + 1 : page);
  return RenderPage(std::move(queues), page, request.call.base_url, "queueUrls", /*always=*/true);
}

absl::StatusOr<Json> SqsApi::GetQueueAttributes(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  ASSIGN_OR_RETURN(const QueueCounts counts, queues_.Counts(IdOf(*queue)));
  Json shown{Json::Object()};
  const auto show = [&](std::string_view name) {
    if (std::optional<std::string> text = QueueAttribute(*queue, counts, region_, name))
      shown.Set(std::string(name), *std::move(text));
  };
  for (const std::string& name : request.input.Texts("AttributeNames")) {
    if (name == "All") {
      for (const std::string_view each : kQueueAttributes) show(each);
    } else if (IsQueueAttribute(name)) {
      show(name);
    } else {
      return AwsError("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
    }
  }
  Json body{Json::Object()};
  if (!shown.as_object().empty()) body.Set("Attributes", std::move(shown));
  return body;
}

absl::StatusOr<Json> SqsApi::SetQueueAttributes(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  ASSIGN_OR_RETURN(const auto attributes, request.input.Map("Attributes"));
  if (attributes.empty()) return MissingParameter("Attribute.Name");
  return EmptyUnless(
      queues_
          .Update(IdOf(*queue),
                  [&](records::Queue& changed) { return ApplyQueueAttributes(attributes, region_, Finder(), changed); })
          .status());
}

absl::StatusOr<Json> SqsApi::PurgeQueue(Request& request) {
  ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(request.input));
  return EmptyUnless(queues_.Purge(IdOf(*queue)));
}

}  // namespace hearth::controller
