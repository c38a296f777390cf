// FunctionLayers reads the Layers of CreateFunction and UpdateFunctionConfiguration and finds the versions they name.
//
// Shapes:  at most five ARNs of versions, of one region, no two of the same layer; a later one overrides an earlier.
//          What a layer says it is compatible with is not compared: AWS uses it to list by, and so do we.
// Errors:  InvalidParameterValueException and AccessDeniedException with AWS's texts.
// Threads: any thread; reads the database.
// Source:  errors.tsv "Layers"; semantics.md §4 "layers".
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/layers/layer_access.h"
#include "controller/api/lambda/validation.h"
#include "controller/auth/identity.h"
#include "controller/store/layer_store.h"

namespace hearth::controller {

// The member Layers into `validation`.
void ValidateLayers(BodyReader& body, Validation& validation);

// The layers of one request; their packages stay while it lives.
class ChosenLayers {
 public:
  bool given() const { return given_; }  // an empty list is given too
  // Replaces the version's layers, if given.
  void PutInto(records::FunctionVersion& version) const;

 private:
  friend class FunctionLayers;
  bool given_ = false;
  std::vector<PinnedLayer> pinned_;
};

class FunctionLayers {
 public:
  FunctionLayers(std::string region, LayerStore& layers, const LayerAccess& access, const FunctionStore& packages)
      : region_(std::move(region)), layers_(layers), access_(access), packages_(packages) {}

  // Precondition: ValidateLayers found nothing.
  absl::StatusOr<ChosenLayers> Choose(const Identity& caller, const Json& body) const;
  // Whether a version's layers and a package of this size fit an environment, unzipped.
  absl::Status CheckSize(const records::FunctionVersion& version, int64_t unzipped_code_bytes) const;
  // The same for the package it has.
  absl::Status CheckSize(const records::FunctionVersion& version) const;

 private:
  absl::StatusOr<PinnedLayer> Find(const Identity& caller, const std::string& arn) const;

  const std::string region_;
  LayerStore& layers_;
  const LayerAccess& access_;
  const FunctionStore& packages_;
};

}  // namespace hearth::controller
