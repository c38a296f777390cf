#include "controller/kms/kms_cipher.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

class KmsCipherTest : public testing::Test {
 protected:
  std::string Seal(const KmsContext& context) {
    return SealKmsCiphertext({"key", "material"}, material_, random_, "text", context);
  }
  SeededRandom random_{5};
  const std::string material_ = std::string(32, 'm');
};

TEST_F(KmsCipherTest, NamesTheKeyAndMaterialThatOpenIt) {
  const std::string ciphertext = Seal({{"a", "b"}});
  EXPECT_EQ(ReadKmsCiphertextKey(ciphertext)->key_id, "key");
  EXPECT_EQ(ReadKmsCiphertextKey(ciphertext)->material_id, "material");
  EXPECT_EQ(*OpenKmsCiphertext(material_, ciphertext, {{"a", "b"}}), "text");
}

TEST_F(KmsCipherTest, TellsContextsThatReadTheSameApart) {
  EXPECT_TRUE(absl::IsDataLoss(OpenKmsCiphertext(material_, Seal({{"a", "bc"}}), {{"ab", "c"}}).status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenKmsCiphertext(material_, Seal({}), {{"", ""}}).status()));
}

TEST_F(KmsCipherTest, RefusesWhatIsCutShort) {
  const std::string ciphertext = Seal({});
  for (size_t size = 0; size < ciphertext.size(); ++size) {
    EXPECT_FALSE(OpenKmsCiphertext(material_, ciphertext.substr(0, size), {}).ok()) << size;
  }
}

}  // namespace
}  // namespace hearth::controller
