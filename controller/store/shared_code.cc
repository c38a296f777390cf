// What FunctionStore offers to the other owners of packages: layers.
#include <fmt/format.h>

#include "common/errors.h"
#include "controller/store/function_store.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {

absl::Status FunctionStore::ChargeCode(const std::string& account, int64_t bytes) {
  MutexLock writer(writer_);  // no function may grow between the look and the charge
  const int64_t limit = code_limit_(account);
  MutexLock lock(mutex_);
  AccountUsage& usage = usage_[account];
  if (usage.code_bytes + bytes > limit) {
    return absl::OutOfRangeError(fmt::format("code storage of account {}: {} bytes is the limit", account, limit));
  }
  usage.code_bytes += bytes;
  return absl::OkStatus();
}

void FunctionStore::CountCode(const std::string& account, int64_t bytes) {
  MutexLock lock(mutex_);
  usage_[account].code_bytes += bytes;
}

absl::StatusOr<records::CodeBlob> FunctionStore::GetCode(std::string_view sha256_hex) const {
  const std::string key = CodeKey(sha256_hex);
  ASSIGN_OR_RETURN(const std::string bytes, database_.Get(key));
  return ParseRecord<records::CodeBlob>(key, bytes);
}

absl::Status FunctionStore::StageRelease(std::string_view sha256_hex, WriteBatch& batch) const {
  ASSIGN_OR_RETURN(records::CodeBlob blob, GetCode(sha256_hex));
  blob.set_released_ms(UnixMillis(clock_.Wall()));
  batch.Put(CodeKey(sha256_hex), blob.SerializeAsString());
  return absl::OkStatus();
}

}  // namespace hearth::controller
