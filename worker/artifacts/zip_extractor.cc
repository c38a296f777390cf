#include "worker/artifacts/zip_extractor.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/limits.h"
#include "fmt/format.h"
#include "worker/artifacts/package_tree.h"
#include "worker/artifacts/package_writer.h"
#include "worker/artifacts/zip_directory.h"

namespace hearth::worker {
namespace {

constexpr size_t kReadBytes = 128 * 1024;

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

class Extractor {
 public:
  Extractor(int archive_fd, int destination_fd) : archive_fd_(archive_fd), reader_(archive_read_new()) {
    if (destination_fd >= 0) writer_.emplace(destination_fd);
  }

  absl::StatusOr<ExtractSummary> Run() {
    ASSIGN_OR_RETURN(const int64_t entries, CheckZipDirectory(archive_fd_));
    if (reader_ == nullptr || archive_read_support_format_zip_seekable(reader_.get()) != ARCHIVE_OK ||
        archive_read_open_fd(reader_.get(), archive_fd_, kReadBytes) != ARCHIVE_OK) {
      return ArchiveFailure("open");
    }
    for (;;) {
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(reader_.get(), &entry);
      if (result == ARCHIVE_EOF) break;
      // A warning means that the headers contradict each other or that a name cannot be read.
      if (result != ARCHIVE_OK) return ArchiveFailure("read an entry");
      RETURN_IF_ERROR(ExtractEntry(entry));
      ++summary_.entries;
    }
    if (summary_.entries != entries) return absl::InvalidArgumentError("the archive is damaged: entries are missing");
    RETURN_IF_ERROR(tree_.CheckLinks());
    return summary_;
  }

 private:
  absl::Status ArchiveFailure(std::string_view doing) {
    const char* text = reader_ ? archive_error_string(reader_.get()) : nullptr;
    return absl::InvalidArgumentError(fmt::format("cannot {}: {}", doing, text ? text : "the archive is damaged"));
  }

  absl::Status ExtractEntry(archive_entry* entry) {
    if (archive_entry_is_encrypted(entry)) return absl::InvalidArgumentError("an entry is encrypted");
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) return absl::InvalidArgumentError("an entry's name cannot be read");
    if (archive_entry_hardlink(entry) != nullptr) return absl::InvalidArgumentError("an entry is a hard link");
    ASSIGN_OR_RETURN(const std::string path, PackageTree::NormalisePath(name));
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return ExtractDirectory(path);
      case AE_IFREG:
        return ExtractFile(path, (archive_entry_perm(entry) & 0111) != 0);
      case AE_IFLNK:
        return ExtractLink(path, archive_entry_symlink(entry));
      default:
        break;  // the kinds are libarchive's, not an enum of ours
    }
    return absl::InvalidArgumentError(
        fmt::format("'{}' is neither a file, a directory nor a symbolic link", path.substr(0, 200)));
  }

  absl::Status ExtractDirectory(const std::string& path) {
    ASSIGN_OR_RETURN(const std::vector<std::string> directories, tree_.AddDirectory(path));
    return MakeDirectories(directories);
  }

  absl::Status ExtractLink(const std::string& path, const char* target) {
    if (target == nullptr) return absl::InvalidArgumentError("a link's target cannot be read");
    ASSIGN_OR_RETURN(const std::vector<std::string> directories, tree_.AddLink(path, target));
    RETURN_IF_ERROR(MakeDirectories(directories));
    return writer_ ? writer_->MakeLink(path, target) : absl::OkStatus();
  }

  absl::Status ExtractFile(const std::string& path, bool executable) {
    ASSIGN_OR_RETURN(const std::vector<std::string> directories, tree_.AddFile(path));
    RETURN_IF_ERROR(MakeDirectories(directories));
    UniqueFd file;
    if (writer_) {
      ASSIGN_OR_RETURN(file, writer_->CreateFile(path, executable));
    }
    int64_t expected_offset = 0;
    for (;;) {
      const void* data = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int result = archive_read_data_block(reader_.get(), &data, &size, &offset);
      if (result == ARCHIVE_EOF) return absl::OkStatus();
      // A warning here is a wrong checksum or a wrong size.
      if (result != ARCHIVE_OK) return ArchiveFailure(fmt::format("inflate '{}'", path.substr(0, 200)));
      if (offset != expected_offset) return absl::InvalidArgumentError("an entry has holes");
      expected_offset += static_cast<int64_t>(size);
      summary_.unzipped_bytes += static_cast<int64_t>(size);
      if (summary_.unzipped_bytes > kMaxUnzippedBytes) return absl::OutOfRangeError("it is too large when unzipped");
      if (file.valid()) RETURN_IF_ERROR(PackageWriter::WriteAll(file.get(), static_cast<const char*>(data), size));
    }
  }

  absl::Status MakeDirectories(const std::vector<std::string>& paths) {
    if (!writer_) return absl::OkStatus();
    for (const std::string& path : paths) RETURN_IF_ERROR(writer_->MakeDirectory(path));
    return absl::OkStatus();
  }

  const int archive_fd_;
  std::unique_ptr<archive, ArchiveCloser> reader_;
  std::optional<PackageWriter> writer_;
  PackageTree tree_;
  ExtractSummary summary_;
};

}  // namespace

absl::StatusOr<ExtractSummary> ExtractZip(int archive_fd, int destination_fd) {
  return Extractor(archive_fd, destination_fd).Run();
}

}  // namespace hearth::worker
