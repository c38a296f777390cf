#include "worker/runtime_api/extensions/extension_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/json.h"

namespace hearth::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Reply = std::shared_ptr<std::optional<HttpResponse>>;

class Responder final : public HttpResponder {
 public:
  explicit Responder(Reply reply) : reply_(std::move(reply)) {}
  void Send(HttpResponse response) override { *reply_ = std::move(response); }
  bool PeerGone() const override { return false; }

 private:
  const Reply reply_;
};

class ExtensionRegistryTest : public testing::Test, protected ExtensionEvents {
 protected:
  ExtensionRegistryTest() { registry_.Reset({"outer"}); }

  void OnExtensionProgress() override { ++progress_; }
  void OnExtensionError(const std::string& name, std::string error_type, std::string body) override {
    errors_.push_back(name + " " + error_type + " " + body);
  }

  Reply Ask(const std::string& method, const std::string& verb, HttpHeaders headers, const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = "/2020-01-01/extension/" + verb;
    request.headers = std::move(headers);
    request.body = body;
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    registry_.Handle(request, std::make_unique<Responder>(reply));
    return reply;
  }
  HttpResponse Register(const std::string& name, const std::string& body = R"({"events":["INVOKE"]})") {
    return Ask("POST", "register", {{{"Lambda-Extension-Name", name}}}, body)->value();
  }
  std::string Registered(const std::string& name, const std::string& body = R"({"events":["INVOKE"]})") {
    const HttpResponse response = Register(name, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return std::string(response.headers.Find("Lambda-Extension-Identifier").value_or(""));
  }
  Reply Next(const std::string& identifier) {
    return Ask("GET", "event/next", {{{"Lambda-Extension-Identifier", identifier}}});
  }
  HttpResponse Error(const std::string& verb, const std::string& identifier, const std::string& type) {
    HttpHeaders headers{{{"Lambda-Extension-Identifier", identifier}}};
    if (!type.empty()) headers.Add("Lambda-Extension-Function-Error-Type", type);
    return Ask("POST", verb, headers, "{}")->value();
  }
  static std::string TypeOf(const HttpResponse& response) {
    EXPECT_EQ(response.status, 403);
    return Json::Parse(response.body)->Find("errorType")->as_string();
  }

  int progress_ = 0;
  std::vector<std::string> errors_;
  ExtensionRegistry registry_{{"e-1", "hello", "$LATEST", "a.b", "123456789012"}, *this};
};

TEST_F(ExtensionRegistryTest, TellsWhoRegistersAboutItsFunction) {
  const HttpResponse response = Register("outer");
  EXPECT_EQ(response.body, R"({"functionName":"hello","functionVersion":"$LATEST","handler":"a.b"})");
  EXPECT_EQ(response.headers.Find("lambda-extension-identifier")->size(), 36u);
  EXPECT_EQ(progress_, 1);
}

TEST_F(ExtensionRegistryTest, TellsTheAccountToWhoAsksForIt) {
  const Reply reply =
      Ask("POST", "register",
          {{{"Lambda-Extension-Name", "outer"}, {"Lambda-Extension-Accept-Feature", "x, accountId"}}}, "{}");
  EXPECT_THAT((*reply)->body, HasSubstr(R"("accountId":"123456789012")"));
}

TEST_F(ExtensionRegistryTest, WaitsForEveryExternalOneAndThenForEveryonesFirstRequest) {
  EXPECT_FALSE(registry_.external_registered());
  const std::string inner = Registered("inner");
  EXPECT_FALSE(registry_.external_registered());
  const std::string outer = Registered("outer");
  EXPECT_TRUE(registry_.external_registered());
  Next(inner);
  EXPECT_FALSE(registry_.all_ready());
  Next(outer);
  EXPECT_TRUE(registry_.all_ready());
}

TEST_F(ExtensionRegistryTest, GivesAnInvocationToThoseWhoWantItAndWaitsForThem) {
  const std::string outer = Registered("outer", R"({"events":["SHUTDOWN"]})");
  const std::string inner = Registered("inner");
  const Reply outers = Next(outer);
  const Reply inners = Next(inner);
  registry_.DeliverInvocation({"id-1", 1234, "arn:f", "Root=1"});
  EXPECT_FALSE(outers->has_value());
  EXPECT_EQ((*inners)->body,
            R"({"eventType":"INVOKE","deadlineMs":1234,"requestId":"id-1","invokedFunctionArn":"arn:f",)"
            R"("tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}})");
  EXPECT_TRUE((*inners)->headers.Find("Lambda-Extension-Event-Identifier").has_value());
  EXPECT_FALSE(registry_.all_ready());
  Next(inner);
  EXPECT_TRUE(registry_.all_ready());
}

