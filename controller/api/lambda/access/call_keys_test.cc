#include "controller/api/lambda/access/call_keys.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

std::vector<std::string> Find(std::string_view operation, const ApiCall& call, std::string_view key) {
  ConditionValues values;
  const CallKeys keys(operation, call);
  keys.Find(key, values);
  return {values.begin(), values.end()};
}

using Texts = std::vector<std::string>;

TEST(CallKeysTest, TellHowTheCallCame) {
  ApiCall call;
  call.source_ip = "203.0.113.9";
  call.base_url = "http://localhost:9000";
  call.headers.Add("user-agent", "curl");
  EXPECT_EQ(Find("GetFunction", call, "aws:sourceip"), Texts{"203.0.113.9"});
  EXPECT_EQ(Find("GetFunction", call, "aws:securetransport"), Texts{"false"});
  EXPECT_EQ(Find("GetFunction", call, "aws:useragent"), Texts{"curl"});
  EXPECT_EQ(Find("GetFunction", call, "aws:referer"), Texts{});
}

TEST(CallKeysTest, ReadTagsOfWhatIsTagged) {
  ApiCall call;
  call.body = R"({"Tags":{"Team":"a","Stage":"b"}})";
  EXPECT_EQ(Find("CreateFunction", call, "aws:tagkeys"), (Texts{"Team", "Stage"}));
  EXPECT_EQ(Find("CreateFunction", call, "aws:requesttag/team"), Texts{"a"});
  EXPECT_EQ(Find("CreateFunction", call, "aws:requesttag/other"), Texts{});
}

TEST(CallKeysTest, ReadTheKeysOfTagsThatAreTakenAway) {
  ApiCall call;
  const std::string longer(40, 'x');  // than what a string keeps in itself: values must live as long as the call
  call.repeated_query = {{"tagKeys", "Team"}, {"other", "x"}, {"tagKeys", longer}};
  EXPECT_EQ(Find("UntagResource", call, "aws:tagkeys"), (Texts{"Team", longer}));
  EXPECT_EQ(Find("UntagResource", call, "aws:requesttag/team"), Texts{});
  EXPECT_EQ(Find("ListTags", call, "aws:tagkeys"), Texts{});
}

TEST(CallKeysTest, ReadWhoIsGivenAPermission) {
  ApiCall call;
  call.body = R"({"Principal":"s3.amazonaws.com","FunctionUrlAuthType":"NONE"})";
  EXPECT_EQ(Find("AddPermission", call, "lambda:principal"), Texts{"s3.amazonaws.com"});
  EXPECT_EQ(Find("AddPermission", call, "lambda:functionurlauthtype"), Texts{"NONE"});
}

TEST(CallKeysTest, ReadTheCodeSigningConfigurationThatAFunctionIsGiven) {
  ApiCall call;
  call.body = R"({"CodeSigningConfigArn":"arn:c"})";
  EXPECT_EQ(Find("CreateFunction", call, "lambda:codesigningconfigarn"), Texts{"arn:c"});
  EXPECT_EQ(Find("PutFunctionCodeSigningConfig", call, "lambda:codesigningconfigarn"), Texts{"arn:c"});
  EXPECT_EQ(Find("UpdateFunctionCode", call, "lambda:codesigningconfigarn"), Texts{});
}

TEST(CallKeysTest, ReadTheTagsOfTheResourceOnceAndOnlyWhenAsked) {
  const ApiCall call;
  int reads = 0;
  const CallKeys keys("GetFunction", call, [&] {
    ++reads;
    return std::map<std::string, std::string>{{"Team", "red"}};
  });
  ConditionValues values;
  keys.Find("aws:sourceip", values);
  EXPECT_EQ(reads, 0);
  keys.Find("aws:resourcetag/team", values);
  keys.Find("aws:resourcetag/stage", values);
  EXPECT_EQ(Texts(values.begin(), values.end()), Texts{"red"});
  EXPECT_EQ(reads, 1);
}

TEST(CallKeysTest, DoNotBelieveAPayload) {
  ApiCall call;
  call.body = R"({"Tags":{"Team":"a"},"Principal":"s3.amazonaws.com","Layers":["x"]})";
  for (const char* key : {"aws:tagkeys", "aws:requesttag/team", "lambda:principal", "lambda:layer"}) {
    EXPECT_EQ(Find("Invoke", call, key), Texts{}) << key;
  }
}

TEST(CallKeysTest, ReadNothingOutOfABrokenBody) {
  ApiCall call;
  call.body = "{";
  EXPECT_EQ(Find("CreateFunction", call, "aws:tagkeys"), Texts{});
}

}  // namespace
}  // namespace hearth::controller
