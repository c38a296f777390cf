#include "common/io/http_server_response.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

std::string Head(const HttpResponse& response, const HttpResponseFacts& facts = {}) {
  std::string head = "left from before";
  RenderHttpResponseHead(head, response, facts);
  return head;
}

TEST(HttpServerResponseTest, RendersStatusHeadersAndLength) {
  HttpResponse response{.status = 404, .headers = {}, .body = "gone"};
  response.headers.Add("X-Amzn-ErrorType", "ResourceNotFoundException");
  EXPECT_EQ(Head(response),
            "HTTP/1.1 404 Not Found\r\nX-Amzn-ErrorType: ResourceNotFoundException\r\nContent-Length: 4\r\n\r\n");
}

TEST(HttpServerResponseTest, AddsWhatTheServerSays) {
  EXPECT_EQ(Head({.status = 200}, {.close = true, .http_1_0_kept = false, .date = "today", .server_name = "hearth"}),
            "HTTP/1.1 200 OK\r\nDate: today\r\nServer: hearth\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpServerResponseTest, FramingHeadersOfAHandlerAreDropped) {
  HttpResponse response;
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "date"})
    response.headers.Add(name, "1");
  EXPECT_EQ(Head(response, {.close = false, .http_1_0_kept = false, .date = "d", .server_name = ""}),
            "HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpServerResponseTest, AValueCannotForgeAHeader) {
  HttpResponse response;
  response.headers.Add("X-Error", std::string("a\r\nSet-Cookie: b\0\nc", 19));
  EXPECT_EQ(Head(response), "HTTP/1.1 200 OK\r\nX-Error: a  Set-Cookie: b  c\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpServerResponseTest, NoContentHasNoLength) {
  EXPECT_EQ(Head({.status = 204}), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(HttpServerResponseTest, AnImpossibleStatusIsA500) {
  EXPECT_EQ(Head({.status = 7}).substr(0, 12), "HTTP/1.1 500");
  EXPECT_EQ(Head({.status = 299}).substr(0, 12), "HTTP/1.1 299");
}

}  // namespace
}  // namespace hearth
