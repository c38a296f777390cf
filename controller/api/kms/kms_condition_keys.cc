#include "controller/api/kms/kms_condition_keys.h"

#include "common/same_text.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kKms = "kms:";
constexpr std::string_view kResourceTag = "aws:resourcetag/";
constexpr std::string_view kRequestTag = "aws:requesttag/";
constexpr std::string_view kTagKeys = "aws:tagkeys";

// The one kind of key there is.
struct Fixed {
  std::string_view key, value;
};
constexpr Fixed kOfEveryKey[] = {{"kms:keyspec", "SYMMETRIC_DEFAULT"},
                                 {"kms:keyusage", "ENCRYPT_DECRYPT"},
                                 {"kms:keyorigin", "AWS_KMS"},
                                 {"kms:multiregion", "false"}};

}  // namespace

const KmsConditionKeys::Subject& KmsConditionKeys::subject() const {
  if (!subject_) subject_ = read_subject_();
  return *subject_;
}

void KmsConditionKeys::Find(std::string_view key, ConditionValues& values) const {
  if (key.starts_with(kKms) || key.starts_with(kResourceTag) || key.starts_with(kRequestTag) || key == kTagKeys) {
    return FindOfKey(key, values);
  }
  if (others_ != nullptr) others_->Find(key, values);
}

void KmsConditionKeys::FindOfKey(std::string_view key, ConditionValues& values) const {
  const KeyUse& use = subject().use;
  const std::optional<records::KmsKey>& of = subject().key;
  if (const auto found = use.condition_keys.find(key); found != use.condition_keys.end()) {
    for (const std::string& value : found->second) values.push_back(value);
    return;
  }
  if (key == "kms:encryptioncontextkeys" && use.HasContext()) {
    for (const auto& [name, value] : use.context) values.push_back(name);
  }
  if (!of && use.operation != "CreateKey") return;
  for (const Fixed& fixed : kOfEveryKey) {
    if (fixed.key == key) values.push_back(fixed.value);
  }
  if (!of) return;
  if (key == "kms:resourcealiases") FindAliases(values);
  if (!key.starts_with(kResourceTag)) return;
  for (const auto& [name, value] : of->tags()) {
    if (SameText(name, key.substr(kResourceTag.size()))) values.push_back(value);
  }
}

void KmsConditionKeys::FindAliases(ConditionValues& values) const {
  const records::KmsKey& key = *subject().key;
  if (!aliases_) {
    aliases_.emplace();
    const auto all = keys_.ListAliases(key.account(), "", KmsKeys::kMaxAliases);
    for (const records::KmsAlias& alias : all.value_or(std::vector<records::KmsAlias>())) {
      if (alias.key_id() == key.id()) aliases_->push_back(alias.name());
    }
  }
  for (const std::string& name : *aliases_) values.push_back(name);
}

}  // namespace hearth::controller
