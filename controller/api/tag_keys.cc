#include "controller/api/tag_keys.h"

#include "common/same_text.h"

namespace hearth::controller {

void TagKeys::Find(std::string_view lower_case_key, ConditionValues& values) const {
  constexpr std::string_view kRequestTag = "aws:requesttag/";
  for (const auto& [name, value] : given_) {
    if (lower_case_key == "aws:tagkeys") values.push_back(name);
    if (lower_case_key.starts_with(kRequestTag) && SameText(name, lower_case_key.substr(kRequestTag.size())))
      values.push_back(value);
  }
  if (lower_case_key == "aws:tagkeys") values.insert(values.end(), named_.begin(), named_.end());
  others_.Find(lower_case_key, values);
}

}  // namespace hearth::controller
