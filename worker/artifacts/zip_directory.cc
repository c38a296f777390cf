#include "worker/artifacts/zip_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

static_assert(std::endian::native == std::endian::little, "zip fields are little-endian and are copied as they are");

constexpr std::string_view kEndSignature = "PK\005\006";
constexpr std::string_view kZip64EndSignature = "PK\006\006";
constexpr std::string_view kZip64LocatorSignature = "PK\006\007";
constexpr std::string_view kCentralSignature = "PK\001\002";
constexpr std::string_view kLocalSignature = "PK\003\004";
constexpr size_t kEndBytes = 22;
constexpr int64_t kZip64EndBytes = 56;
constexpr int64_t kZip64LocatorBytes = 20;
constexpr size_t kCentralBytes = 46;
constexpr size_t kLocalBytes = 30;
constexpr int64_t kMaxCommentBytes = 65535;
constexpr uint16_t kZip64ExtraField = 1;
constexpr uint32_t kIn64 = 0xFFFFFFFF;        // "look into the zip64 field"
constexpr uint16_t kEncryptedFlags = 0x2041;  // encrypted, strongly encrypted, headers masked
constexpr uint16_t kStored = 0;
constexpr uint16_t kDeflated = 8;

template <class T>
T Field(std::string_view record, size_t offset) {
  T value;
  std::memcpy(&value, record.data() + offset, sizeof(value));
  return value;
}

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("the archive is damaged: {}", what));
}

// Exactly `size` bytes at `offset`.
absl::StatusOr<std::string> ReadAt(int fd, int64_t offset, size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = pread(fd, bytes.data() + done, size - done, offset + static_cast<int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("read the archive");
    if (count == 0) return Damaged("it ends too early");
    done += static_cast<size_t>(count);
  }
  return bytes;
}

struct DirectoryPlace {
  int64_t offset = 0;
  int64_t size_bytes = 0;
  int64_t entries = 0;
};

// Zip64 says the same with wider fields; the narrow ones then hold their largest value.
absl::StatusOr<DirectoryPlace> ReadZip64End(int fd, int64_t end_offset) {
  if (end_offset < kZip64LocatorBytes + kZip64EndBytes) return Damaged("the zip64 records are missing");
  ASSIGN_OR_RETURN(const std::string locator, ReadAt(fd, end_offset - kZip64LocatorBytes, kZip64LocatorBytes));
  if (!locator.starts_with(kZip64LocatorSignature)) return Damaged("the zip64 locator is missing");
  const int64_t zip64_offset = end_offset - kZip64LocatorBytes - kZip64EndBytes;
  if (Field<uint64_t>(locator, 8) != static_cast<uint64_t>(zip64_offset)) return Damaged("the zip64 locator is wrong");
  ASSIGN_OR_RETURN(const std::string end, ReadAt(fd, zip64_offset, kZip64EndBytes));
  if (!end.starts_with(kZip64EndSignature)) return Damaged("the zip64 end record is missing");
  if (Field<uint32_t>(end, 16) != 0 || Field<uint32_t>(end, 20) != 0) return Damaged("it is one of several disks");
  const uint64_t entries = Field<uint64_t>(end, 32);
  const uint64_t size_bytes = Field<uint64_t>(end, 40);
  const uint64_t offset = Field<uint64_t>(end, 48);
  const auto limit = static_cast<uint64_t>(zip64_offset);
  if (size_bytes > limit || offset != limit - size_bytes) return Damaged("the directory is not where it should be");
  if (entries != Field<uint64_t>(end, 24) || entries > limit) return Damaged("the number of entries is wrong");
  return DirectoryPlace{static_cast<int64_t>(offset), static_cast<int64_t>(size_bytes), static_cast<int64_t>(entries)};
}

