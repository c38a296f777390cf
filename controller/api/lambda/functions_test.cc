#include "controller/api/lambda/functions.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class FunctionsTest : public LambdaTest {};

TEST_F(FunctionsTest, ShowsANewFunctionAsPendingWithAwsDefaults) {
  const Answer answer = Create();
  EXPECT_EQ(answer.status, 201);
  Json body = answer.body;
  for (const char* varying : {"RevisionId", "RuntimeVersionConfig", "LastModified"})
    EXPECT_NE(body.Find(varying), nullptr);
  EXPECT_EQ(Text(body, "State"), "Pending");
  EXPECT_EQ(Text(body, "StateReason"), "The function is being created.");
  EXPECT_EQ(Text(body, "StateReasonCode"), "Creating");
  EXPECT_EQ(body.Find("LastUpdateStatus"), nullptr);
  EXPECT_EQ(body.Find("Environment"), nullptr);
  EXPECT_EQ(Text(body, "FunctionArn"), kTestArn);
  EXPECT_EQ(Text(body, "Version"), "$LATEST");
  EXPECT_EQ(Text(body, "Description"), "");
  EXPECT_EQ(body.Find("MemorySize")->as_integer(), 128);
  EXPECT_EQ(body.Find("Timeout")->as_integer(), 3);
  EXPECT_EQ(body.Find("EphemeralStorage")->Dump(), R"({"Size":512})");
  EXPECT_EQ(body.Find("TracingConfig")->Dump(), R"({"Mode":"PassThrough"})");
  EXPECT_EQ(body.Find("Architectures")->Dump(), R"(["x86_64"])");
  EXPECT_EQ(body.Find("SnapStart")->Dump(), R"({"ApplyOn":"None","OptimizationStatus":"Off"})");
  EXPECT_EQ(body.Find("LoggingConfig")->Dump(), R"({"LogFormat":"Text","LogGroup":"/aws/lambda/hello"})");
  EXPECT_EQ(Text(body, "CodeSha256"), Base64Encode(Sha256("PK zip one")));
  EXPECT_EQ(body.Find("CodeSize")->as_integer(), 10);
}

TEST_F(FunctionsTest, ShowsTheFunctionAsActiveOnTheNextRead) {
  const std::string first_revision = Text(Create().body, "RevisionId");
  const Json configuration = *Get().body.Find("Configuration");
  EXPECT_EQ(Text(configuration, "State"), "Active");
  EXPECT_EQ(Text(configuration, "LastUpdateStatus"), "Successful");
  EXPECT_EQ(configuration.Find("StateReason"), nullptr);
  EXPECT_NE(Text(configuration, "RevisionId"), first_revision);
}

TEST_F(FunctionsTest, KeepsThePackageUnderItsHash) {
  Create();
  EXPECT_EQ(code_store_.Read(Sha256Hex("PK zip one")).value_or(""), "PK zip one");
}

TEST_F(FunctionsTest, LeadsToThePackageWithALinkOfItsOwn) {
  Create();
  const std::string location = Text(*Get().body.Find("Code"), "Location");
  HttpRequest request;
  request.method = "GET";
  request.target = location.substr(std::string("http://localhost:9000").size());
  request.headers.Add("Host", "localhost:9000");
  EXPECT_EQ(std::get<std::string>(links_.Check(request)), Sha256Hex("PK zip one"));
}

TEST_F(FunctionsTest, EchoesAnEnvironmentEvenWhenItIsEmpty) {
  Create({{"Environment", Json(Json::Object{{"Variables", Json(Json::Object())}})}});
  EXPECT_EQ(Get().body.Find("Configuration")->Find("Environment")->Dump(), R"({"Variables":{}})");
}

TEST_F(FunctionsTest, KeepsVariablesSealed) {
  const Answer answer = Create({{"Environment", *Json::Parse(R"({"Variables":{"SECRET":"hunter2"}})")}});
  EXPECT_EQ(answer.body.Find("Environment")->Dump(), R"({"Variables":{"SECRET":"hunter2"}})");
  const std::vector<KeyValue> pairs = *database_->Scan("", "", 100);
  for (const KeyValue& pair : pairs) EXPECT_EQ(pair.value.find("hunter2"), std::string::npos);
}

TEST_F(FunctionsTest, ReturnsTagsOnlyWhenThereAreAny) {
  Create({{"Tags", *Json::Parse(R"({"team":"fire"})")}});
  EXPECT_EQ(Get().body.Find("Tags")->Dump(), R"({"team":"fire"})");
  Create({{"FunctionName", "plain"}});
  EXPECT_EQ(Get("plain").body.Find("Tags"), nullptr);
}

TEST_F(FunctionsTest, KeepsServingTheOldVersionUntilAnUpdateIsActivated) {
  CreateActive();
  const Answer answer = UpdateConfiguration(Json(Json::Object{{"MemorySize", 256}}));
  EXPECT_EQ(Text(answer.body, "State"), "Active");
  EXPECT_EQ(Text(answer.body, "LastUpdateStatus"), "InProgress");
  EXPECT_EQ(Text(answer.body, "LastUpdateStatusReasonCode"), "Creating");
  EXPECT_EQ(Text(answer.body, "LastUpdateStatusReason"), "The function is being created.");
  const Json configuration = *Get().body.Find("Configuration");
  EXPECT_EQ(Text(configuration, "LastUpdateStatus"), "Successful");
  EXPECT_EQ(configuration.Find("MemorySize")->as_integer(), 256);
}

