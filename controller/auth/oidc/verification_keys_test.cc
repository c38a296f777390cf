#include "controller/auth/oidc/verification_keys.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "controller/auth/oidc/oidc_test_support.h"

namespace hearth::controller {
namespace {

class VerificationKeysTest : public testing::Test {
 protected:
  ~VerificationKeysTest() override { std::filesystem::remove_all(folder_); }

  void WriteFile(const std::string& name, const OtherIssuer& issuer) {
    std::filesystem::create_directories(folder_);
    Json set = issuer.keys.ToJson();
    set.Set("issuer", issuer.url);
    std::ofstream(folder_ + "/" + name) << set.Dump();
  }
  VerificationKeys Asking() {
    return VerificationKeys(
        own_.issuer, "",
        [this](const std::string& url) -> absl::StatusOr<std::string> {
          asked_.push_back(url);
          if (while_asking_) while_asking_();
          const auto found = web_.find(url);
          if (found == web_.end()) return absl::UnavailableError("no such host");
          return found->second;
        },
        clock_);
  }
  void Publish(const OtherIssuer& issuer) {
    web_[issuer.url + "/.well-known/openid-configuration"] =
        Json(Json::Object{{"issuer", issuer.url}, {"jwks_uri", issuer.url + "/keys"}}).Dump();
    web_[issuer.url + "/keys"] = issuer.keys.ToJson().Dump();
  }

  FakeClock clock_;
  SeededRandom random_{5};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  OwnIssuer own_{*database_, clock_, random_};
  const std::string folder_ = testing::TempDir() + "verification_keys_" + std::to_string(getpid());
  std::map<std::string, std::string> web_;
  std::vector<std::string> asked_;
  std::function<void()> while_asking_;
};

TEST_F(VerificationKeysTest, KnowsHearthsOwn) {
  VerificationKeys keys(own_.issuer, "", nullptr, clock_);
  EXPECT_EQ(keys.Find("http://127.0.0.1:9000")->keys().size(), 1u);
  EXPECT_TRUE(absl::IsNotFound(keys.Find("https://idp.example").status()));
}

TEST_F(VerificationKeysTest, ReadsThoseOfAFile) {
  const OtherIssuer idp("https://idp.example");
  WriteFile("a.json", OtherIssuer("https://another.example"));
  WriteFile("b.json", idp);
  WriteFile("c.txt", OtherIssuer("https://third.example"));
  VerificationKeys keys(own_.issuer, folder_, nullptr, clock_);
  EXPECT_TRUE(keys.Find(idp.url)->Verifies(*Jwt::Parse(idp.Sign(1))));
  EXPECT_TRUE(absl::IsNotFound(keys.Find("https://third.example").status()));
}

TEST_F(VerificationKeysTest, AsksTheIssuerAndKeepsItsAnswerForAWhile) {
  const OtherIssuer idp("https://idp.example");
  Publish(idp);
  VerificationKeys keys = Asking();
  EXPECT_TRUE(keys.Find(idp.url)->Verifies(*Jwt::Parse(idp.Sign(1))));
  EXPECT_TRUE(keys.Find(idp.url).ok());
  EXPECT_EQ(asked_.size(), 2u);
  clock_.Advance(VerificationKeys::kFetchedFor);
  EXPECT_TRUE(keys.Find(idp.url).ok());
  EXPECT_EQ(asked_.size(), 4u);
}

TEST_F(VerificationKeysTest, TakesNoAnswerInAnothersName) {
  const OtherIssuer idp("https://idp.example");
  Publish(idp);
  web_["https://evil.example/.well-known/openid-configuration"] =
      web_["https://idp.example/.well-known/openid-configuration"];
  VerificationKeys keys = Asking();
  EXPECT_TRUE(absl::IsUnavailable(keys.Find("https://evil.example").status()));
  EXPECT_TRUE(absl::IsUnavailable(keys.Find("https://nobody.example").status()));
}

TEST_F(VerificationKeysTest, RemembersForAWhileThatAnIssuerDoesNotAnswer) {
  const OtherIssuer idp("https://idp.example");
  VerificationKeys keys = Asking();
  EXPECT_TRUE(absl::IsUnavailable(keys.Find(idp.url).status()));
  Publish(idp);
  clock_.Advance(VerificationKeys::kFailedFor - std::chrono::seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(keys.Find(idp.url).status()));
  EXPECT_EQ(asked_.size(), 1u);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_TRUE(keys.Find(idp.url).ok());
}

TEST_F(VerificationKeysTest, AsksAnIssuerOnceAtATimeAndServesTheOldKeysMeanwhile) {
  const OtherIssuer idp("https://idp.example");
  Publish(idp);
  VerificationKeys keys = Asking();
  std::vector<bool> meanwhile;
  while_asking_ = [&] { meanwhile.push_back(keys.Find(idp.url).ok()); };
  EXPECT_TRUE(keys.Find(idp.url).ok());
  clock_.Advance(VerificationKeys::kFetchedFor);
  EXPECT_TRUE(keys.Find(idp.url).ok());
  EXPECT_EQ(meanwhile, (std::vector<bool>{false, false, true, true}));
  EXPECT_EQ(asked_.size(), 4u);
}

TEST_F(VerificationKeysTest, WaitsForNoMoreThanTwoIssuersAtOnce) {
  VerificationKeys keys = Asking();
  int deep = 0;
  while_asking_ = [&] { EXPECT_FALSE(keys.Find("https://idp" + std::to_string(++deep) + ".example").ok()); };
  EXPECT_FALSE(keys.Find("https://idp0.example").ok());
  EXPECT_EQ(asked_.size(), 2u);
  while_asking_ = nullptr;
  EXPECT_FALSE(keys.Find("https://another.example").ok());
  EXPECT_EQ(asked_.size(), 3u);
}

TEST_F(VerificationKeysTest, ForgetsTheOldestIssuer) {
  VerificationKeys keys = Asking();
  for (size_t i = 0; i <= VerificationKeys::kMaxFetched; ++i) {
    clock_.Advance(std::chrono::milliseconds(1));
    EXPECT_FALSE(keys.Find("https://idp" + std::to_string(i) + ".example").ok());
  }
  const size_t before = asked_.size();
  EXPECT_FALSE(keys.Find("https://idp1.example").ok());
  EXPECT_EQ(asked_.size(), before);
  EXPECT_FALSE(keys.Find("https://idp0.example").ok());
  EXPECT_EQ(asked_.size(), before + 1);
}

// In real time: what is tested is the limit itself.
TEST_F(VerificationKeysTest, WaitsFiveSecondsForAnIssuerThatSaysNothing) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status silent =
      FetchByHttps()("https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/keys").status();
  const auto waited = std::chrono::steady_clock::now() - begin;
  close(listener);
  EXPECT_TRUE(absl::IsUnavailable(silent)) << silent;
  EXPECT_GE(waited, VerificationKeys::kFetchLimit - std::chrono::milliseconds(100));
  EXPECT_LT(waited, 3 * VerificationKeys::kFetchLimit);
}

TEST_F(VerificationKeysTest, AsksByHttpsOnly) {
  VerificationKeys keys = Asking();
  web_["https://idp.example/.well-known/openid-configuration"] =
      R"({"issuer":"https://idp.example","jwks_uri":"http://idp.example/keys"})";
  EXPECT_TRUE(absl::IsUnavailable(keys.Find("http://idp.example").status()));
  EXPECT_TRUE(absl::IsUnavailable(keys.Find("https://idp.example").status()));
  EXPECT_EQ(asked_.size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
