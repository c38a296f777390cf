#include "controller/api/lambda/configuration/tags.h"

#include <fmt/format.h>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class TagsApiTest : public LambdaTest {
 protected:
  static ApiCall Resource(ApiCall call, const std::string& arn = kTestArn) {
    call.labels["Resource"] = arn;
    return call;
  }
  Answer Tag(Json tags, const std::string& arn = kTestArn) {
    return Read(tags_api_.Tag(Resource(Call(Json(Json::Object{{"Tags", std::move(tags)}})), arn)));
  }
  Answer Untag(const std::vector<std::string>& keys, const std::string& arn = kTestArn) {
    ApiCall call = Resource(Call(), arn);
    for (const std::string& key : keys) call.repeated_query.emplace_back("tagKeys", key);
    return Read(tags_api_.Untag(call));
  }
  Answer List(const std::string& arn = kTestArn) { return Read(tags_api_.List(Resource(Call(), arn))); }
  static Json Tags(std::initializer_list<Json::Member> tags) { return Json(Json::Object(tags)); }
};

TEST_F(TagsApiTest, MergesWhatIsGivenIntoWhatIsThere) {
  CreateActive();
  EXPECT_EQ(Tag(Tags({{"a", "1"}, {"b", "2"}})).status, 204);
  EXPECT_EQ(Tag(Tags({{"b", "3"}, {"c", ""}})).status, 204);
  EXPECT_EQ(List().raw, R"({"Tags":{"a":"1","b":"3","c":""}})");
  EXPECT_EQ(Get().body.Find("Tags")->Dump(), R"({"a":"1","b":"3","c":""})");
}

TEST_F(TagsApiTest, LeavesRevisionAndEnvironmentsAlone) {
  CreateActive();
  const records::FunctionVersion before = functions_->Get({kTestAccount, "hello"})->latest();
  ASSERT_EQ(Tag(Tags({{"a", "1"}})).status, 204);
  EXPECT_EQ(functions_->Get({kTestAccount, "hello"})->latest().SerializeAsString(), before.SerializeAsString());
}

