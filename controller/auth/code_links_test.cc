#include "controller/auth/code_links.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

const std::string kHash(64, 'a');

class CodeLinksTest : public testing::Test {
 protected:
  HttpRequest Request(const std::string& link) {
    HttpRequest request;
    request.method = "GET";
    request.target = link.substr(std::string("http://localhost:9000").size());
    request.headers.Add("Host", "localhost:9000");
    return request;
  }

  FakeClock clock_;
  SeededRandom random_{5};
  CodeLinks links_{clock_, random_, "eu-west-1"};
};

TEST_F(CodeLinksTest, LeadsToThePackageItWasMadeFor) {
  EXPECT_EQ(std::get<std::string>(links_.Check(Request(links_.Make("http://localhost:9000", kHash)))), kHash);
}

TEST_F(CodeLinksTest, DoesNotLeadToAnotherPackage) {
  HttpRequest request = Request(links_.Make("http://localhost:9000", kHash));
  request.target.replace(request.target.find(kHash), 64, std::string(64, 'b'));
  EXPECT_TRUE(std::holds_alternative<AuthFailure>(links_.Check(request)));
}

TEST_F(CodeLinksTest, EndsAfterTenMinutes) {
  const HttpRequest request = Request(links_.Make("http://localhost:9000", kHash));
  clock_.Advance(CodeLinks::kLifetime + std::chrono::seconds(1));
  EXPECT_TRUE(std::holds_alternative<AuthFailure>(links_.Check(request)));
}

TEST_F(CodeLinksTest, IsWorthNothingToAnotherController) {
  SeededRandom other_random(6);
  const CodeLinks other(clock_, other_random, "eu-west-1");
  EXPECT_TRUE(std::holds_alternative<AuthFailure>(links_.Check(Request(other.Make("http://localhost:9000", kHash)))));
}

}  // namespace
}  // namespace hearth::controller
