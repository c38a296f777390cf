#include "cli/operator_client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "common/io/http_server.h"

namespace hearth::cli {
namespace {

class OperatorClientTest : public testing::Test {
 protected:
  OperatorClientTest() {
    std::string pattern = testing::TempDir() + "/hearth-operator-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(folder_ + "/controller");
    server_ = HttpServer::Start({}, [this](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
      HttpResponse response = answer_;
      if (response.body.empty()) response.body = "{\"asked\":\"" + request.method + request.target + "\"}";
      responder->Send(std::move(response));
    });
    EXPECT_TRUE(server_->Listen("unix:" + folder_ + "/controller/operator.sock").ok());
  }
  ~OperatorClientTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  HttpResponse answer_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_ = HttpClient::Create();
};

TEST_F(OperatorClientTest, FindsTheSocketOfHearthDev) {
  EXPECT_EQ(*FindOperatorSocket(folder_), folder_ + "/controller/operator.sock");
  EXPECT_EQ(*FindOperatorSocket(folder_ + "/controller"), folder_ + "/controller/operator.sock");
}

TEST_F(OperatorClientTest, SaysThatNothingRunsThere) {
  EXPECT_TRUE(absl::IsNotFound(FindOperatorSocket(folder_ + "/elsewhere").status()));
}

TEST_F(OperatorClientTest, AsksOnTheSocket) {
  const OperatorClient client(*client_, *FindOperatorSocket(folder_));
  const absl::StatusOr<Json> answer = client.Ask("POST", "/accounts", Json(Json::Object()));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->Find("asked")->as_string(), "POST/accounts");
}

TEST_F(OperatorClientTest, PassesOnWhatTheControllerSaysIsWrong) {
  answer_.status = 409;
  answer_.body = R"({"error":"account 1 exists"})";
  const OperatorClient client(*client_, *FindOperatorSocket(folder_));
  EXPECT_EQ(client.Ask("POST", "/accounts", Json(Json::Object())).status().message(), "account 1 exists");
}

}  // namespace
}  // namespace hearth::cli
