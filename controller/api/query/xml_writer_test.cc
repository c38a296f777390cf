#include "controller/api/query/xml_writer.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(XmlWriterTest, NestsElements) {
  XmlWriter xml;
  xml.Element("Role", [&] { xml.Text("Name", "a").Integer("Size", 3).Boolean("Good", true); });
  EXPECT_EQ(xml.Take(), "<Role><Name>a</Name><Size>3</Size><Good>true</Good></Role>");
}

TEST(XmlWriterTest, LetsNoTextBecomeMarkup) {
  EXPECT_EQ(EscapeXml("</Name><Evil a=\"b\">&"), "&lt;/Name&gt;&lt;Evil a=&quot;b&quot;&gt;&amp;");
  EXPECT_EQ(EscapeXml("a\rb\nc\td"), "a&#xD;b\nc\td");
}

TEST(XmlWriterTest, ReplacesWhatXmlCannotHold) {
  EXPECT_EQ(EscapeXml(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(EscapeXml("\xff"), "\xEF\xBF\xBD");
  EXPECT_EQ(EscapeXml("\xC3\xA9"), "\xC3\xA9");
}

TEST(XmlWriterTest, WritesTimesInWholeSeconds) { EXPECT_EQ(XmlTime(1769851800123), "2026-01-31T09:30:00Z"); }

}  // namespace
}  // namespace hearth::controller
