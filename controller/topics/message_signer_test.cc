#include "controller/topics/message_signer.h"

#include <gtest/gtest.h>

#include "controller/topics/topics_test_support.h"

namespace hearth::controller {
namespace {

using MessageSignerTest = TopicsTest;

TEST_F(MessageSignerTest, SignsWithTheSameKeyAfterARestart) {
  const std::string signature = signer_->Sign(2, "text");
  EXPECT_NE(signature, signer_->Sign(1, "text"));
  const auto again = MessageSigner::Open(*database_, envelope_, clock_, random_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->Sign(2, "text"), signature);
  EXPECT_EQ((*again)->path(), signer_->path());
}

TEST_F(MessageSignerTest, ShowsItsCertificateAndNothingElse) {
  EXPECT_TRUE(signer_->Document(signer_->path())->starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_FALSE(signer_->Document("/SimpleNotificationService-0.pem"));
}

TEST_F(MessageSignerTest, SealsItsKeyAnewUnderANewOne) {
  EXPECT_EQ(*signer_->Reseal(), 0);
  keys_.current = "other";
  EXPECT_EQ(*signer_->Reseal(), 1);
  EXPECT_EQ(*signer_->Reseal(), 0);
  EXPECT_TRUE(MessageSigner::Open(*database_, envelope_, clock_, random_).ok());
}

}  // namespace
}  // namespace hearth::controller
