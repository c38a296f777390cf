// The odd archives come from testdata/hostile_zips.py, by way of zip_extractor_test.cc; here is what they are made of.
#include "worker/artifacts/zip_directory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "common/unique_fd.h"

namespace hearth::worker {
namespace {

std::string Number(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string Local(const std::string& name, const std::string& data) {
  return "PK\003\004" + Number(20, 2) + Number(0, 2) + Number(0, 2) + Number(0, 4) + Number(0, 4) +
         Number(data.size(), 4) + Number(data.size(), 4) + Number(name.size(), 2) + Number(0, 2) + name + data;
}

std::string Central(const std::string& name, size_t data_bytes, uint64_t offset) {
  return "PK\001\002" + Number(20, 2) + Number(20, 2) + Number(0, 2) + Number(0, 2) + Number(0, 4) + Number(0, 4) +
         Number(data_bytes, 4) + Number(data_bytes, 4) + Number(name.size(), 2) + Number(0, 2) + Number(0, 2) +
         Number(0, 2) + Number(0, 2) + Number(0, 4) + Number(offset, 4) + name;
}

std::string End(uint64_t entries, size_t directory_bytes, size_t directory_offset) {
  return "PK\005\006" + Number(0, 2) + Number(0, 2) + Number(entries, 2) + Number(entries, 2) +
         Number(directory_bytes, 4) + Number(directory_offset, 4) + Number(0, 2);
}

absl::StatusOr<int64_t> Check(const std::string& archive) {
  const UniqueFd file(memfd_create("zip-directory-test", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), archive.data(), archive.size()), static_cast<ssize_t>(archive.size()));
  return CheckZipDirectory(file.get());
}

std::string TwoEntries(uint64_t second_offset) {
  const std::string body = Local("a", "first") + Local("b", "second");
  const std::string directory = Central("a", 5, 0) + Central("b", 6, second_offset);
  return body + directory + End(2, directory.size(), body.size());
}

TEST(ZipDirectoryTest, CountsTheEntriesOfAnHonestArchive) { EXPECT_EQ(Check(TwoEntries(36)).value(), 2); }

TEST(ZipDirectoryTest, TellsAnEmptyArchiveFromNone) {
  EXPECT_TRUE(absl::IsNotFound(Check(End(0, 0, 0)).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Check("").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Check(std::string(100000, 'x')).status()));
}

TEST(ZipDirectoryTest, RefusesEntriesThatOverlap) {
  const std::string body = Local("a", Local("b", "second"));
  const std::string directory = Central("a", Local("b", "second").size(), 0) + Central("b", 6, 31);
  EXPECT_EQ(Check(body + directory + End(2, directory.size(), body.size())).status(),
            absl::InvalidArgumentError("entries overlap"));
}

TEST(ZipDirectoryTest, EveryOtherOffsetIsRefused) {
  for (uint64_t offset = 0; offset < 80; ++offset) {
    if (offset == 36) continue;
    EXPECT_FALSE(Check(TwoEntries(offset)).ok()) << offset;
  }
}

TEST(ZipDirectoryTest, EveryCutIsRefused) {
  const std::string archive = TwoEntries(36);
  for (size_t size = 0; size < archive.size(); ++size) EXPECT_FALSE(Check(archive.substr(0, size)).ok()) << size;
}

}  // namespace
}  // namespace hearth::worker