TEST_F(TagsApiTest, TakesAwayTheKeysNamedAndNoOther) {
  CreateActive();
  Tag(Tags({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(Untag({"a", "c", "never"}).status, 204);
  EXPECT_EQ(List().raw, R"({"Tags":{"b":"2"}})");
}

TEST_F(TagsApiTest, HoldsAtMostFiftyTagsInAll) {
  CreateActive();
  Json most{Json::Object()};
  for (int i = 0; i < 50; ++i) most.Set(fmt::format("key{}", i), "v");
  ASSERT_EQ(Tag(most).status, 204);
  EXPECT_EQ(Tag(Tags({{"key0", "again"}})).status, 204);
  const Answer answer = Tag(Tags({{"one more", "v"}}));
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_EQ(answer.text, "Number of tags exceeds resource tag limit.");
}

TEST_F(TagsApiTest, RefusesAnEmptyMapAndAnAbsentOne) {
  CreateActive();
  EXPECT_EQ(Tag(Tags({})).text, "An error occurred and the request cannot be processed.");
  EXPECT_EQ(Read(tags_api_.Tag(Resource(Call()))).text,
            "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(Untag({}).text,
            "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be "
            "null");
}

TEST_F(TagsApiTest, RefusesTheReservedPrefix) {
  CreateActive();
  EXPECT_EQ(Tag(Tags({{"aws:x", "1"}})).error, "InvalidParameterValueException");
}

TEST_F(TagsApiTest, RefusesAVersionOrAliasInItsOwnWords) {
  CreateActive();
  for (const char* qualifier : {":$LATEST", ":1", ":live"}) {
    const Answer answer = List(std::string(kTestArn) + qualifier);
    EXPECT_EQ(answer.error, "InvalidParameterValueException");
    EXPECT_EQ(answer.text, "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
}

TEST_F(TagsApiTest, TagsAMappingThatStands) {
  records::EventSource source;
  source.set_account(kTestAccount);
  source.set_id("00000000-0000-4000-8000-000000000000");
  ASSERT_TRUE(event_sources_.Create(source).ok());
  const std::string arn = "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:" + source.id();
  EXPECT_EQ(List(arn).raw, R"({"Tags":{}})");
  EXPECT_EQ(Tag(Tags({{"a", "1"}, {"b", "2"}}), arn).status, 204);
  EXPECT_EQ(Untag({"a"}, arn).status, 204);
  EXPECT_EQ(List(arn).raw, R"({"Tags":{"b":"2"}})");
  EXPECT_EQ(Tag(Tags({{"aws:x", "1"}}), arn).error, "InvalidParameterValueException");
}

TEST_F(TagsApiTest, SaysWhichResourceIsAbsent) {
  EXPECT_EQ(List().text, fmt::format("Function not found: {}", kTestArn));
  EXPECT_EQ(Tag(Tags({{"a", "b"}})).text, fmt::format("Function not found: {}", kTestArn));
  const std::string mapping =
      "arn:aws:lambda:eu-west-1:000000000000:event-source-mapping:00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(List(mapping).text, "Event source mapping not found: " + mapping);
  const std::string config = "arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-00000000000000000";
  for (const Answer& answer : {List(config), Tag(Tags({{"a", "b"}}), config), Untag({"a"}, config)}) {
    EXPECT_EQ(answer.text, "The Lambda code signing configuration " + config + " can not be found.");
  }
  const std::string provider = "arn:aws:lambda:eu-west-1:000000000000:capacity-provider:x";
  EXPECT_EQ(List(provider).text, "Capacity provider not found: " + provider);
  EXPECT_EQ(List("arn:aws:lambda:eu-west-1:000000000000:layer:x").error, "InvalidParameterValueException");
}

TEST_F(TagsApiTest, TagsCodeSigningConfigurations) {
  records::CodeSigningConfig config;
  config.set_account(kTestAccount);
  config.set_id("csc-00000000000000001");
  ASSERT_TRUE(code_signing_store_.Create(config, {{"a", "1"}}).ok());
  const std::string arn = "arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-00000000000000001";
  EXPECT_EQ(Tag(Tags({{"b", "2"}}), arn).status, 204);
  EXPECT_EQ(Untag({"a"}, arn).status, 204);
  EXPECT_EQ(List(arn).raw, R"({"Tags":{"b":"2"}})");
  Json too_many{Json::Object()};
  for (int i = 0; i < 50; ++i) too_many.Set(fmt::format("key{}", i), "v");
  EXPECT_EQ(Tag(too_many, arn).text, "Number of tags exceeds resource tag limit.");
  EXPECT_EQ(List(arn).raw, R"({"Tags":{"b":"2"}})");
}

TEST_F(TagsApiTest, ChecksRegionBeforeAccount) {
  EXPECT_EQ(List("arn:aws:lambda:us-east-1:111111111111:function:x").text,
            "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')");
  EXPECT_EQ(List("arn:aws:lambda:eu-west-1:111111111111:function:x").status, 403);
}

TEST_F(TagsApiTest, RefusesWhatIsNoTaggableArn) {
  for (const char* arn :
       {"hello", "arn:aws:s3:::bucket",
        "arn:aws:lambda:eu-west-1:000000000000:function:", "arn:aws:lambda:eu-west-1:000000000000:function:a:b:c",
        "arn:aws:lambda:eu-west-1:0000:function:a", "arn:aws:lambda:eu-west-1:000000000000:thing:a"}) {
    const Answer answer = List(arn);
    EXPECT_EQ(answer.error, "ValidationException") << arn;
    EXPECT_TRUE(answer.text.starts_with(
        fmt::format("1 validation error detected: Value '{}' at 'resource' failed to satisfy constraint: Member must "
                    "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:",
                    arn)))
        << answer.text;
  }
}

}  // namespace
}  // namespace hearth::controller
