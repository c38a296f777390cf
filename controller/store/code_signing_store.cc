#include "controller/store/code_signing_store.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"
#include "proto/code_signing_records.pb.h"

namespace hearth::controller {
namespace {

void PutTags(std::string_view account, std::string_view id, const CodeSigningStore::Tags& tags, WriteBatch& batch) {
  const std::string key = CodeSigningTagsKey(account, id);
  if (tags.empty()) return batch.Delete(key);
  records::CodeSigningTags record;
  record.mutable_tags()->insert(tags.begin(), tags.end());
  batch.Put(key, record.SerializeAsString());
}

}  // namespace

absl::Status CodeSigningStore::Create(const records::CodeSigningConfig& config, const Tags& tags) {
  MutexLock writer(writer_);
  WriteBatch batch;
  batch.Put(CodeSigningKey(config.account(), config.id()), config.SerializeAsString());
  PutTags(config.account(), config.id(), tags, batch);
  return database_.Write(batch, WriteSync::kSynced);
}

absl::StatusOr<records::CodeSigningConfig> CodeSigningStore::Get(std::string_view account, std::string_view id) const {
  const std::string key = CodeSigningKey(account, id);
  const absl::StatusOr<std::string> bytes = database_.Get(key);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(fmt::format("code signing configuration {} of account {}", id, account));
  }
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<records::CodeSigningConfig>(key, *bytes);
}

absl::StatusOr<std::vector<records::CodeSigningConfig>> CodeSigningStore::List(std::string_view account,
                                                                               std::string_view after_id,
                                                                               size_t limit) const {
  const std::string after = after_id.empty() ? "" : CodeSigningKey(account, after_id);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs,
                   database_.Scan(CodeSigningOfAccountPrefix(account), after, limit));
  std::vector<records::CodeSigningConfig> configs;
  configs.reserve(pairs.size());
  for (const KeyValue& pair : pairs) {
    ASSIGN_OR_RETURN(records::CodeSigningConfig config, ParseRecord<records::CodeSigningConfig>(pair.key, pair.value));
    configs.push_back(std::move(config));
  }
  return configs;
}

absl::StatusOr<records::CodeSigningConfig> CodeSigningStore::Update(std::string_view account, std::string_view id,
                                                                    const Change& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(records::CodeSigningConfig config, Get(account, id));
  RETURN_IF_ERROR(change(config));
  WriteBatch batch;
  batch.Put(CodeSigningKey(account, id), config.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  return config;
}

absl::StatusOr<CodeSigningStore::Tags> CodeSigningStore::TagsOf(std::string_view account, std::string_view id) const {
  RETURN_IF_ERROR(Get(account, id).status());
  const std::string key = CodeSigningTagsKey(account, id);
  const absl::StatusOr<std::string> bytes = database_.Get(key);
  if (absl::IsNotFound(bytes.status())) return Tags();
  if (!bytes.ok()) return bytes.status();
  ASSIGN_OR_RETURN(const records::CodeSigningTags record, ParseRecord<records::CodeSigningTags>(key, *bytes));
  return Tags(record.tags().begin(), record.tags().end());
}

absl::Status CodeSigningStore::UpdateTags(std::string_view account, std::string_view id,
                                          const std::function<absl::Status(Tags& tags)>& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(Tags tags, TagsOf(account, id));
  RETURN_IF_ERROR(change(tags));
  WriteBatch batch;
  PutTags(account, id, tags, batch);
  return database_.Write(batch, WriteSync::kSynced);
}

absl::Status CodeSigningStore::Delete(std::string_view account, std::string_view id) {
  MutexLock writer(writer_);
  RETURN_IF_ERROR(Get(account, id).status());
  WriteBatch batch;
  batch.Delete(CodeSigningKey(account, id));
  batch.Delete(CodeSigningTagsKey(account, id));
  return database_.Write(batch, WriteSync::kSynced);
}

}  // namespace hearth::controller
