#include "common/io/http_server_parser.h"

#include <gtest/gtest.h>

#include "common/random.h"

namespace hearth {
namespace {

using Stage = HttpServerParser::Stage;

constexpr size_t kMaxHeadBytes = 4096;
constexpr size_t kMaxBodyBytes = 1000;

struct Outcome {
  Stage stage = Stage::kNeedMore;
  size_t used = 0;
};

// Feeds `text` in pieces of `step` bytes, as a socket might.
Outcome Feed(HttpServerParser& parser, std::string_view text, size_t step, bool discard_larger = false) {
  Outcome outcome;
  size_t have = 0;
  while (have < text.size()) {
    have = std::min(have + step, text.size());
    while (true) {
      const size_t used = parser.Feed(text.substr(outcome.used, have - outcome.used));
      outcome.used += used;
      if (parser.stage() == Stage::kHeadDone) parser.AcceptBody(kMaxBodyBytes, discard_larger);
      outcome.stage = parser.stage();
      if (outcome.stage != Stage::kNeedMore) return outcome;
      if (used == 0 || outcome.used == have) break;
    }
  }
  return outcome;
}

const size_t kSteps[] = {1, 2, 3, 7, 100000};

struct Bad {
  const char* name;
  std::string text;
  int status;
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

std::string Get(const std::string& headers) { return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"; }
std::string Chunks(const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

class BadRequestTest : public testing::TestWithParam<Bad> {};

TEST_P(BadRequestTest, IsRefusedHoweverItArrives) {
  for (const size_t step : kSteps) {
    HttpServerParser parser(kMaxHeadBytes);
    EXPECT_EQ(Feed(parser, GetParam().text, step).stage, Stage::kFailed) << "in steps of " << step;
    EXPECT_EQ(parser.fault().status, GetParam().status) << parser.fault().reason;
  }
}

// Source: RFC 9112, and the smuggling cases known from front ends that disagree with their servers.
INSTANTIATE_TEST_SUITE_P(
    Cases, BadRequestTest,
    testing::Values(
        Bad{"noise", "\x16\x03\x01\x02\x00\x01", 400}, Bad{"http2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        Bad{"no version", "GET /\r\nHost: a\r\n\r\n", 400},
        Bad{"version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 400},
        Bad{"version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400},
        Bad{"version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
        Bad{"version word", "GET / HTTX/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"tab in target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"NUL in target", std::string("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 31), 400},
        Bad{"bare CR in target", "GET /a\rb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"method with space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"method with colon", "G:T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"absolute form", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"authority form", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Bad{"bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400},
        Bad{"bare LF in a header", Get("A: b\nC: d\r\n"), 400}, Bad{"bare CR in a value", Get("A: b\rC: d\r\n"), 400},
        Bad{"CR CR LF", Get("A: b\r\r\n"), 400}, Bad{"obs-fold by space", Get("A: b\r\n c\r\n"), 400},
        Bad{"obs-fold by tab", Get("A: b\r\n\tc\r\n"), 400},
        Bad{"fold behind the request line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        Bad{"NUL in a value", Get(std::string("A: b\0c\r\n", 8)), 400},
        Bad{"NUL in a name", Get(std::string("A\0b: c\r\n", 8)), 400},
        Bad{"control byte in a value", Get("A: b\x01\r\n"), 400}, Bad{"DEL in a value", Get("A: b\x7f\r\n"), 400},
        Bad{"space before the colon", Get("A : b\r\n"), 400}, Bad{"no colon", Get("Abc\r\n"), 400},
        Bad{"empty name", Get(": b\r\n"), 400}, Bad{"no host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 400},
        Bad{"two hosts", Get("host: b\r\n"), 400},
        Bad{"two hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Bad{"CL and TE", Get("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
        Bad{"TE and CL", Get("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
        Bad{"two lengths", Get("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
        Bad{"two equal lengths", Get("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
        Bad{"list of lengths", Get("Content-Length: 3, 4\r\n"), 400},
        Bad{"negative length", Get("Content-Length: -1\r\n"), 400},
        Bad{"signed length", Get("Content-Length: +3\r\n"), 400},
        Bad{"hex length", Get("Content-Length: 0x3\r\n"), 400},
        Bad{"length with text", Get("Content-Length: 3 bytes\r\n"), 400},
        Bad{"empty length", Get("Content-Length:\r\n"), 400},
        Bad{"length past 64 bits", Get("Content-Length: 18446744073709551617\r\n"), 400},
        Bad{"TE gzip", Get("Transfer-Encoding: gzip\r\n"), 400},
        Bad{"TE gzip, chunked", Get("Transfer-Encoding: gzip, chunked\r\n"), 400},
        Bad{"TE chunked, identity", Get("Transfer-Encoding: chunked, identity\r\n"), 400},
        Bad{"TE identity", Get("Transfer-Encoding: identity\r\n"), 400},
        Bad{"TE xchunked", Get("Transfer-Encoding: xchunked\r\n"), 400},
        Bad{"TE twice", Get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Bad{"TE with vertical tab",
            Get("Transfer-Encoding: \x0b"
                "chunked\r\n"),
            400},
        Bad{"TE in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Bad{"chunk size no hex", Chunks("xyz\r\n\r\n"), 400}, Bad{"chunk size empty", Chunks("\r\nabc\r\n"), 400},
        Bad{"chunk size negative", Chunks("-1\r\nabc\r\n"), 400},
        Bad{"chunk size 0x", Chunks("0x3\r\nabc\r\n\r\n"), 400},
        Bad{"chunk size overflow", Chunks("FFFFFFFFFFFFFFFFF\r\nabc\r\n"), 400},
        Bad{"chunk size with space", Chunks(" 3\r\nabc\r\n"), 400},
        Bad{"chunk bare LF", Chunks("3\nabc\r\n0\r\n\r\n"), 400},
        Bad{"chunk longer than its size", Chunks("3\r\nabcd\r\n0\r\n\r\n"), 400},
        Bad{"chunk end missing", Chunks("3\r\nabc0\r\n\r\n"), 400},
        Bad{"chunk extension broken", Chunks("3;=\r\nabc\r\n0\r\n\r\n"), 400},
        Bad{"trailer length", Chunks("0\r\nContent-Length: 3\r\n\r\n"), 400},
        Bad{"trailer TE", Chunks("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
        Bad{"trailer broken", Chunks("0\r\nabc\r\n\r\n"), 400},
        Bad{"bytes that are no UTF-8", Get("X-Amzn-Trace-Id: Root=\xff\r\n"), 400},
        Bad{"unknown expectation", Get("Expect: the-moon\r\n"), 417},
        Bad{"head too large", Get("A: " + std::string(kMaxHeadBytes, 'x') + "\r\n"), 431},
        Bad{"target too large", "GET /" + std::string(kMaxHeadBytes, 'x'), 431},
        Bad{"body too large", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413},
        Bad{"chunk too large", Chunks("3e9\r\n"), 413},
        Bad{"chunks too large", Chunks("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n"), 413},
        Bad{"chunk of 2^64-1", Chunks("1\r\na\r\nFFFFFFFFFFFFFFFF\r\n"), 413}));

TEST(HttpServerParserTest, TooManyFieldsAreRefused) {
  std::string headers;
  for (int i = 0; i < 500; ++i) headers += "A:b\r\n";
  HttpServerParser parser(64 * 1024);
  EXPECT_EQ(Feed(parser, Get(headers), 100000).stage, Stage::kFailed);
  EXPECT_EQ(parser.fault().status, 431);
}

TEST(HttpServerParserTest, AnEndlessChunkHeaderIsRefused) {
  HttpServerParser parser(kMaxHeadBytes);
  EXPECT_EQ(Feed(parser, Chunks("3;x=" + std::string(kMaxHeadBytes, 'y')), 100).stage, Stage::kFailed);
  EXPECT_EQ(parser.fault().status, 431);
}

TEST(HttpServerParserTest, TheRequestIsKeptAsItCame) {
  for (const size_t step : kSteps) {
    HttpServerParser parser(kMaxHeadBytes);
    const std::string text =
        "PATCH //a/./b%2Fc?x=%20&y HTTP/1.1\r\nhOsT: a\r\nX-A:  1 \r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc";
    const Outcome outcome = Feed(parser, text, step);
    ASSERT_EQ(outcome.stage, Stage::kDone);
    EXPECT_EQ(outcome.used, text.size());
    const HttpRequest& request = parser.request();
    EXPECT_EQ(request.method, "PATCH");
    EXPECT_EQ(request.target, "//a/./b%2Fc?x=%20&y");
    EXPECT_EQ(request.path(), "//a/./b%2Fc");
    EXPECT_EQ(request.query(), "x=%20&y");
    EXPECT_EQ(request.headers.fields[0], (std::pair<std::string, std::string>("hOsT", "a")));
    EXPECT_EQ(request.headers.Find("X-A"), "1");
    EXPECT_EQ(request.body, "abc");
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(HttpServerParserTest, ChunksAndTrailersAreRead) {
  for (const size_t step : kSteps) {
    HttpServerParser parser(kMaxHeadBytes);
    const std::string text = Chunks("3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n");
    const Outcome outcome = Feed(parser, text, step);
    ASSERT_EQ(outcome.stage, Stage::kDone) << step;
    EXPECT_EQ(outcome.used, text.size());
    EXPECT_EQ(parser.request().body, "abc0123456789");
    EXPECT_EQ(parser.request().trailers.Find("x-sum"), "7");
    EXPECT_EQ(parser.request().headers.Find("x-sum"), std::nullopt);
  }
}

// One byte of a good request changed, put in or left out: whatever it means, the pieces it comes in change nothing.
TEST(HttpServerParserTest, ADamagedRequestIsReadTheSameHoweverItArrives) {
  SeededRandom random(7);
  const std::string originals[] = {"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
                                   Chunks("3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n"),
                                   Get("Connection: close\r\nExpect: 100-continue\r\n")};
  const std::string alphabet("\r\n\t\0 :;,=0aA/\x7f\xff", 16);
  for (int i = 0; i < 20000; ++i) {
    std::string text = originals[random.Below(std::size(originals))];
    const size_t at = random.Below(text.size());
    const char byte = alphabet[random.Below(alphabet.size())];
    const uint64_t change = random.Below(3);
    if (change == 0) text[at] = byte;
    if (change == 1) text.insert(at, 1, byte);
    if (change == 2) text.erase(at, 1);
    HttpServerParser whole(kMaxHeadBytes);
    HttpServerParser pieces(kMaxHeadBytes);
    const Outcome at_once = Feed(whole, text, 100000);
    const Outcome in_pieces = Feed(pieces, text, 1 + random.Below(3));
    ASSERT_EQ(at_once.stage, in_pieces.stage) << text;
    ASSERT_EQ(whole.fault().status, pieces.fault().status) << text;
    ASSERT_EQ(whole.request().body, pieces.request().body) << text;
    if (at_once.stage == Stage::kDone) {
      ASSERT_EQ(at_once.used, in_pieces.used) << text;
    }
  }
}

TEST(HttpServerParserTest, PipelinedRequestsAreReadOneByOne) {
  for (const size_t step : kSteps) {
    const std::string text =
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n" +
        Chunks("1\r\nc\r\n0\r\n\r\n");
    HttpServerParser parser(kMaxHeadBytes);
    std::vector<std::string> seen;
    size_t at = 0;
    for (int i = 0; i < 3; ++i) {
      const Outcome outcome = Feed(parser, std::string_view(text).substr(at), step);
      ASSERT_EQ(outcome.stage, Stage::kDone) << i << " " << step;
      at += outcome.used;
      seen.push_back(parser.request().target + " " + parser.request().body);
      parser.Reset();
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"/1 ab", "/2 ", "/ c"}));
    EXPECT_EQ(at, text.size());
  }
}

TEST(HttpServerParserTest, KeepAliveFollowsVersionAndConnection) {
  const std::pair<const char*, bool> cases[] = {{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
                                                {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
                                                {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false},
                                                {"GET / HTTP/1.0\r\n\r\n", false},
                                                {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}};
  for (const auto& [text, kept] : cases) {
    HttpServerParser parser(kMaxHeadBytes);
    ASSERT_EQ(Feed(parser, text, 100000).stage, Stage::kDone) << text;
    EXPECT_EQ(parser.keep_alive(), kept) << text;
  }
}

TEST(HttpServerParserTest, ALargerBodyIsThrownAwayWhenAsked) {
  for (const size_t step : kSteps) {
    for (const std::string& text :
         {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'),
          Chunks("3e8\r\n" + std::string(1000, 'x') + "\r\n3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n")}) {
      HttpServerParser parser(kMaxHeadBytes);
      const Outcome outcome = Feed(parser, text, step, /*discard_larger=*/true);
      ASSERT_EQ(outcome.stage, Stage::kDone);
      EXPECT_EQ(outcome.used, text.size());
      EXPECT_TRUE(parser.request().body_oversized);
      EXPECT_EQ(parser.request().body, "");
      parser.Reset();
      ASSERT_EQ(Feed(parser, Get(""), step).stage, Stage::kDone);
      EXPECT_FALSE(parser.request().body_oversized);
    }
  }
}

TEST(HttpServerParserTest, EvenAThrownAwayBodyEnds) {
  HttpServerParser parser(kMaxHeadBytes);
  EXPECT_EQ(Feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000000\r\n\r\n", 1000, true).stage,
            Stage::kFailed);
  EXPECT_EQ(parser.fault().status, 413);
}

TEST(HttpServerParserTest, AnExpectationIsReported) {
  HttpServerParser parser(kMaxHeadBytes);
  const std::string text = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n";
  EXPECT_EQ(parser.Feed(text), text.size());
  EXPECT_EQ(parser.stage(), Stage::kHeadDone);
  EXPECT_TRUE(parser.expects_continue());
}

}  // namespace
}  // namespace hearth