// The end record is the last thing in the file but for its comment.
absl::StatusOr<DirectoryPlace> FindDirectory(int fd) {
  struct stat file {};
  if (fstat(fd, &file) != 0) return ErrnoStatus("look at the archive");
  const int64_t tail_bytes = std::min<int64_t>(file.st_size, static_cast<int64_t>(kEndBytes) + kMaxCommentBytes);
  if (tail_bytes < static_cast<int64_t>(kEndBytes)) return absl::FailedPreconditionError("it is not a zip archive");
  ASSIGN_OR_RETURN(const std::string tail, ReadAt(fd, file.st_size - tail_bytes, static_cast<size_t>(tail_bytes)));
  const size_t found = tail.rfind(kEndSignature);
  if (found == std::string::npos || found + kEndBytes > tail.size()) {
    return absl::FailedPreconditionError("it is not a zip archive");
  }
  const std::string_view end = std::string_view(tail).substr(found);
  if (end.size() != kEndBytes + Field<uint16_t>(end, 20))
    return absl::FailedPreconditionError("bytes follow the archive");
  const int64_t end_offset = file.st_size - static_cast<int64_t>(end.size());
  const DirectoryPlace narrow{Field<uint32_t>(end, 16), Field<uint32_t>(end, 12), Field<uint16_t>(end, 10)};
  if (narrow.entries == 0xFFFF || narrow.offset == kIn64 || narrow.size_bytes == kIn64) {
    return ReadZip64End(fd, end_offset);
  }
  if (Field<uint16_t>(end, 4) != 0 || Field<uint16_t>(end, 6) != 0) return Damaged("it is one of several disks");
  if (narrow.entries != Field<uint16_t>(end, 8)) return Damaged("the number of entries is wrong");
  // Bytes before the first entry would shift everything; readers then disagree about what the archive holds. A zip64
  // archive that fits the narrow fields has its zip64 records in between.
  const int64_t directory_end = narrow.offset + narrow.size_bytes;
  if (directory_end == end_offset) return narrow;
  if (directory_end == end_offset - kZip64LocatorBytes - kZip64EndBytes) return ReadZip64End(fd, end_offset);
  return Damaged("the directory is not where it should be");
}

struct Extent {
  int64_t begin = 0;
  int64_t end = 0;
};

struct CentralEntry {
  std::string_view name;
  uint16_t method = 0;
  uint64_t packed_bytes = 0;
  uint64_t local_offset = 0;
};

// Sizes and offsets that did not fit stand in the zip64 extra field, in this order, each only when asked for.
absl::Status ReadZip64Extra(std::string_view extra, bool wide_unpacked, CentralEntry& entry) {
  while (extra.size() >= 4) {
    const uint16_t id = Field<uint16_t>(extra, 0);
    const uint16_t size = Field<uint16_t>(extra, 2);
    if (extra.size() < size_t{4} + size) break;
    std::string_view body = extra.substr(4, size);
    extra.remove_prefix(size_t{4} + size);
    if (id != kZip64ExtraField) continue;
    if (wide_unpacked) {
      if (body.size() < 8) break;
      body.remove_prefix(8);
    }
    for (uint64_t* value : {&entry.packed_bytes, &entry.local_offset}) {
      if (*value != kIn64) continue;
      if (body.size() < 8) return Damaged("a zip64 field is too short");
      *value = Field<uint64_t>(body, 0);
      body.remove_prefix(8);
    }
    return absl::OkStatus();
  }
  return Damaged("a zip64 field is missing");
}

class DirectoryReader {
 public:
  DirectoryReader(int fd, const DirectoryPlace& place) : fd_(fd), place_(place), position_(place.offset) {}

