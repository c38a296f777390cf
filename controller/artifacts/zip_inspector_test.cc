#include "controller/artifacts/zip_inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace hearth::controller {
namespace {

std::string MakeZip(const std::string& statements) {
  const std::string script = "import sys,zipfile,io; b=io.BytesIO(); z=zipfile.ZipFile(b,'w',8); " + statements +
                             "; z.close(); sys.stdout.buffer.write(b.getvalue())";
  FILE* output = popen(("python3 -c \"" + script + "\"").c_str(), "r");
  std::string zip;
  char buffer[4096];
  for (size_t count = 0; (count = fread(buffer, 1, sizeof(buffer), output)) > 0;) zip.append(buffer, count);
  pclose(output);
  return zip;
}

absl::StatusOr<ZipSummary> Inspect(std::string_view zip) { return ZipInspector(HEARTH_EXTRACT_BINARY).Inspect(zip); }

TEST(ZipInspectorTest, CountsWhatAPackageHolds) {
  const absl::StatusOr<ZipSummary> summary = Inspect(MakeZip("z.writestr('a.py', 'x'*10); z.writestr('b/c.py', 'yy')"));
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->unzipped_bytes, 12);
  EXPECT_EQ(summary->entries, 2);
}

TEST(ZipInspectorTest, AnswersAsAwsDoesWhenItIsNoZip) {
  EXPECT_EQ(
      Inspect("this is not a zip archive").status(),
      absl::InvalidArgumentError("Could not unzip uploaded file. Please check your file, then try to upload again."));
}

TEST(ZipInspectorTest, AnswersAsAwsDoesWhenItIsTooLarge) {
  EXPECT_EQ(Inspect(MakeZip("z.writestr('zeros', bytes(262144001))")).status(),
            absl::InvalidArgumentError("Unzipped size must be smaller than 262144000 bytes"));
}

TEST(ZipInspectorTest, AnswersAsAwsDoesWhenItIsEmpty) {
  EXPECT_EQ(Inspect(MakeZip("pass")).status(), absl::InvalidArgumentError("Uploaded file must be a non-empty zip"));
}

TEST(ZipInspectorTest, SaysWhatToMendAfterAwsSentence) {
  const absl::Status status = Inspect(MakeZip("z.writestr('../evil', 'x')")).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(),
            "Could not unzip uploaded file. Please check your file, then try to upload again. ('../evil' leaves the "
            "package)");
}

TEST(ZipInspectorTest, AHelperThatIsNotThereIsOurFault) {
  EXPECT_TRUE(absl::IsInternal(ZipInspector("/nonexistent").Inspect("PK").status()));
}

}  // namespace
}  // namespace hearth::controller
