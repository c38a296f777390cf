#include "controller/http/query_endpoint.h"

#include <gtest/gtest.h>

#include "common/sigv4.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

const SigV4Credentials kKey{"AKIATEST", "secret", ""};

class EchoService final : public QueryService {
 public:
  std::string_view version() const override { return "2020-01-01"; }
  std::string_view signing_name() const override { return "echo"; }
  std::string_view xml_namespace() const override { return "urn:echo"; }
  bool IsUnsigned(std::string_view action) const override { return action == "Open"; }
  absl::StatusOr<std::string> Handle(const ApiCall& call, std::string_view action, const QueryInput& input) override {
    if (action == "Fail") return AwsError("NoSuchEntity", "no <such>");
    if (action == "Break") return absl::InternalError("secret detail");
    return "<Text>" + input.TextOr("Text", "") + "</Text><By>" + call.caller.account + "</By>";
  }
};

class QueryEndpointTest : public testing::Test {
 protected:
  QueryEndpointTest() { credentials_.Add({RootIdentity("000000000000", kKey.access_key_id), kKey.secret_access_key}); }

  HttpRequest Form(std::string body) const {
    HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.headers.Add("Host", "localhost:9000");
    request.headers.Add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body = std::move(body);
    return request;
  }
  HttpRequest Signed(HttpRequest request, const std::string& region = "eu-west-1") {
    const std::string date = FormatAmzDate(clock_.Wall());
    SignSigV4(request, kKey, {date.substr(0, 8), region, "echo"}, date);
    return request;
  }
  HttpResponse Send(HttpRequest request) {
    QueryService* const service = endpoint_.Find(request);
    EXPECT_EQ(service, &echo_);
    HttpResponse answer;
    endpoint_.Answer(echo_, std::move(request), {.request_id = "id-1"},
                     [&](HttpResponse response) { answer = std::move(response); });
    return answer;
  }

  FakeClock clock_;
  SeededRandom random_{5};
  Credentials credentials_;
  RequestVerifier verifier_{credentials_, nullptr, clock_, random_, "eu-west-1", std::chrono::seconds(300)};
  EchoService echo_;
  QueryEndpoint endpoint_{verifier_, {&echo_}};
};

TEST_F(QueryEndpointTest, AnswersASignedForm) {
  const HttpResponse response = Send(Signed(Form("Action=Echo&Version=2020-01-01&Text=hi")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            "<EchoResponse xmlns=\"urn:echo\"><EchoResult><Text>hi</Text><By>000000000000</By></EchoResult>"
            "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></EchoResponse>");
  EXPECT_EQ(response.headers.Find("content-type"), "text/xml");
}

TEST_F(QueryEndpointTest, AnswersAGet) {
  HttpRequest request;
  request.method = "GET";
  request.target = "/?Action=Echo&Version=2020-01-01&Text=hi";
  request.headers.Add("Host", "localhost:9000");
  EXPECT_TRUE(QueryEndpoint::SpeaksQuery(request));
  EXPECT_EQ(Send(Signed(std::move(request))).status, 200);
}

TEST_F(QueryEndpointTest, TakesSignaturesOfTheGlobalRegion) {
  EXPECT_EQ(Send(Signed(Form("Action=Echo&Version=2020-01-01"), "us-east-1")).status, 200);
  EXPECT_EQ(Send(Signed(Form("Action=Echo&Version=2020-01-01"), "eu-north-1")).status, 403);
}

TEST_F(QueryEndpointTest, UsesTheCodesOfTheQueryServices) {
  HttpResponse response = Send(Form("Action=Echo&Version=2020-01-01"));
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(response.body.find("<Code>MissingAuthenticationToken</Code>"), std::string::npos);
  HttpRequest changed = Signed(Form("Action=Echo&Version=2020-01-01"));
  changed.body += "&More=1";
  response = Send(std::move(changed));
  EXPECT_NE(response.body.find("<Code>SignatureDoesNotMatch</Code>"), std::string::npos);
  response = Send(Signed(Form("Action=Fail&Version=2020-01-01")));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body,
            "<ErrorResponse xmlns=\"urn:echo\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>"
            "<Message>no &lt;such&gt;</Message></Error><RequestId>id-1</RequestId></ErrorResponse>");
}

TEST_F(QueryEndpointTest, KeepsItsOwnFailuresToItself) {
  const HttpResponse response = Send(Signed(Form("Action=Break&Version=2020-01-01")));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret detail"), std::string::npos);
}

TEST_F(QueryEndpointTest, AsksForNoSignatureWhereTheServiceDoesNot) {
  EXPECT_EQ(Send(Form("Action=Open&Version=2020-01-01")).status, 200);
}

TEST_F(QueryEndpointTest, TakesFormsAtTheUrlOfAQueue) {
  HttpRequest request = Form("Action=Echo&Version=2020-01-01");
  request.target = "/000000000000/orders.fifo";
  EXPECT_TRUE(QueryEndpoint::SpeaksQuery(request));
  for (const char* target : {"/00000000000/orders", "/000000000000/", "/000000000000/a/b", "/2015-03-31/functions"}) {
    request.target = target;
    EXPECT_FALSE(QueryEndpoint::SpeaksQuery(request)) << target;
  }
}

TEST_F(QueryEndpointTest, KnowsNoOtherVersionsAndProtocols) {
  EXPECT_EQ(endpoint_.Find(Form("Action=Echo&Version=1999-01-01")), nullptr);
  HttpRequest other = Form("{}");
  other.headers.fields[1].second = "application/json";
  EXPECT_FALSE(QueryEndpoint::SpeaksQuery(other));
}

}  // namespace
}  // namespace hearth::controller
