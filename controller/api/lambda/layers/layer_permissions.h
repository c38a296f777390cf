// LayerPermissionsApi answers the operations on the policy of a layer version: who besides its account may use it.
//
// Shapes:  rest-json of api.md §5. The policy is kept as JSON, as clients are shown it; a revision id changes with it.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Limits:  kMaxPolicyBytes.
// Source:  api.md §5; errors.tsv "Layers"; Lambda Developer Guide, "Granting layer access to other accounts".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/api/operation_table.h"
#include "controller/store/layer_store.h"

namespace hearth::controller {

class LayerPermissionsApi {
 public:
  static constexpr size_t kMaxPolicyBytes = 20480;

  LayerPermissionsApi(std::string region, LayerStore& layers, Random& random)
      : region_(std::move(region)), layers_(layers), random_(random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Add(const ApiCall& call);
  absl::StatusOr<ApiReply> GetPolicy(const ApiCall& call);
  absl::StatusOr<ApiReply> Remove(const ApiCall& call);

 private:
  absl::StatusOr<records::LayerVersion> Update(const LayerVersionId& id, const LayerStore::Change& change);

  const std::string region_;
  LayerStore& layers_;
  Random& random_;
};

}  // namespace hearth::controller
