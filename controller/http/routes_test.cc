#include "controller/http/routes.h"

#include "controller/api/lambda/access/lambda_actions.h"

#include <gtest/gtest.h>

#include "common/uri.h"

namespace hearth::controller {
namespace {

std::string Operation(std::string_view method, std::string_view path, std::string_view query = "") {
  const auto match = MatchRoute(method, path, ParseQuery(query));
  return match ? std::string(match->operation) : "none";
}

TEST(RoutesTest, KnowOperationsByMethodAndPath) {
  EXPECT_EQ(Operation("POST", "/2015-03-31/functions"), "CreateFunction");
  EXPECT_EQ(Operation("GET", "/2015-03-31/functions"), "ListFunctions");
  EXPECT_EQ(Operation("GET", "/2015-03-31/functions/hello"), "GetFunction");
  EXPECT_EQ(Operation("DELETE", "/2015-03-31/functions/hello"), "DeleteFunction");
  EXPECT_EQ(Operation("PUT", "/2015-03-31/functions/hello/code"), "UpdateFunctionCode");
  EXPECT_EQ(Operation("POST", "/2015-03-31/functions/hello/invocations"), "Invoke");
  EXPECT_EQ(Operation("GET", "/2016-08-19/account-settings"), "GetAccountSettings");
  EXPECT_EQ(Operation("PUT", "/2017-10-31/functions/hello/concurrency"), "PutFunctionConcurrency");
  EXPECT_EQ(Operation("GET", "/2019-09-30/functions/hello/concurrency"), "GetFunctionConcurrency");
}

TEST(RoutesTest, IgnoreASlashAtTheEnd) {
  EXPECT_EQ(Operation("GET", "/2015-03-31/functions/"), "ListFunctions");
  EXPECT_EQ(Operation("GET", "/2016-08-19/account-settings/"), "GetAccountSettings");
  EXPECT_EQ(Operation("POST", "/2014-11-13/functions/hello/invoke-async/"), "InvokeAsync");
}

TEST(RoutesTest, TellTwinsApartByTheirQuery) {
  EXPECT_EQ(Operation("GET", "/2018-10-31/layers"), "ListLayers");
  EXPECT_EQ(Operation("GET", "/2018-10-31/layers", "find=LayerVersion&Arn=a"), "GetLayerVersionByArn");
  EXPECT_EQ(Operation("GET", "/2019-09-30/functions/f/provisioned-concurrency", "Qualifier=1"),
            "GetProvisionedConcurrencyConfig");
  EXPECT_EQ(Operation("GET", "/2019-09-30/functions/f/provisioned-concurrency", "List=ALL"),
            "ListProvisionedConcurrencyConfigs");
}

TEST(RoutesTest, DecodeLabelsOnce) {
  const auto match = MatchRoute("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%253A/configuration", {});
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->labels.at("FunctionName"), "arn:aws:lambda%3A");
}

TEST(RoutesTest, TakeAResourceWithItsSlashes) {
  const auto raw = MatchRoute("GET", "/2017-03-31/tags/arn:aws:lambda:r:0:function:f/durable/x", {});
  ASSERT_TRUE(raw.has_value());
  EXPECT_EQ(raw->labels.at("Resource"), "arn:aws:lambda:r:0:function:f/durable/x");
  const auto encoded = MatchRoute("POST", "/2017-03-31/tags/arn%3Aaws%2Ff", {});
  ASSERT_TRUE(encoded.has_value());
  EXPECT_EQ(encoded->operation, "TagResource");
  EXPECT_EQ(encoded->labels.at("Resource"), "arn:aws/f");
}

TEST(RoutesTest, DoNotKnowOtherPaths) {
  for (const char* path : {"/", "", "/2015-03-31", "/2015-03-31/functionsX", "/2015-03-31/functions//configuration",
                           "/2015-03-31/functions/hello/unknown", "/2015-03-31/functions/hello/code/more", "*",
                           "/2015-03-31//functions"}) {
    EXPECT_EQ(Operation("GET", path), "none") << path;
  }
  EXPECT_EQ(Operation("PATCH", "/2015-03-31/functions/hello"), "none");
  EXPECT_EQ(Operation("GET", "/" + std::string(100000, '/')), "none");
}

TEST(RoutesTest, KnowAPathWhateverTheMethod) {
  EXPECT_TRUE(IsKnownPath("/2015-03-31/functions/hello/invocations", {}));
  EXPECT_FALSE(IsKnownPath("/2015-03-31/functions/hello/unknown", {}));
}

TEST(RoutesTest, LeadToNoOperationWithoutAnAction) {
  EXPECT_EQ(RoutedOperations().size(), 85u);
  for (const std::string_view operation : RoutedOperations()) {
    ASSERT_NE(FindLambdaAction(operation), nullptr) << operation;
    EXPECT_TRUE(FindLambdaAction(operation)->action.starts_with("lambda:")) << operation;
  }
}

TEST(RoutesTest, LimitBodiesByOperation) {
  EXPECT_EQ(BodyLimitOf("Invoke").bytes, 6291456u);
  EXPECT_EQ(BodyLimitOf("CreateFunction").bytes, 70167211u);
  EXPECT_EQ(BodyLimitOf("ListFunctions").bytes, 1048576u);
}

}  // namespace
}  // namespace hearth::controller
