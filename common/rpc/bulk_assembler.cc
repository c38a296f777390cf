#include "common/rpc/bulk_assembler.h"

#include "absl/strings/str_cat.h"

namespace hearth::rpc {

absl::StatusOr<BulkBodies::Body*> BulkBodies::Find(uint64_t invocation_id) {
  const auto it = bodies_.find(invocation_id);
  if (it != bodies_.end()) return &it->second;
  if (bodies_.size() >= kMaxBulkAnnounced) return absl::ResourceExhaustedError("too many payloads are announced");
  return &bodies_[invocation_id];
}

absl::Status BulkBodies::CheckSize(const Body& body) {
  if (!body.announced_bytes) return absl::OkStatus();
  const size_t announced = *body.announced_bytes;
  if (body.bytes.size() > announced || (body.ended && body.bytes.size() != announced)) {
    return absl::DataLossError(absl::StrCat("a payload of ", body.bytes.size(), " bytes was announced as ", announced));
  }
  return absl::OkStatus();
}

absl::Status BulkBodies::Announce(uint64_t invocation_id, size_t bytes) {
  if (bytes > max_payload_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a payload of ", bytes, " bytes; the bound is ", max_payload_bytes_));
  }
  ASSIGN_OR_RETURN(Body* const body, Find(invocation_id));
  body->announced_bytes = bytes;
  return CheckSize(*body);
}

absl::StatusOr<std::string*> BulkBodies::Grow(uint64_t invocation_id, size_t bytes) {
  ASSIGN_OR_RETURN(Body* const body, Find(invocation_id));
  if (body->ended || body->bytes.size() + bytes > max_payload_bytes_) {
    return absl::ResourceExhaustedError(absl::StrCat("a payload of more than ", max_payload_bytes_, " bytes"));
  }
  if (!body->growing) {
    if (growing_ >= kMaxBulkGrowing) return absl::ResourceExhaustedError("too many payloads are unfinished");
    ++growing_;
    body->growing = true;
    body->bytes.reserve(body->announced_bytes.value_or(bytes));
  }
  return &body->bytes;
}

absl::Status BulkBodies::End(uint64_t invocation_id) {
  ASSIGN_OR_RETURN(Body* const body, Find(invocation_id));
  body->ended = true;
  return CheckSize(*body);
}

std::optional<std::string> BulkBodies::TakeWhole(uint64_t invocation_id) {
  const auto it = bodies_.find(invocation_id);
  if (it == bodies_.end() || !it->second.ended || !it->second.announced_bytes) return std::nullopt;
  if (it->second.growing) --growing_;
  std::string whole = std::move(it->second.bytes);
  bodies_.erase(it);
  return whole;
}

}  // namespace hearth::rpc
