// Runs the real hearth-extract on every archive of testdata/hostile_zips.py, checking and unpacking.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "common/packages/extract_client.h"
#include "common/unique_fd.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kNobody = 65534;

struct Archive {
  std::string name;
  std::string verdict;
};

class ExtractTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    char pattern[] = "/tmp/hearth-extract-test-XXXXXX";
    base_ = mkdtemp(pattern);
    fs::create_directory(base_ / "zips");
    const std::string command =
        "python3 " HEARTH_ARTIFACTS_DIR "/testdata/hostile_zips.py " + (base_ / "zips").string();
    FILE* output = popen(command.c_str(), "r");
    ASSERT_NE(output, nullptr);
    char line[256];
    while (fgets(line, sizeof(line), output) != nullptr) {
      std::istringstream words(line);
      Archive archive;
      words >> archive.name >> archive.verdict;
      archives_.push_back(archive);
    }
    ASSERT_EQ(pclose(output), 0);
  }
  static void TearDownTestSuite() {
    fs::remove_all(base_);
    archives_.clear();
  }

  void SetUp() override {
    fs::create_directories(base_ / "tree" / "neighbour");
    std::ofstream(base_ / "tree" / "neighbour" / "file") << "untouched";
    std::ofstream(base_ / "tree" / "evil") << "untouched";
    MakeDestination();
  }
  void TearDown() override { fs::remove_all(base_ / "tree"); }

  static fs::path Destination() { return base_ / "tree" / "destination"; }

  static void MakeDestination() {
    fs::remove_all(Destination());
    fs::create_directory(Destination());
    if (geteuid() == 0) {
      ASSERT_EQ(chown(Destination().c_str(), kNobody, kNobody), 0);
    }
  }

  static ExtractReport Run(const std::string& name, bool into) {
    const UniqueFd archive(open((base_ / "zips" / name).c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd destination(open(Destination().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ExtractRequest request{.binary = HEARTH_EXTRACT_BINARY, .archive_fd = archive.get()};
    if (into) request.destination_fd = destination.get();
    if (geteuid() == 0) request.uid = kNobody;
    const absl::StatusOr<ExtractReport> report = RunExtract(request);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : ExtractReport{};
  }

  // What all helpers took so far: on a busy machine the wall clock says nothing about them.
  static double HelperCpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  }

  static std::string VerdictWord(const ExtractReport& report) {
    const std::string line = FormatExtractReport(report);
    return line.substr(0, line.find(' '));
  }

  // Everything around the destination: path -> content or kind.
  static std::map<std::string, std::string> Surroundings() {
    std::map<std::string, std::string> found;
    for (fs::recursive_directory_iterator it(base_ / "tree"); it != fs::recursive_directory_iterator(); ++it) {
      if (it->path() == Destination()) {
        it.disable_recursion_pending();
        continue;
      }
      std::ostringstream content;
      if (it->is_regular_file()) content << std::ifstream(it->path()).rdbuf();
      found[it->path()] = content.str();
    }
    return found;
  }

  static std::string ReadFile(const fs::path& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
  }

  static inline fs::path base_;
  static inline std::vector<Archive> archives_;
};

TEST_F(ExtractTest, DecidesAboutEveryArchiveOfTheCorpusWithinTwoSecondsOfCpu) {
  ASSERT_GT(archives_.size(), 80u);
  for (const Archive& archive : archives_) {
    const double before = HelperCpuSeconds();
    const ExtractReport report = Run(archive.name, false);
    EXPECT_EQ(VerdictWord(report), archive.verdict) << archive.name << ": " << report.reason;
    EXPECT_LT(HelperCpuSeconds() - before, 2.0) << archive.name;
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(ExtractTest, TakesLessThan64MiBForAnyArchive) {
  // A child of its own: its children are the helpers only, not what made the corpus.
  const pid_t child = fork();
  if (child == 0) {
    for (const Archive& archive : archives_) Run(archive.name, false);
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    _exit(usage.ru_maxrss < 64 * 1024 ? 0 : 1);
  }
  int wait_status = 0;
  ASSERT_EQ(waitpid(child, &wait_status, 0), child);
  EXPECT_EQ(wait_status, 0);
}
#endif

TEST_F(ExtractTest, UnpackingDecidesAsCheckingDoesAndTouchesNothingOutside) {
  // Tens of thousands of files each: checking has decided about them already.
  const std::set<std::string> slow = {"good_65536_entries.zip", "bomb_deep_directories.zip", "bomb_long_names.zip",
                                      "bomb_links.zip"};
  const std::map<std::string, std::string> before = Surroundings();
  for (const Archive& archive : archives_) {
    if (slow.contains(archive.name)) continue;
    MakeDestination();
    const ExtractReport report = Run(archive.name, true);
    EXPECT_EQ(VerdictWord(report), archive.verdict) << archive.name << ": " << report.reason;
    EXPECT_EQ(Surroundings(), before) << archive.name;
  }
  EXPECT_FALSE(fs::exists("/evil"));
  EXPECT_FALSE(fs::exists("/tmp/evil"));
}

TEST_F(ExtractTest, WritesWhatThePackageHolds) {
  ASSERT_EQ(Run("good_python.zip", true).verdict, ExtractVerdict::kOk);
  EXPECT_EQ(ReadFile(Destination() / "index.py"), "def handler(event, context): return event\n");
  EXPECT_EQ(ReadFile(Destination() / "größe" / "名前.txt"), "unicode names");
}

TEST_F(ExtractTest, CountsBytesAndEntries) {
  const ExtractReport report = Run("good_link_inside.zip", false);
  EXPECT_EQ(report.entries, 3);
  EXPECT_EQ(report.unzipped_bytes, 20);
}

TEST_F(ExtractTest, KeepsTheExecutableBitAndLinksAndDropsSetuid) {
  ASSERT_EQ(Run("good_link_inside.zip", true).verdict, ExtractVerdict::kOk);
  struct stat script {};
  ASSERT_EQ(stat((Destination() / "node_modules/.bin/tool").c_str(), &script), 0);
  EXPECT_EQ(script.st_mode & 07777, 0755u);
  MakeDestination();
  ASSERT_EQ(Run("good_setuid_is_stripped.zip", true).verdict, ExtractVerdict::kOk);
  struct stat tool {};
  ASSERT_EQ(stat((Destination() / "tool").c_str(), &tool), 0);
  EXPECT_EQ(tool.st_mode & 07777, 0755u);
}

TEST_F(ExtractTest, MakesDirectoriesEveryUidMayRead) {
  ASSERT_EQ(Run("good_directory_twice.zip", true).verdict, ExtractVerdict::kOk);
  struct stat directory {};
  ASSERT_EQ(stat((Destination() / "d").c_str(), &directory), 0);
  EXPECT_EQ(directory.st_mode & 07777, 0755u);
}

TEST_F(ExtractTest, TellsWhatIsWrongWithoutControlBytes) {
  const ExtractReport report = Run("name_00.zip", false);
  EXPECT_EQ(report.reason, "'../evil' leaves the package");
  for (const Archive& archive : archives_) {
    const std::string reason = Run(archive.name, false).reason;
    EXPECT_TRUE(std::all_of(reason.begin(), reason.end(), [](char c) { return c >= ' ' && c <= '~'; })) << archive.name;
  }
}

TEST_F(ExtractTest, SaysThatAFullDiskIsFull) {
  if (geteuid() != 0) GTEST_SKIP() << "mounting a small file system needs root";
  const std::string directory = Destination().string();
  if (system(("mount -t tmpfs -o size=1m,mode=0777 hearth-extract-test " + directory).c_str()) != 0) GTEST_SKIP();
  const ExtractReport report = Run("good_largest.zip", true);
  ASSERT_EQ(system(("umount " + directory).c_str()), 0);
  EXPECT_EQ(report.verdict, ExtractVerdict::kNoSpace) << report.reason;
}

}  // namespace
}  // namespace hearth
