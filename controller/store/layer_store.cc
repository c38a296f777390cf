#include "controller/store/layer_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/failpoint.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 500;

std::string KeyOf(const LayerVersionId& id) { return LayerVersionKey(id.account, id.name, id.version); }

absl::StatusOr<records::Layer> ReadLayer(const Database& database, const std::string& key) {
  const absl::StatusOr<std::string> bytes = database.Get(key);
  if (absl::IsNotFound(bytes.status())) return records::Layer();
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<records::Layer>(key, *bytes);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LayerStore>> LayerStore::Open(Database& database, FunctionStore& packages) {
  auto store = std::make_unique<LayerStore>(database, packages);
  RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status LayerStore::Load() {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database_.Scan(kLayerVersionPrefix, after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(const records::LayerVersion version, ParseRecord<records::LayerVersion>(pair.key, pair.value));
      packages_.code_references().Add(version.code_sha256_hex(), 1);
      packages_.CountCode(version.account(), version.code_bytes());
    }
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

absl::StatusOr<records::LayerVersion> LayerStore::Publish(records::LayerVersion version) {
  MutexLock writer(writer_);
  const std::string layer_key = LayerKey(version.account(), version.name());
  ASSIGN_OR_RETURN(records::Layer layer, ReadLayer(database_, layer_key));
  version.set_version(std::max<int64_t>(layer.next_version(), 1));
  layer.set_next_version(version.version() + 1);
  RETURN_IF_ERROR(packages_.ChargeCode(version.account(), version.code_bytes()));
  WriteBatch batch;
  batch.Put(layer_key, layer.SerializeAsString());
  batch.Put(KeyOf({version.account(), version.name(), version.version()}), version.SerializeAsString());
  FAILPOINT("layer_store_before_write");
  if (const absl::Status written = database_.Write(batch, WriteSync::kSynced); !written.ok()) {
    packages_.CountCode(version.account(), -version.code_bytes());
    return written;
  }
  FAILPOINT("layer_store_after_write");
  packages_.code_references().Add(version.code_sha256_hex(), 1);
  return version;
}

absl::StatusOr<records::LayerVersion> LayerStore::Get(const LayerVersionId& id) const {
  const std::string key = KeyOf(id);
  const absl::StatusOr<std::string> bytes = database_.Get(key);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(fmt::format("version {} of layer {} of account {}", id.version, id.name, id.account));
  }
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<records::LayerVersion>(key, *bytes);
}

absl::StatusOr<PinnedLayer> LayerStore::Pin(const LayerVersionId& id) {
  MutexLock writer(writer_);  // it cannot be deleted between the look and the pin
  ASSIGN_OR_RETURN(records::LayerVersion version, Get(id));
  CodePin pin(packages_.code_references(), version.code_sha256_hex());
  return PinnedLayer{std::move(version), std::move(pin)};
}

absl::StatusOr<std::vector<records::LayerVersion>> LayerStore::ListVersions(std::string_view account,
                                                                            std::string_view name, int64_t below,
                                                                            size_t limit) const {
  const std::string after = below == 0 ? "" : LayerVersionKey(account, name, below);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database_.Scan(LayerVersionsPrefix(account, name), after, limit));
  std::vector<records::LayerVersion> versions;
  versions.reserve(pairs.size());
  for (const KeyValue& pair : pairs) {
    ASSIGN_OR_RETURN(records::LayerVersion version, ParseRecord<records::LayerVersion>(pair.key, pair.value));
    versions.push_back(std::move(version));
  }
  return versions;
}

absl::StatusOr<std::vector<std::string>> LayerStore::ListNames(std::string_view account, std::string_view after_name,
                                                               size_t limit) const {
  const std::string prefix = LayersOfAccountPrefix(account);
  const std::string after = after_name.empty() ? "" : LayerKey(account, after_name);
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database_.Scan(prefix, after, limit));
  std::vector<std::string> names;
  names.reserve(pairs.size());
  for (const KeyValue& pair : pairs) names.push_back(pair.key.substr(prefix.size()));
  return names;
}

absl::StatusOr<records::LayerVersion> LayerStore::Update(const LayerVersionId& id, const Change& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(records::LayerVersion version, Get(id));
  RETURN_IF_ERROR(change(version));
  WriteBatch batch;
  batch.Put(KeyOf(id), version.SerializeAsString());
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  return version;
}

absl::Status LayerStore::Delete(const LayerVersionId& id) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(const records::LayerVersion version, Get(id));
  WriteBatch batch;
  batch.Delete(KeyOf(id));
  RETURN_IF_ERROR(packages_.StageRelease(version.code_sha256_hex(), batch));
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  packages_.code_references().Add(version.code_sha256_hex(), -1);
  packages_.CountCode(version.account(), -version.code_bytes());
  return absl::OkStatus();
}

}  // namespace hearth::controller
