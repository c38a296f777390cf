// SqsApi answers Amazon SQS: queues, their messages, permissions, tags and moves of dead letters.
//
// Shapes:  awsJson 1.0; sqs_query.h brings the older query protocol here. A queue's URL is where the client reached us,
//          its account and its name; only the last two are looked at.
// Errors:  SQS's, by name and text (sqs_errors.h); attributes that are not carried out are refused.
// Threads: any thread. Operations on queues block on disk; those on messages go on from the queues' threads.
// Source:  AWS SQS API Reference 2012-11-05; botocore's model of sqs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/api/json_rpc_service.h"
#include "controller/api/policy_cache.h"
#include "controller/api/sqs/queue_attributes.h"
#include "controller/api/sqs/sqs_input.h"
#include "controller/auth/authorizer.h"
#include "controller/queues/queues.h"

namespace hearth::controller {

class SqsApi final : public JsonRpcService {
 public:
  SqsApi(Queues& queues, const Authorizer& authorizer, std::string region)
      : queues_(queues), authorizer_(authorizer), region_(std::move(region)) {}

  std::string_view target_prefix() const override { return "AmazonSQS"; }
  std::string_view signing_name() const override { return "sqs"; }
  std::string_view content_type() const override { return "application/x-amz-json-1.0"; }
  bool is_repeatable() const override { return true; }
  std::optional<AccessRequest> AccessOf(const ApiCall& call, std::string_view operation,
                                        const Json& input) const override;
  absl::StatusOr<Json> Handle(const ApiCall& call, std::string_view operation, const Json& input) override;
  Async<absl::StatusOr<Json>> Run(RpcCallPtr rpc) override;
  HttpResponse RenderError(const absl::Status& status) const override;

  std::unique_ptr<ConditionKeys> KeysOf(const ApiCall& call, std::string_view operation, const Json& input,
                                        const ConditionKeys& of_call) const override;
  static bool IsOperation(std::string_view operation);
  // What someone must be allowed to do to the queue; other accounts by its policy, where that counts.
  AccessRequest AccessTo(const QueueId& id, std::string action, bool across_accounts) const;

 private:
  struct Request {
    const ApiCall& call;
    SqsInput input;
  };
  using Method = absl::StatusOr<Json> (SqsApi::*)(Request&);
  using AsyncMethod = Async<absl::StatusOr<Json>> (SqsApi::*)(RpcCallPtr);
  static Method FindMethod(std::string_view operation);
  static AsyncMethod FindAsyncMethod(std::string_view operation);

  // sqs_queues.cc
  absl::StatusOr<Json> CreateQueue(Request& request);
  absl::StatusOr<Json> DeleteQueue(Request& request);
  absl::StatusOr<Json> GetQueueUrl(Request& request);
  absl::StatusOr<Json> ListQueues(Request& request);
  absl::StatusOr<Json> GetQueueAttributes(Request& request);
  absl::StatusOr<Json> SetQueueAttributes(Request& request);
  absl::StatusOr<Json> PurgeQueue(Request& request);
  absl::StatusOr<Json> ListDeadLetterSourceQueues(Request& request);
  absl::StatusOr<QueuePtr> FindSame(const records::Queue& queue, const std::map<std::string, std::string>& attributes);
  FindQueue Finder() const;

  // sqs_permissions.cc
  absl::StatusOr<Json> AddPermission(Request& request);
  absl::StatusOr<Json> RemovePermission(Request& request);
  absl::StatusOr<Json> TagQueue(Request& request);
  absl::StatusOr<Json> UntagQueue(Request& request);
  absl::StatusOr<Json> ListQueueTags(Request& request);

  // sqs_moves.cc
  absl::StatusOr<Json> StartMessageMoveTask(Request& request);
  absl::StatusOr<Json> ListMessageMoveTasks(Request& request);
  absl::StatusOr<Json> CancelMessageMoveTask(Request& request);
  absl::Status CheckMove(const Identity& caller, const QueueId& source, const std::string& destination_arn) const;

  // sqs_send.cc
  Async<absl::StatusOr<Json>> SendMessage(RpcCallPtr rpc);
  Async<absl::StatusOr<Json>> SendMessageBatch(RpcCallPtr rpc);

  // sqs_receive.cc
  Async<absl::StatusOr<Json>> ReceiveMessage(RpcCallPtr rpc);
  absl::StatusOr<ReceiveRequest> ReadReceive(const RpcCall& rpc, const records::Queue& queue) const;

  // sqs_delete.cc
  Async<absl::StatusOr<Json>> DeleteMessage(RpcCallPtr rpc);
  Async<absl::StatusOr<Json>> DeleteMessageBatch(RpcCallPtr rpc);
  Async<absl::StatusOr<Json>> ChangeMessageVisibility(RpcCallPtr rpc);
  Async<absl::StatusOr<Json>> ChangeMessageVisibilityBatch(RpcCallPtr rpc);

  // The queue that QueueUrl names; it exists.
  absl::StatusOr<QueuePtr> QueueOf(const SqsInput& input) const;

  Queues& queues_;
  const Authorizer& authorizer_;
  const std::string region_;
  const PolicyCache policies_;
};

// sqs_send.cc, for whoever else puts messages into queues on behalf of a caller: checks and checksums of one message.
absl::StatusOr<NewMessage> ReadNewMessage(const SqsInput& input, const records::Queue& queue,
                                          const std::string& sender_id);
// sqs_permissions.cc: adds tags, as many as a queue may have.
absl::Status AddQueueTags(const std::map<std::string, std::string>& tags, records::Queue& queue);
// An empty object when OK.
absl::StatusOr<Json> EmptyUnless(const absl::Status& status);
// The token of a page that goes on after `last`, and back.
std::string SqsPageToken(std::string_view last);
absl::StatusOr<std::string> AfterSqsPage(const SqsInput& input);
// Failed entries of a batch go here, the others where they belong.
Json BatchFailure(const std::string& id, const absl::Status& status);
Json BatchAnswer(Json::Array successful, Json::Array failed);

}  // namespace hearth::controller
