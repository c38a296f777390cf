// LayerName reads every form in which a client may name a layer or a version of one.
//
// Shapes:  "name", "arn:aws:lambda:REGION:ACCOUNT:layer:name", the same with ":VERSION"; AWS's own layers,
//          "arn:aws:lambda:::awslayer:name", have the form of a version and exist nowhere here.
// Threads: value types.
// Source:  api.md "Long patterns".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/validation.h"
#include "controller/store/layer_store.h"

namespace hearth::controller {

extern const TextPattern kLayerNamePattern;
extern const TextPattern kLayerVersionArnPattern;

struct LayerName {
  std::string region;   // empty when not named
  std::string account;  // empty when not named
  std::string name;
  int64_t version = 0;  // of a version's ARN

  // A bare name or a layer's ARN.
  static std::optional<LayerName> Parse(std::string_view text);
  // A version's ARN; no name when it is one of AWS's own layers.
  static std::optional<LayerName> ParseVersionArn(std::string_view text);

  LayerVersionId Id() const { return {account, name, version}; }
};

std::string LayerArn(std::string_view region, std::string_view account, std::string_view name);
std::string LayerVersionArn(const records::LayerVersion& version);
std::string LayerVersionArn(std::string_view region, const LayerVersionId& id);

}  // namespace hearth::controller
