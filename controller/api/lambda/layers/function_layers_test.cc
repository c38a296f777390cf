#include "controller/api/lambda/layers/function_layers.h"

#include "common/limits.h"
#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class FunctionLayersTest : public LambdaTest {
 protected:
  // Answers the ARN of the version.
  std::string Publish(const std::string& name, int64_t unzipped_bytes = 10) {
    inspection_ = ZipSummary{unzipped_bytes, 1};
    ApiCall call = Call(Json(Json::Object{{"Content", Json(Json::Object{{"ZipFile", Base64Encode("PK " + name)}})}}));
    call.labels["LayerName"] = name;
    const Answer answer = Read(layers_api_.Publish(call));
    inspection_ = ZipSummary{10, 1};
    return answer.body.Find("LayerVersionArn")->as_string();
  }
  static Json Arns(const std::vector<std::string>& arns) { return Json(Json::Array(arns.begin(), arns.end())); }
  Answer CreateWith(const std::vector<std::string>& arns) { return Create({{"Layers", Arns(arns)}}); }
  void Settle() { ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok()); }
};

TEST_F(FunctionLayersTest, ShowsTheLayersOfAFunctionInOrder) {
  const std::string second = Publish("b"), first = Publish("a");
  const Answer answer = CreateWith({second, first});
  ASSERT_EQ(answer.status, 201) << answer.raw;
  EXPECT_EQ(answer.body.Find("Layers")->Dump(),
            R"([{"Arn":")" + second + R"(","CodeSize":4},{"Arn":")" + first + R"(","CodeSize":4}])");
}

TEST_F(FunctionLayersTest, KeepsLayersThatAnUpdateDoesNotName) {
  CreateWith({Publish("a")});
  Settle();
  EXPECT_NE(UpdateConfiguration(Json(Json::Object{{"Timeout", 5}})).body.Find("Layers"), nullptr);
}

TEST_F(FunctionLayersTest, ReplacesAndClearsLayers) {
  CreateWith({Publish("a")});
  Settle();
  const std::string other = Publish("b");
  const Answer replaced = UpdateConfiguration(Json(Json::Object{{"Layers", Arns({other})}}));
  EXPECT_EQ(replaced.body.Find("Layers")->as_array().at(0).Find("Arn")->as_string(), other);
  Settle();
  EXPECT_EQ(UpdateConfiguration(Json(Json::Object{{"Layers", Arns({})}})).body.Find("Layers"), nullptr);
}

TEST_F(FunctionLayersTest, KeepsALayerThatWasDeleted) {
  const std::string arn = Publish("a");
  CreateWith({arn});
  ASSERT_TRUE(layer_store_->Delete({kTestAccount, "a", 1}).ok());
  EXPECT_NE(Get().body.Find("Configuration")->Find("Layers"), nullptr);
  EXPECT_TRUE(functions_->code_references().InUse(Sha256Hex("PK a")));
}

TEST_F(FunctionLayersTest, RefusesALayerThatDoesNotExist) {
  const std::string arn = "arn:aws:lambda:eu-west-1:000000000000:layer:none:7";
  const Answer answer = CreateWith({arn});
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_EQ(answer.text, "Layer version " + arn + " does not exist.");
  EXPECT_EQ(CreateWith({"arn:aws:lambda:::awslayer:AmazonLinux"}).text,
            "Layer version arn:aws:lambda:::awslayer:AmazonLinux does not exist.");
}

TEST_F(FunctionLayersTest, RefusesMoreThanFive) {
  std::vector<std::string> arns;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) arns.push_back(Publish(name));
  EXPECT_EQ(CreateWith(arns).text, "Cannot reference more than 5 layers.");
}

TEST_F(FunctionLayersTest, RefusesTwoVersionsOfOneLayer) {
  const std::string one = Publish("a"), two = Publish("a");
  EXPECT_EQ(CreateWith({one, two}).text,
            "Two different versions of the same layer are not allowed to be referenced in the same function. " + one +
                " and " + two + " are versions of the same layer.");
  EXPECT_EQ(CreateWith({one, one}).error, "InvalidParameterValueException");
}

TEST_F(FunctionLayersTest, RefusesALayerOfAnotherRegion) {
  EXPECT_EQ(CreateWith({"arn:aws:lambda:us-east-1:000000000000:layer:a:1"}).text,
            "Layers are not in the same region as the function. Layers are expected to be in region eu-west-1.");
}

TEST_F(FunctionLayersTest, RefusesAnArnWithoutAVersion) {
  const Answer answer = CreateWith({"arn:aws:lambda:eu-west-1:000000000000:layer:a"});
  EXPECT_EQ(answer.error, "ValidationException");
  EXPECT_EQ(answer.text,
            "1 validation error detected: Value '[arn:aws:lambda:eu-west-1:000000000000:layer:a]' at 'layers' failed "
            "to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to "
            "2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
            R"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:)"
            R"([a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null])");
}

TEST_F(FunctionLayersTest, RefusesALayerOfAnotherAccountThatIsNotShared) {
  const std::string arn = "arn:aws:lambda:eu-west-1:111111111111:layer:a:1";
  EXPECT_EQ(CreateWith({arn}).error, "AccessDeniedException");
}

TEST_F(FunctionLayersTest, MeasuresCodeAndLayersTogether) {
  const std::string big = Publish("big", kMaxUnzippedBytes - 10);
  ASSERT_EQ(CreateWith({big}).status, 201);
  Settle();
  inspection_ = ZipSummary{11, 1};
  const Answer grown = UpdateCode(Json(Json::Object{{"ZipFile", Base64Encode("PK zip two")}}));
  EXPECT_EQ(grown.text,
            "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size "
            "is 262144001 bytes.");
  const Answer more = UpdateConfiguration(Json(Json::Object{{"Layers", Arns({big, Publish("small", 11)})}}));
  EXPECT_EQ(more.text, "Layers consume more than the available size of 262144000 bytes");
}

}  // namespace
}  // namespace hearth::controller
