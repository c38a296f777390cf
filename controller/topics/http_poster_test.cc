#include "controller/topics/http_poster.h"

#include <gtest/gtest.h>

#include <future>

#include "common/io/http_server.h"

namespace hearth::controller {
namespace {

absl::Status Post(const std::string& url) {
  HttpPoster poster;
  std::promise<absl::Status> done;
  poster.Post({url, {}, "text"}, [&](const absl::Status& result) { done.set_value(result); });
  return done.get_future().get();
}

TEST(HttpPosterTest, TellsWhatWillBeTheSameNextTime) {
  EXPECT_TRUE(ResultOfPost(204).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ResultOfPost(301)));
  EXPECT_TRUE(absl::IsInvalidArgument(ResultOfPost(404)));
  EXPECT_TRUE(absl::IsUnavailable(ResultOfPost(429)));
  EXPECT_TRUE(absl::IsUnavailable(ResultOfPost(503)));
}

TEST(HttpPosterTest, PostsToWhoeverListens) {
  std::promise<std::string> body;
  const std::unique_ptr<HttpServer> server =
      HttpServer::Start({}, [&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
        body.set_value(request.body);
        responder->Send(HttpResponse());
      });
  const std::string address = server->Listen("127.0.0.1:0").value();
  EXPECT_TRUE(Post("http://" + address + "/").ok());
  EXPECT_EQ(body.get_future().get(), "text");
}

TEST(HttpPosterTest, WhereNobodyListensItMayWorkLater) {
  EXPECT_TRUE(absl::IsUnavailable(Post("http://127.0.0.1:1/")));
}

TEST(HttpPosterTest, WhatWasStoppedWasNotTried) {
  HttpPoster poster;
  poster.Stop();
  std::promise<absl::Status> result;
  poster.Post({"http://127.0.0.1:1/", {}, "text"}, [&](const absl::Status& status) { result.set_value(status); });
  EXPECT_TRUE(absl::IsCancelled(result.get_future().get()));
}

}  // namespace
}  // namespace hearth::controller
