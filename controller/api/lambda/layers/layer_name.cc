#include "controller/api/lambda/layers/layer_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "common/arn.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kLayer = "layer:";
constexpr std::string_view kAwsLayer = "awslayer:";
constexpr size_t kMaxVersionDigits = 12;

bool IsAlnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsBareName(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAlnum(c) || c == '-' || c == '_'; });
}

bool IsPartition(std::string_view text) {
  return text.empty() || (text.starts_with("aws") && std::all_of(text.begin() + 3, text.end(), [](char c) {
                            return c == '-' || (IsAlnum(c) && (c < '0' || c > '9'));
                          }));
}

// The ARN of a layer, its version still in the name.
std::optional<LayerName> ParseLayerArn(std::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || !IsPartition(arn->partition) || arn->service != "lambda") return std::nullopt;
  if (!IsRegion(arn->region) || !IsAccountId(arn->account) || !arn->resource.starts_with(kLayer)) return std::nullopt;
  return LayerName{arn->region, arn->account, arn->resource.substr(kLayer.size()), 0};
}

bool IsAwsLayer(std::string_view text) {
  const std::optional<Arn> arn = Arn::Parse(text);
  return arn && !arn->partition.empty() &&
         std::all_of(arn->partition.begin(), arn->partition.end(), [](char c) { return IsAlnum(c) || c == '-'; }) &&
         arn->service == "lambda" && arn->region.empty() && arn->account.empty() &&
         arn->resource.starts_with(kAwsLayer) && IsBareName(std::string_view(arn->resource).substr(kAwsLayer.size()));
}

}  // namespace

std::optional<LayerName> LayerName::Parse(std::string_view text) {
  if (IsBareName(text)) return LayerName{"", "", std::string(text), 0};
  std::optional<LayerName> parsed = ParseLayerArn(text);
  if (!parsed || !IsBareName(parsed->name)) return std::nullopt;
  return parsed;
}

std::optional<LayerName> LayerName::ParseVersionArn(std::string_view text) {
  if (IsAwsLayer(text)) return LayerName{};
  std::optional<LayerName> parsed = ParseLayerArn(text);
  if (!parsed) return std::nullopt;
  const size_t colon = parsed->name.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string digits = parsed->name.substr(colon + 1);
  parsed->name.resize(colon);
  const bool number = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!IsBareName(parsed->name) || digits.empty() || !number) return std::nullopt;
  // A number that no version can have names none.
  if (digits.size() > kMaxVersionDigits || !absl::SimpleAtoi(digits, &parsed->version)) parsed->version = 0;
  return parsed;
}

const TextPattern kLayerNamePattern = {
    R"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+))"
    R"(|[a-zA-Z0-9-_]+)",
    [](std::string_view text) { return LayerName::Parse(text).has_value(); }};

const TextPattern kLayerVersionArnPattern = {
    R"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+)"
    R"(:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))",
    [](std::string_view text) { return LayerName::ParseVersionArn(text).has_value(); }};

std::string LayerArn(std::string_view region, std::string_view account, std::string_view name) {
  return fmt::format("arn:aws:lambda:{}:{}:layer:{}", region, account, name);
}

std::string LayerVersionArn(std::string_view region, const LayerVersionId& id) {
  return fmt::format("{}:{}", LayerArn(region, id.account, id.name), id.version);
}

std::string LayerVersionArn(const records::LayerVersion& version) {
  return LayerVersionArn(version.region(), {version.account(), version.name(), version.version()});
}

}  // namespace hearth::controller
