// LayersApi answers the operations on layer versions: publish, read, list, delete.
//
// Shapes:  rest-json of api.md §5.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Source:  api.md §5; errors.tsv "Layers".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "controller/api/lambda/code_intake.h"
#include "controller/api/lambda/code_signing/code_trust.h"
#include "controller/api/lambda/layers/layer_access.h"
#include "controller/api/lambda/layers/layer_name.h"
#include "controller/api/operation_table.h"
#include "controller/auth/code_links.h"
#include "controller/store/layer_store.h"

namespace hearth::controller {

class LayersApi {
 public:
  LayersApi(std::string region, LayerStore& layers, const LayerAccess& access, CodeIntake& code, const CodeTrust& trust,
            const CodeLinks& links, Clock& clock)
      : region_(std::move(region)),
        layers_(layers),
        access_(access),
        code_(code),
        trust_(trust),
        links_(links),
        clock_(clock) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Publish(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> GetByArn(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);
  absl::StatusOr<ApiReply> ListVersions(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);

 private:
  absl::StatusOr<ApiReply> Show(const ApiCall& call, const LayerVersionId& id);
  ApiReply Render(int status, const ApiCall& call, const records::LayerVersion& version) const;

  const std::string region_;
  LayerStore& layers_;
  const LayerAccess& access_;
  CodeIntake& code_;
  const CodeTrust& trust_;
  const CodeLinks& links_;
  Clock& clock_;
};

// A version as lists show it.
Json RenderLayerVersion(const records::LayerVersion& version);

}  // namespace hearth::controller