  absl::Status Run() {
    extents_.reserve(static_cast<size_t>(place_.entries));
    for (int64_t i = 0; i < place_.entries; ++i) RETURN_IF_ERROR(ReadEntry());
    if (position_ != DirectoryEnd()) return Damaged("the number of entries is wrong");
    std::sort(extents_.begin(), extents_.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    for (size_t i = 1; i < extents_.size(); ++i) {
      if (extents_[i].begin < extents_[i - 1].end) return absl::InvalidArgumentError("entries overlap");
    }
    return absl::OkStatus();
  }

 private:
  int64_t DirectoryEnd() const { return place_.offset + place_.size_bytes; }

  // The next `size` bytes of the directory, from a window that moves over it.
  absl::StatusOr<std::string_view> Peek(size_t size) {
    if (position_ + static_cast<int64_t>(size) > DirectoryEnd()) return Damaged("the directory ends too early");
    const int64_t window_end = window_offset_ + static_cast<int64_t>(window_.size());
    if (position_ < window_offset_ || position_ + static_cast<int64_t>(size) > window_end) {
      constexpr int64_t kWindowBytes = 256 * 1024;
      const int64_t wanted = std::min(DirectoryEnd() - position_, std::max(kWindowBytes, static_cast<int64_t>(size)));
      ASSIGN_OR_RETURN(window_, ReadAt(fd_, position_, static_cast<size_t>(wanted)));
      window_offset_ = position_;
    }
    return std::string_view(window_).substr(static_cast<size_t>(position_ - window_offset_), size);
  }

  absl::Status ReadEntry() {
    ASSIGN_OR_RETURN(const std::string_view fixed, Peek(kCentralBytes));
    if (!fixed.starts_with(kCentralSignature)) return Damaged("an entry of the directory is wrong");
    const size_t name_bytes = Field<uint16_t>(fixed, 28);
    const size_t extra_bytes = Field<uint16_t>(fixed, 30);
    const size_t comment_bytes = Field<uint16_t>(fixed, 32);
    const size_t whole_bytes = kCentralBytes + name_bytes + extra_bytes + comment_bytes;
    ASSIGN_OR_RETURN(const std::string_view record, Peek(whole_bytes));
    if (Field<uint16_t>(record, 8) & kEncryptedFlags) return absl::InvalidArgumentError("an entry is encrypted");
    CentralEntry entry{.name = record.substr(kCentralBytes, name_bytes),
                       .method = Field<uint16_t>(record, 10),
                       .packed_bytes = Field<uint32_t>(record, 20),
                       .local_offset = Field<uint32_t>(record, 42)};
    if (entry.method != kStored && entry.method != kDeflated) {
      return absl::InvalidArgumentError(fmt::format("an entry has compression method {}; use deflate", entry.method));
    }
    RETURN_IF_ERROR(CheckNameAndKind(entry.name, record));
    const bool wide_unpacked = Field<uint32_t>(record, 24) == kIn64;
    if (wide_unpacked || entry.packed_bytes == kIn64 || entry.local_offset == kIn64) {
      RETURN_IF_ERROR(ReadZip64Extra(record.substr(kCentralBytes + name_bytes, extra_bytes), wide_unpacked, entry));
    }
    RETURN_IF_ERROR(CheckLocalHeader(entry));
    position_ += static_cast<int64_t>(whole_bytes);
    return absl::OkStatus();
  }

  // What libarchive would quietly mend: it cuts names at NUL, turns backslashes round and makes files of FIFOs.
  static absl::Status CheckNameAndKind(std::string_view name, std::string_view record) {
    if (name.empty() || name.size() > kMaxZipNameBytes || name.find('\0') != std::string_view::npos) {
      return absl::InvalidArgumentError("an entry's name is empty, too long or holds a NUL byte");
    }
    if (name.find('\\') != std::string_view::npos) {
      return absl::InvalidArgumentError("an entry's name holds a backslash; use forward slashes");
    }
    const bool made_on_unix = record[5] == 3 || record[5] == 19;
    const uint32_t kind = Field<uint32_t>(record, 38) >> 16 & S_IFMT;
    if (made_on_unix && kind != 0 && kind != S_IFREG && kind != S_IFDIR && kind != S_IFLNK) {
      return absl::InvalidArgumentError("an entry is neither a file, a directory nor a symbolic link");
    }
    return absl::OkStatus();
  }

  // libarchive takes the name from the local header: both headers must tell the same story.
  absl::Status CheckLocalHeader(const CentralEntry& entry) {
    const auto limit = static_cast<uint64_t>(place_.offset);
    const size_t head_bytes = kLocalBytes + entry.name.size();
    if (entry.local_offset > limit || limit - entry.local_offset < head_bytes)
      return Damaged("an entry lies outside it");
    ASSIGN_OR_RETURN(const std::string local, ReadAt(fd_, static_cast<int64_t>(entry.local_offset), head_bytes));
    if (!local.starts_with(kLocalSignature)) return Damaged("an entry's header is wrong");
    if (Field<uint16_t>(local, 6) & kEncryptedFlags) return absl::InvalidArgumentError("an entry is encrypted");
    if (Field<uint16_t>(local, 8) != entry.method || Field<uint16_t>(local, 26) != entry.name.size() ||
        std::string_view(local).substr(kLocalBytes) != entry.name) {
      return Damaged("an entry's two headers differ");
    }
    const uint64_t data_offset = entry.local_offset + head_bytes + Field<uint16_t>(local, 28);
    if (data_offset > limit || entry.packed_bytes > limit - data_offset) return Damaged("an entry lies outside it");
    extents_.push_back(
        {static_cast<int64_t>(entry.local_offset), static_cast<int64_t>(data_offset + entry.packed_bytes)});
    return absl::OkStatus();
  }

  const int fd_;
  const DirectoryPlace place_;
  int64_t position_;
  std::string window_;
  int64_t window_offset_ = 0;
  std::vector<Extent> extents_;
};

}  // namespace

absl::StatusOr<int64_t> CheckZipDirectory(int archive_fd) {
  ASSIGN_OR_RETURN(const DirectoryPlace place, FindDirectory(archive_fd));
  if (place.entries == 0) return absl::NotFoundError("the archive has no entries");
  if (place.entries > kMaxZipEntries) {
    return absl::InvalidArgumentError(fmt::format("more than {} entries", kMaxZipEntries));
  }
  RETURN_IF_ERROR(DirectoryReader(archive_fd, place).Run());
  return place.entries;
}

}  // namespace hearth::worker
