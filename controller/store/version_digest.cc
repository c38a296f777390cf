#include "controller/store/version_digest.h"

#include <fmt/format.h>

#include <optional>

#include "common/errors.h"
#include "proto/records.pb.h"

namespace hearth::controller {
namespace {

using records::FunctionVersion;
using records::UsedLayer;

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint32_t number = 0;
  uint32_t type = 0;
  uint64_t value = 0;      // of kVarint
  std::string_view bytes;  // of kBytes
};

// The fields of one message, one after the other.
class FieldReader {
 public:
  explicit FieldReader(std::string_view message) : rest_(message) {}

  bool AtEnd() const { return rest_.empty(); }
  // nullopt when the bytes are no field.
  std::optional<Field> Next() {
    const std::optional<uint64_t> tag = Varint();
    if (!tag) return std::nullopt;
    Field field{static_cast<uint32_t>(*tag >> 3), static_cast<uint32_t>(*tag & 7), 0, {}};
    if (field.type == kFixed64) return Skip(field, 8);
    if (field.type == kFixed32) return Skip(field, 4);
    if (field.type != kVarint && field.type != kBytes) return std::nullopt;
    const std::optional<uint64_t> value = Varint();
    if (!value) return std::nullopt;
    field.value = *value;
    return field.type == kBytes ? Skip(field, *value) : field;
  }

 private:
  std::optional<Field> Skip(Field field, uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    field.bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }
  std::optional<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

// Where `number` is in the message, the last time; empty when it is not there. nullopt: no message.
std::optional<std::string_view> FindBytes(std::string_view message, int number) {
  std::string_view found;
  for (FieldReader reader(message); !reader.AtEnd();) {
    const std::optional<Field> field = reader.Next();
    if (!field) return std::nullopt;
    if (field->type == kBytes && field->number == static_cast<uint32_t>(number)) found = field->bytes;
  }
  return found;
}

bool Take(const Field& field, VersionDigest& digest) {
  switch (field.number) {
    case FunctionVersion::kCodeBytesFieldNumber:
      digest.code_bytes = static_cast<int64_t>(field.value);
      return field.type == kVarint;
    case FunctionVersion::kCodeSha256HexFieldNumber:
      digest.code_sha256_hex = field.bytes;
      return field.type == kBytes;
    case FunctionVersion::kLayersFieldNumber: {
      const std::optional<std::string_view> layer = FindBytes(field.bytes, UsedLayer::kCodeSha256HexFieldNumber);
      if (layer) digest.layers_sha256_hex.push_back(*layer);
      return field.type == kBytes && layer;
    }
    default:
      return true;
  }
}

}  // namespace

absl::StatusOr<VersionDigest> ReadVersionDigest(std::string_view key, std::string_view packed) {
  VersionDigest digest;
  for (FieldReader reader(packed); !reader.AtEnd();) {
    const std::optional<Field> field = reader.Next();
    if (!field || !Take(*field, digest)) return absl::DataLossError(fmt::format("record {} cannot be read", key));
  }
  return digest;
}

}  // namespace hearth::controller
