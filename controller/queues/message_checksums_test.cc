#include "controller/queues/message_checksums.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

records::QueueMessageAttribute AttributeOf(const std::string& name, const std::string& type, const std::string& value) {
  records::QueueMessageAttribute attribute;
  attribute.set_name(name);
  attribute.set_type(type);
  attribute.set_value(value);
  attribute.set_binary(type == "Binary");
  return attribute;
}

TEST(MessageChecksumsTest, HashesBodyAndAttributesInTheOrderOfNames) {
  records::QueueMessage message;
  message.set_body("hello");
  *message.add_attributes() = AttributeOf("b", "Number", "1");
  *message.add_attributes() = AttributeOf("a", "String", "x");
  AddChecksums(message);
  EXPECT_EQ(message.body_md5(), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(message.attributes(0).name(), "a");
  EXPECT_EQ(message.attributes_md5(),
            Md5OfAttributes({AttributeOf("a", "String", "x"), AttributeOf("b", "Number", "1")}));
  EXPECT_EQ(message.system_attributes_md5(), "");
}

TEST(MessageChecksumsTest, TellsTextFromBytes) {
  EXPECT_NE(Md5OfAttributes({AttributeOf("a", "Binary", "x")}), Md5OfAttributes({AttributeOf("a", "String", "x")}));
  EXPECT_EQ(Md5OfAttributes({}), "");
}

}  // namespace
}  // namespace hearth::controller
