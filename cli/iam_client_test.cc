#include "cli/iam_client.h"

#include <gtest/gtest.h>

#include <deque>

namespace hearth::cli {
namespace {

class FakeClient final : public HttpClient {
 public:
  absl::StatusOr<HttpResponse> Send(const HttpClientRequest& request) override {
    asked.push_back(request);
    HttpResponse response = answers.front();
    answers.pop_front();
    return response;
  }
  std::deque<HttpResponse> answers;
  std::vector<HttpClientRequest> asked;
};

HttpResponse Answer(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

class IamClientTest : public testing::Test {
 protected:
  FakeClock clock_;
  FakeClient http_;
  IamClient iam_{http_, clock_, {{"AKIA1", "secret", ""}, "us-east-1", "http://localhost:9000/"}};
};

TEST_F(IamClientTest, SendsASignedForm) {
  http_.answers = {Answer("<R/>")};
  ASSERT_TRUE(iam_.Ask("GetRole", {{"RoleName", "a b"}}).ok());
  EXPECT_EQ(http_.asked[0].url, "http://localhost:9000/");
  EXPECT_EQ(http_.asked[0].body, "Action=GetRole&Version=2010-05-08&RoleName=a%20b");
  EXPECT_NE(http_.asked[0].headers.Find("authorization")->find("/us-east-1/iam/aws4_request"), std::string::npos);
}

TEST_F(IamClientTest, SaysWhatTheServiceSays) {
  http_.answers = {Answer("<E><Code>NoSuchEntity</Code><Message>no &lt;a&gt;</Message></E>", 404)};
  EXPECT_EQ(iam_.Ask("GetRole", {}).status().message(), "the service answered 404 NoSuchEntity: no <a>");
}

TEST_F(IamClientTest, ReadsEveryPage) {
  http_.answers = {Answer("<Roles><member>1</member></Roles><Marker>m&amp;m</Marker>"),
                   Answer("<Roles><member>2</member></Roles>")};
  const auto members = iam_.List("ListRoles", {}, "Roles");
  EXPECT_EQ(*members, (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(http_.asked[1].body.ends_with("&Marker=m%26m"));
}

TEST(ElementsOfTest, KeepsListsWithinAMemberTogether) {
  EXPECT_EQ(ElementsOf("<L><member>a<T><member>b</member></T></member><member>c</member></L>", "member"),
            (std::vector<std::string>{"a<T><member>b</member></T>", "c"}));
  EXPECT_TRUE(ElementsOf("<member>a", "member").empty());
}

}  // namespace
}  // namespace hearth::cli
