#include "controller/http/admin_endpoint.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

class KeepResponder final : public HttpResponder {
 public:
  explicit KeepResponder(HttpResponse& kept) : kept_(kept) {}
  void Send(HttpResponse response) override { kept_ = std::move(response); }
  bool PeerGone() const override { return false; }

 private:
  HttpResponse& kept_;
};

class AdminEndpointTest : public testing::Test {
 protected:
  HttpResponse Ask(const std::string& method, const std::string& target) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    HttpResponse response;
    admin_.Handle(std::move(request), std::make_unique<KeepResponder>(response));
    return response;
  }

  const std::unique_ptr<Metrics> metrics_ = Metrics::Create();
  std::string reason_;
  AdminEndpoint admin_{*metrics_, [this] { metrics_->Gauge("hearth_workers", "Workers.", {}).Set(3); },
                       [this] { return reason_; }};
};

TEST_F(AdminEndpointTest, IsHealthyWhenTheFirstInvocationWouldSucceed) {
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
  reason_ = "no worker has joined";
  EXPECT_EQ(Ask("GET", "/healthz").status, 503);
  EXPECT_EQ(Ask("GET", "/healthz").body, "no worker has joined\n");
}

TEST_F(AdminEndpointTest, ShowsFreshGauges) {
  EXPECT_NE(Ask("GET", "/metrics").body.find("hearth_workers 3"), std::string::npos);
}

TEST_F(AdminEndpointTest, AnswersNothingElse) {
  EXPECT_EQ(Ask("GET", "/").status, 404);
  EXPECT_EQ(Ask("POST", "/metrics").status, 405);
}

}  // namespace
}  // namespace hearth::controller
