// Shell scripts play the helper; worker/artifacts/zip_extractor_test.cc runs the real one.
#include "common/packages/extract_client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "common/unique_fd.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

class ExtractClientTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-extract-client-test-XXXXXX";
    base_ = mkdtemp(pattern);
    std::ofstream(base_ / "archive") << "content of the archive";
  }
  void TearDown() override { fs::remove_all(base_); }

  absl::StatusOr<ExtractReport> Run(const std::string& script,
                                    std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    const fs::path helper = base_ / "helper";
    std::ofstream(helper) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(helper, fs::perms::owner_all);
    const UniqueFd archive(open((base_ / "archive").c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd destination(open(base_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return RunExtract(
        {.binary = helper, .archive_fd = archive.get(), .destination_fd = destination.get(), .timeout = timeout});
  }

  fs::path base_;
};

TEST_F(ExtractClientTest, HandsTheArchiveOverAndReadsTheVerdict) {
  const absl::StatusOr<ExtractReport> report = Run("echo refused $1 $(cat)");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->verdict, ExtractVerdict::kRefused);
  EXPECT_EQ(report->reason, "--into content of the archive");
}

TEST_F(ExtractClientTest, GivesTheHelperNothingElse) {
  const UniqueFd leaked(open("/dev/null", O_RDONLY));  // without close-on-exec
  const absl::StatusOr<ExtractReport> report =
      Run("echo refused $(ls /proc/self/fd | tr '\\n' ' ') $(env | grep -c SECRET)");
  ASSERT_TRUE(report.ok()) << report.status();
  // 0, 1, 2, the destination, and what the shell and ls opened themselves.
  EXPECT_LE(report->reason.size(), std::string("0 1 2 3 4 5 10 0").size()) << report->reason;
}

TEST_F(ExtractClientTest, AHelperThatDiesOfTheArchiveRefusesIt) {
  const absl::StatusOr<ExtractReport> report = Run("kill -SEGV $$");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->verdict, ExtractVerdict::kRefused);
}

TEST_F(ExtractClientTest, AHelperWithoutAnAnswerIsAnError) {
  EXPECT_EQ(Run("exit 3").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Run("echo nonsense").status().code(), absl::StatusCode::kInternal);
}

TEST_F(ExtractClientTest, AHelperThatNeverAnswersIsEnded) {
  const auto begin = steady_clock::now();
  EXPECT_EQ(Run("exec sleep 60", std::chrono::milliseconds(200)).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(ExtractClientTest, AnAnswerWithoutEndIsNotReadForEver) {
  EXPECT_FALSE(Run("exec yes", std::chrono::seconds(5)).value_or(ExtractReport{}).verdict == ExtractVerdict::kOk);
}

TEST_F(ExtractClientTest, AHelperThatStaysAfterItsAnswerIsEnded) {
  const auto begin = steady_clock::now();
  EXPECT_EQ(Run("echo ok 1 1; exec >&-; exec sleep 60").value().verdict, ExtractVerdict::kOk);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST_F(ExtractClientTest, AMissingHelperIsAnError) {
  const UniqueFd archive(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const absl::StatusOr<ExtractReport> report =
      RunExtract({.binary = "/nonexistent/hearth-extract", .archive_fd = archive.get()});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace hearth
