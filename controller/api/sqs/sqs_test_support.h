// What the tests of SQS's two protocols share: queues in memory, a caller, and calls that are waited for.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "controller/api/aws_error.h"
#include "controller/api/sqs/sqs_api.h"
#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy_authorizer.h"

namespace hearth::controller {

class SqsTest : public testing::Test {
 protected:
  struct Answer {
    Json body;
    std::string error;
    std::string text;
  };

  Answer Call(std::string_view operation, const std::string& input) {
    auto rpc = std::make_shared<RpcCall>();
    rpc->call.caller = caller_;
    rpc->call.base_url = "http://localhost:9000";
    rpc->call.headers = headers_;
    rpc->operation = operation;
    rpc->input = *Json::Parse(input);
    std::promise<absl::StatusOr<Json>> promise;
    StartAsync(api_.Run(rpc), [&](absl::StatusOr<Json> output) { promise.set_value(std::move(output)); });
    const absl::StatusOr<Json> output = promise.get_future().get();
    if (output.ok()) return {*output, "", ""};
    return {Json(), AwsErrorShape(output.status()).value_or("ours"), std::string(output.status().message())};
  }
  // The same with the URL of a queue among the members.
  Answer On(const std::string& queue, std::string_view operation, const std::string& more = "") {
    return Call(operation, R"({"QueueUrl":"http://localhost:9000/000000000000/)" + queue + "\"" +
                               (more.empty() ? "" : "," + more) + "}");
  }
  static std::string TextIn(const Json& body, std::string_view member) {
    const Json* found = body.Find(member);
    return found != nullptr && found->is_string() ? found->as_string() : "";
  }

  FakeClock clock_;
  SeededRandom random_{3};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  CommitThread commits_{*database_};
  std::unique_ptr<Queues> queues_ =
      Queues::Open({.region = "eu-west-1"}, *database_, commits_, clock_, random_).value();
  HttpHeaders headers_;  // of every call
  Identity caller_ = RootIdentity("000000000000", "AKIATEST");
  WrittenPolicies policies_;
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  SqsApi api_{*queues_, authorizer_, "eu-west-1"};
};

}  // namespace hearth::controller