TEST_F(FunctionsTest, GivesEveryUpdateEnvironmentsOfItsOwn) {
  CreateActive();
  const std::string before = catalog_.FindServing(kTestAccount, "hello", "")->environment_key();
  UpdateConfiguration(Json(Json::Object{{"MemorySize", 256}}));
  Get();
  EXPECT_NE(catalog_.FindServing(kTestAccount, "hello", "")->environment_key(), before);
}

TEST_F(FunctionsTest, ReplacesTheWholeEnvironment) {
  Create({{"Environment", *Json::Parse(R"({"Variables":{"ONE":"1","TWO":"2"}})")}});
  Get();
  UpdateConfiguration(*Json::Parse(R"({"Environment":{"Variables":{"THREE":"3"}}})"));
  EXPECT_EQ(Get().body.Find("Configuration")->Find("Environment")->Dump(), R"({"Variables":{"THREE":"3"}})");
}

TEST_F(FunctionsTest, LeavesEverythingAloneOnADryRun) {
  CreateActive();
  const std::string revision = Text(*Get().body.Find("Configuration"), "RevisionId");
  const Answer answer = UpdateCode(Json(Json::Object{{"ZipFile", Base64Encode("PK two")}, {"DryRun", true}}));
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(Text(answer.body, "CodeSha256"), Base64Encode(Sha256("PK two")));
  EXPECT_EQ(Text(*Get().body.Find("Configuration"), "RevisionId"), revision);
  EXPECT_FALSE(code_store_.Read(Sha256Hex("PK two")).ok());
}

TEST_F(FunctionsTest, DeletesAFunction) {
  CreateActive();
  EXPECT_EQ(Read(functions_api_.Delete(Call())).status, 204);
  EXPECT_EQ(Get().error, "ResourceNotFoundException");
}

TEST_F(FunctionsTest, SaysThatANameIsTakenBeforeItLooksAtSettings) {
  CreateActive();
  const auto refusal = [&](const char* member, const char* value) {
    return Create({{member, *Json::Parse(value)}}).text;
  };
  const std::string taken = "Function already exist: hello";
  EXPECT_EQ(refusal("Runtime", R"("python9")"), taken);
  EXPECT_EQ(refusal("Handler", "null"), taken);
  EXPECT_EQ(refusal("TracingConfig", R"({"Mode":"Active"})"), taken);
  EXPECT_EQ(refusal("Environment", R"({"Variables":{"AWS_REGION":"here"}})"), taken);
  EXPECT_EQ(refusal("Tags", R"({"aws:mine":"1"})"), taken);
  EXPECT_EQ(refusal("Layers", R"(["arn:aws:lambda:eu-west-1:000000000000:layer:absent:1"])"), taken);
  keys_.problem = KeyProblem::kDisabled;
  EXPECT_EQ(refusal("KMSKeyArn", R"("arn:aws:kms:eu-west-1:000000000000:key/1")"), taken);
  // What no function could be asked comes first all the same.
  EXPECT_EQ(Create({{"Timeout", 0}}).error, "ValidationException");
}

TEST_F(FunctionsTest, SaysThatAFunctionIsAbsentBeforeItLooksAtSettings) {
  const auto update = [&](const char* body) { return UpdateConfiguration(*Json::Parse(body)); };
  for (const char* body : {R"({"Layers":["arn:aws:lambda:eu-west-1:000000000000:layer:absent:1"]})",
                           R"({"Runtime":"python9"})", R"({"TracingConfig":{"Mode":"Active"}})"}) {
    EXPECT_EQ(update(body).error, "ResourceNotFoundException") << body;
  }
  CreateActive();
  EXPECT_EQ(update(R"({"Layers":["arn:aws:lambda:eu-west-1:000000000000:layer:absent:1"]})").error,
            "InvalidParameterValueException");
}

TEST_F(FunctionsTest, WantsARuntimeAndAHandler) {
  EXPECT_EQ(Create({{"Runtime", Json(nullptr)}}).text,
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
}

TEST_F(FunctionsTest, SaysWhichRuntimeIsNotInstalled) {
  const Answer answer = Create({{"Runtime", "java21"}});
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_NE(answer.text.find("java21"), std::string::npos) << answer.text;
}

TEST_F(FunctionsTest, RefusesAWrongTypeAsASerializationFailure) {
  EXPECT_EQ(Create({{"Timeout", "3"}}).text, "STRING_VALUE can not be converted to an Integer");
  EXPECT_EQ(Create({{"Timeout", "3"}}).error, "SerializationException");
}

TEST_F(FunctionsTest, RefusesABodyThatIsNoJson) {
  ApiCall call = Call();
  call.body = "{";
  EXPECT_EQ(Read(functions_api_.Create(call)).error, "InvalidRequestContentException");
}

TEST_F(FunctionsTest, RefusesSettingsOutOfRange) {
  EXPECT_EQ(
      Create({{"Timeout", 901}}).text,
      "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less "
      "than or equal to 900");
  EXPECT_EQ(Create({{"MemorySize", 127}}).error, "ValidationException");
  EXPECT_EQ(Create({{"EphemeralStorage", *Json::Parse(R"({"Size":511})")}}).error, "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
