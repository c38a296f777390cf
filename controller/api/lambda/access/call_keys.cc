#include "controller/api/lambda/access/call_keys.h"

#include <algorithm>
#include <iterator>

#include "common/same_text.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kTagKeys = "aws:tagkeys";
constexpr std::string_view kRequestTag = "aws:requesttag/";
constexpr std::string_view kResourceTag = "aws:resourcetag/";

// Keys that are a member of the body of one operation. In any other body the same name means nothing.
struct MemberKey {
  std::string_view key;
  std::string_view operation;
  std::string_view member;
};
constexpr MemberKey kMemberKeys[] = {
    {"lambda:principal", "AddPermission", "Principal"},
    {"lambda:functionurlauthtype", "AddPermission", "FunctionUrlAuthType"},
    {"lambda:functionurlauthtype", "CreateFunctionUrlConfig", "AuthType"},
    {"lambda:functionurlauthtype", "UpdateFunctionUrlConfig", "AuthType"},
    {"lambda:codesigningconfigarn", "CreateFunction", "CodeSigningConfigArn"},
    {"lambda:codesigningconfigarn", "PutFunctionCodeSigningConfig", "CodeSigningConfigArn"},
    {"lambda:layer", "CreateFunction", "Layers"},
    {"lambda:layer", "UpdateFunctionConfiguration", "Layers"},
};
constexpr std::string_view kTaggingOperations[] = {"CreateFunction", "TagResource", "CreateEventSourceMapping",
                                                   "CreateCodeSigningConfig", "CreateCapacityProvider"};

}  // namespace

void CallKeys::Find(std::string_view key, ConditionValues& values) const {
  FindOfTransport(key, values);
  if (key.starts_with(kResourceTag)) FindResourceTag(key.substr(kResourceTag.size()), values);
  for (const MemberKey& known : kMemberKeys) {
    if (known.key == key && known.operation == operation_) AddMember(known.member, values);
  }
  const bool tags = std::find(std::begin(kTaggingOperations), std::end(kTaggingOperations), operation_) !=
                    std::end(kTaggingOperations);
  if (tags && (key == kTagKeys || key.starts_with(kRequestTag))) FindTags(key, values);
  if (operation_ == "UntagResource" && key == kTagKeys) {
    for (const auto& [name, value] : call_.repeated_query) {
      if (name == "tagKeys") values.push_back(value);
    }
  }
}

void CallKeys::FindOfTransport(std::string_view key, ConditionValues& values) const {
  const auto add_header = [&](std::string_view name) {
    if (const auto header = call_.headers.Find(name)) values.push_back(*header);
  };
  if (key == "aws:useragent") add_header("User-Agent");
  if (key == "aws:referer") add_header("Referer");
  if (key == "aws:sourceip" && !call_.source_ip.empty()) values.push_back(call_.source_ip);
  if (key == "aws:securetransport") values.push_back(call_.base_url.starts_with("https://") ? "true" : "false");
}

void CallKeys::FindResourceTag(std::string_view name, ConditionValues& values) const {
  if (!read_tags_) return;
  if (!resource_tags_) resource_tags_ = read_tags_();
  for (const auto& [key, value] : *resource_tags_) {
    if (SameText(key, name)) values.push_back(value);
  }
}

void CallKeys::FindTags(std::string_view key, ConditionValues& values) const {
  const Json* tags = Body().Find("Tags");
  if (tags == nullptr || !tags->is_object()) return;
  for (const auto& [name, value] : tags->as_object()) {
    if (key == kTagKeys) {
      values.push_back(name);
      continue;
    }
    if (value.is_string() && SameText(name, key.substr(kRequestTag.size()))) {
      values.push_back(value.as_string());
    }
  }
}

void CallKeys::AddMember(std::string_view member, ConditionValues& values) const {
  const Json* found = Body().Find(member);
  if (found == nullptr) return;
  if (found->is_string()) return values.push_back(found->as_string());
  if (!found->is_array()) return;
  for (const Json& value : found->as_array()) {
    if (value.is_string()) values.push_back(value.as_string());
  }
}

const Json& CallKeys::Body() const {
  if (!body_) body_ = Json::Parse(call_.body).value_or(Json());
  return *body_;
}

}  // namespace hearth::controller
