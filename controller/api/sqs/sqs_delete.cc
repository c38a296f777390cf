// What clients do to messages they have received.
#include "common/errors.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxVisibilitySeconds = Queues::kLongestVisibility.count();

absl::StatusOr<VisibilityChange> ReadChange(const SqsInput& input, bool required) {
  VisibilityChange change;
  ASSIGN_OR_RETURN(change.receipt, input.Required("ReceiptHandle"));
  ASSIGN_OR_RETURN(const std::optional<int64_t> visibility,
                   input.Within("VisibilityTimeout", 0, kMaxVisibilitySeconds, "Must be between 0 and 43200."));
  if (!visibility && required) return MissingParameter("VisibilityTimeout");
  change.visibility = std::chrono::seconds(visibility.value_or(0));
  return change;
}

// The entries of a batch that could be read, and where their answers belong.
template <class Read>
struct Batch {
  std::vector<Read> entries;
  std::vector<std::string> ids;
  Json::Array failed;

  void Add(const std::string& id, absl::StatusOr<Read> read) {
    if (!read.ok()) return failed.push_back(BatchFailure(id, read.status()));
    entries.push_back(*std::move(read));
    ids.push_back(id);
  }
  Json Answer(const std::vector<absl::Status>& answers) {
    Json::Array successful;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (answers[i].ok()) {
        successful.push_back(Json(Json::Object{{"Id", ids[i]}}));
      } else {
        failed.push_back(BatchFailure(ids[i], answers[i]));
      }
    }
    return BatchAnswer(std::move(successful), std::move(failed));
  }
};

}  // namespace

Async<absl::StatusOr<Json>> SqsApi::DeleteMessage(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(std::string receipt, input.Required("ReceiptHandle"));
  std::vector<std::string> receipts;
  receipts.push_back(std::move(receipt));
  Queues::Answers answers = co_await queues_.DeleteMessages(IdOf(*queue), std::move(receipts));
  if (!answers.ok()) co_return answers.status();
  co_return EmptyUnless(answers->front());
}

Async<absl::StatusOr<Json>> SqsApi::DeleteMessageBatch(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(const std::vector<const Json*> entries, input.Entries("DeleteMessageBatchRequestEntry"));
  Batch<std::string> batch;
  for (const Json* entry : entries) {
    const SqsInput one(*entry);
    batch.Add(*one.Text("Id"), one.Required("ReceiptHandle"));
  }
  Queues::Answers answers = co_await queues_.DeleteMessages(IdOf(*queue), batch.entries);
  if (!answers.ok()) co_return answers.status();
  co_return batch.Answer(*answers);
}

Async<absl::StatusOr<Json>> SqsApi::ChangeMessageVisibility(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(VisibilityChange change, ReadChange(input, /*required=*/true));
  std::vector<VisibilityChange> changes;
  changes.push_back(std::move(change));
  Queues::Answers answers = co_await queues_.ChangeVisibility(IdOf(*queue), std::move(changes));
  if (!answers.ok()) co_return answers.status();
  co_return EmptyUnless(answers->front());
}

Async<absl::StatusOr<Json>> SqsApi::ChangeMessageVisibilityBatch(RpcCallPtr rpc) {
  const SqsInput input(rpc->input);
  CO_ASSIGN_OR_RETURN(const QueuePtr queue, QueueOf(input));
  CO_ASSIGN_OR_RETURN(const std::vector<const Json*> entries,
                      input.Entries("ChangeMessageVisibilityBatchRequestEntry"));
  Batch<VisibilityChange> batch;
  for (const Json* entry : entries) {
    const SqsInput one(*entry);
    batch.Add(*one.Text("Id"), ReadChange(one, /*required=*/false));
  }
  Queues::Answers answers = co_await queues_.ChangeVisibility(IdOf(*queue), batch.entries);
  if (!answers.ok()) co_return answers.status();
  co_return batch.Answer(*answers);
}

}  // namespace hearth::controller