TEST_F(ExtensionRegistryTest, GivesTheShutdownToThoseWhoWantItAlsoWhenTheyAreBusy) {
  const std::string outer = Registered("outer", R"({"events":["INVOKE","SHUTDOWN"]})");
  Next(outer);
  registry_.DeliverInvocation({"id-1", 1, "arn:f", ""});
  EXPECT_TRUE(registry_.DeliverShutdown("timeout", 99));
  const Reply last = Next(outer);
  EXPECT_EQ((*last)->body, R"({"eventType":"SHUTDOWN","shutdownReason":"timeout","deadlineMs":99})");
}

TEST_F(ExtensionRegistryTest, NobodyWhoWantsTheShutdownMeansNoneIsGiven) {
  Next(Registered("outer"));
  EXPECT_FALSE(registry_.DeliverShutdown("spindown", 1));
}

TEST_F(ExtensionRegistryTest, RefusesWhatIsNoRegistration) {
  EXPECT_EQ(TypeOf(Register("")), "Extension.InvalidExtensionName");
  EXPECT_EQ(TypeOf(Register("outer", "{no")), "InvalidRequestFormat");
  EXPECT_EQ(TypeOf(Register("outer", R"({"events":["LUNCH"]})")), "Extension.InvalidEventType");
  EXPECT_EQ(TypeOf(Register("inner", R"({"events":["SHUTDOWN"]})")), "ShutdownEventNotSupportedForInternalExtension");
  Registered("inner", R"({"events":null})");
  EXPECT_EQ(TypeOf(Register("inner")), "Extension.InvalidExtensionState");
}

TEST_F(ExtensionRegistryTest, TakesTenAndKeepsThePlacesOfExternalOnes) {
  for (int i = 0; i < 9; ++i) Registered("inner-" + std::to_string(i));
  EXPECT_EQ(registry_.size(), 9u);
  Registered("outer");
  EXPECT_EQ(TypeOf(Register("one-too-many")), "Extension.TooManyExtensions");
}

TEST_F(ExtensionRegistryTest, RegistrationEndsWithTheRuntimesFirstRequest) {
  registry_.CloseRegistration();
  EXPECT_EQ(TypeOf(Register("inner")), "Extension.RegistrationClosed");
  registry_.Reset({});
  Registered("inner");
}

TEST_F(ExtensionRegistryTest, RefusesWhoIsNotKnown) {
  EXPECT_EQ(TypeOf(**Ask("GET", "event/next", {})), "Extension.MissingExtensionIdentifier");
  EXPECT_EQ(TypeOf(**Next("x")), "Extension.InvalidExtensionIdentifier");
  EXPECT_EQ(TypeOf(**Next("00000000-0000-4000-8000-000000000000")), "Extension.UnknownExtensionIdentifier");
}

TEST_F(ExtensionRegistryTest, AnErrorIsToldOnceAndEndsTheExtension) {
  const std::string outer = Registered("outer");
  EXPECT_EQ(TypeOf(Error("init/error", outer, "")), "Extension.MissingHeader");
  EXPECT_EQ(Error("init/error", outer, "Extension.NoKey").status, 202);
  EXPECT_THAT(errors_, ElementsAre("outer Extension.InitError {}"));
  EXPECT_EQ(TypeOf(Error("exit/error", outer, "X")), "Extension.InvalidExtensionState");
  EXPECT_EQ(TypeOf(**Next(outer)), "Extension.InvalidExtensionState");
  EXPECT_EQ(registry_.Summaries()[0].state, "InitError");
}

TEST_F(ExtensionRegistryTest, KnowsNoOtherRoutes) {
  EXPECT_EQ((*Ask("GET", "register", {}))->status, 404);
  EXPECT_TRUE(ExtensionRegistry::Serves("/2020-01-01/extension/register"));
  EXPECT_FALSE(ExtensionRegistry::Serves("/2018-06-01/runtime/invocation/next"));
}

}  // namespace
}  // namespace hearth::worker
