#include "controller/api/lambda/event_invoke_config.h"

#include "controller/api/lambda/lambda_test_support.h"
#include "controller/api/lambda/paging.h"

namespace hearth::controller {
namespace {

class EventInvokeConfigTest : public LambdaTest {
 protected:
  EventInvokeConfigTest() { CreateActive(); }

  static Json Destination(const std::string& arn) { return Json(Json::Object{{"Destination", arn}}); }
  static std::string ArnOf(const std::string& name) {
    return "arn:aws:lambda:" + std::string(kTestRegion) + ":000000000000:function:" + name;
  }
  Answer Put(Json body) { return Read(api_.Put(Call(std::move(body)))); }

  const std::unique_ptr<EventInvokeConfigs> configs_ = *EventInvokeConfigs::Open(*database_, *functions_);
  absl::Status may_;
  std::string asked_;  // the last function that was to be told
  EventInvokeConfigApi api_{
      kTestRegion,
      *configs_,
      catalog_,
      clock_,
      {.may_invoke = [this](const records::FunctionVersion& function, const InvokeTarget& target) {
        asked_ = function.role() + " " + target.function_name + ":" + target.qualifier;
        return may_;
      }}};
};

TEST_F(EventInvokeConfigTest, PutReplacesAndUpdateMerges) {
  EXPECT_EQ(Put(Json(Json::Object{{"MaximumRetryAttempts", 1}, {"MaximumEventAgeInSeconds", 60}})).status, 200);
  const Answer merged = Read(api_.Update(Call(Json(Json::Object{{"MaximumRetryAttempts", 0}}))));
  EXPECT_EQ(merged.body.Find("MaximumRetryAttempts")->as_integer(), 0);
  EXPECT_EQ(merged.body.Find("MaximumEventAgeInSeconds")->as_integer(), 60);
  EXPECT_EQ(merged.body.Find("FunctionArn")->as_string(), ArnOf("hello:$LATEST"));
  EXPECT_EQ(merged.body.Find("DestinationConfig")->Dump(), R"({"OnSuccess":{},"OnFailure":{}})");
  const Answer replaced = Put(Json(Json::Object{{"MaximumRetryAttempts", 2}}));
  EXPECT_EQ(replaced.body.Find("MaximumEventAgeInSeconds"), nullptr);
}

TEST_F(EventInvokeConfigTest, PutWantsSomething) {
  const Answer answer = Put(Json(Json::Object()));
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_EQ(answer.text, "You must specify at least one of error handling or destination setting.");
}

TEST_F(EventInvokeConfigTest, RangesAreAws) {
  for (const auto& [member, value] :
       {std::pair("MaximumRetryAttempts", 3), {"MaximumEventAgeInSeconds", 59}, {"MaximumEventAgeInSeconds", 21601}}) {
    EXPECT_EQ(Put(Json(Json::Object{{member, value}})).error, "ValidationException") << member << value;
  }
}

TEST_F(EventInvokeConfigTest, ADestinationIsAFunctionThatExists) {
  const auto put = [&](const std::string& arn) {
    return Put(Json(Json::Object{{"DestinationConfig", Json(Json::Object{{"OnFailure", Destination(arn)}})}}));
  };
  EXPECT_EQ(put(ArnOf("hello")).text, "You can't specify the function as a destination for itself.");
  ASSERT_EQ(Create({{"FunctionName", "listener"}}).status, 201);
  EXPECT_EQ(put(ArnOf("listener")).status, 200);
  for (const char* arn : {"arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sns:us-east-1:000000000000:t",
                          "arn:aws:events:us-east-1:000000000000:event-bus/b", "arn:aws:s3:::b",
                          "arn:aws:lambda:us-east-1:111111111111:function:hello"}) {
    EXPECT_EQ(put(arn).error, "InvalidParameterValueException") << arn;
  }
  EXPECT_EQ(put(ArnOf("nobody")).text, "The destination ARN " + ArnOf("nobody") + " is invalid.");
  EXPECT_EQ(put("arn:aws:dynamodb:us-east-1:000000000000:table/t").text,
            "The provided destination config DestinationConfig(onSuccess=null, "
            "onFailure=OnFailure(destination=arn:aws:dynamodb:us-east-1:000000000000:table/t)) is invalid.");
  EXPECT_EQ(put("queue").error, "ValidationException");
}

TEST_F(EventInvokeConfigTest, TheRoleMustBeAllowedToRunADestination) {
  ASSERT_EQ(Create({{"FunctionName", "listener"}}).status, 201);
  may_ = absl::PermissionDeniedError("no");
  const Json body(
      Json::Object{{"DestinationConfig", Json(Json::Object{{"OnSuccess", Destination(ArnOf("listener:live"))}})}});
  const Answer refused = Put(body);
  EXPECT_EQ(refused.error, "InvalidParameterValueException");
  EXPECT_EQ(refused.text, "The function's execution role does not have permissions to call InvokeFunction on " +
                              ArnOf("listener:live"));
  EXPECT_EQ(asked_, std::string(kTestRole) + " listener:live");
  EXPECT_EQ(Put(Json(Json::Object{{"MaximumRetryAttempts", 1}})).status, 200);
  EXPECT_EQ(Read(api_.Update(Call(body))).text, refused.text);
}

TEST_F(EventInvokeConfigTest, WhatIsNotThereIsSaidInAwssWords) {
  const Answer none = Read(api_.Get(Call()));
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(none.text, "The function " + ArnOf("hello:$LATEST") + " doesn't have an EventInvokeConfig");
  EXPECT_EQ(Read(api_.Delete(Call())).text, none.text);
  EXPECT_EQ(Read(api_.Get(Named("nobody"))).status, 404);
  ApiCall nobody = Named("nobody");
  nobody.body = R"({"MaximumRetryAttempts":1})";
  EXPECT_EQ(Read(api_.Put(nobody)).text, "The function doesn't exist.");
  EXPECT_EQ(Read(api_.Update(nobody)).text, "The function doesn't exist.");
  EXPECT_EQ(Read(api_.List(nobody)).text, "The function doesn't exist.");
}

TEST_F(EventInvokeConfigTest, ListsWhatThereIs) {
  EXPECT_EQ(Read(api_.List(Call())).raw, R"({"FunctionEventInvokeConfigs":[]})");
  Put(Json(Json::Object{{"MaximumRetryAttempts", 1}}));
  const Answer listed = Read(api_.List(Call()));
  EXPECT_EQ(listed.body.Find("FunctionEventInvokeConfigs")->as_array().size(), 1u);
  EXPECT_EQ(Read(api_.Delete(Call())).status, 204);
  EXPECT_EQ(Read(api_.List(Call())).raw, R"({"FunctionEventInvokeConfigs":[]})");
}

TEST_F(EventInvokeConfigTest, GoesOnAfterItsOwnMarkersAndNoOthers) {
  ASSERT_EQ(Run("CreateAlias", R"({"Name":"live","FunctionVersion":"$LATEST"})").status, 201);
  const std::string live = "live";
  for (const std::string* qualifier : {static_cast<const std::string*>(nullptr), &live}) {
    ApiCall call = Named("hello", qualifier);
    call.body = R"({"MaximumRetryAttempts":1})";
    ASSERT_EQ(Read(api_.Put(call)).status, 200);
  }
  ApiCall call = Call();
  call.query["MaxItems"] = "1";
  const Answer first = Read(api_.List(call));
  call.query["Marker"] = Text(first.body, "NextMarker");
  const Answer second = Read(api_.List(call));
  EXPECT_EQ(Text(second.body.Find("FunctionEventInvokeConfigs")->as_array().at(0), "FunctionArn"), ArnOf("hello:live"));
  EXPECT_EQ(second.body.Find("NextMarker"), nullptr);
  for (const std::string& marker : {MakeMarker("aliases", "a"), Base64Encode("$LATEST"), std::string("%")}) {
    call.query["Marker"] = marker;
    EXPECT_EQ(Read(api_.List(call)).error, "InvalidParameterValueException") << marker;
  }
}

}  // namespace
}  // namespace hearth::controller
