// KMS on an in-memory database, called as the frontend calls it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"
#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/kms/kms_test_support.h"

namespace hearth::controller {

struct Answer {
  Json body;
  std::string error;
  std::string text;
};

class KmsApiTest : public KmsTest {
 protected:
  Answer Call(std::string_view operation, const std::string& input) {
    ApiCall call;
    call.caller = caller_;
    const absl::StatusOr<Json> output = api_.Handle(call, operation, *Json::Parse(input));
    if (output.ok()) return {*output, "", ""};
    return {Json(), AwsErrorShape(output.status()).value_or("ours"), std::string(output.status().message())};
  }
  std::string NewKey() { return Call("CreateKey", "{}").body.Find("KeyMetadata")->Find("KeyId")->as_string(); }
  static std::string With(const std::string& key_id, const std::string& more) {
    return R"({"KeyId":")" + key_id + R"(")" + (more.empty() ? "" : "," + more) + "}";
  }
  std::string State(const std::string& id) {
    return Call("DescribeKey", With(id, "")).body.Find("KeyMetadata")->Find("KeyState")->as_string();
  }

  // The resource and action that must be allowed, "ACTION on RESOURCE".
  std::string AccessOf(std::string_view operation, const std::string& input) {
    ApiCall call;
    call.caller = caller_;
    const std::optional<AccessRequest> access = api_.AccessOf(call, operation, *Json::Parse(input));
    return access ? access->action + " on " + access->resource : "none";
  }

  Identity caller_ = RootIdentity("000000000000", "AKIATEST");
  WrittenPolicies policies_;
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  std::unique_ptr<KmsGrants> grants_ = *KmsGrants::Open(*database_, clock_, random_);
  KeyAccess access_{keys_, *grants_, authorizer_};
  std::set<std::string> absent_;  // principals that are not there
  KmsApi api_{
      keys_,      *grants_,
      access_,    [this](const std::string&, const std::string& principal) { return !absent_.contains(principal); },
      clock_,     random_,
      "eu-west-1"};
};

}  // namespace hearth::controller
