// The policies AWS keeps for everyone, as far as roles of functions and those who manage them attach them.
//
// Shapes:  ARNs are "arn:aws:iam::aws:policy/…"; every one has the single version v1.
// Threads: fixed.
// Source:  AWS Managed Policy Reference Guide.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hearth::controller {

struct AwsManagedPolicy {
  std::string_view path;  // "/", "/service-role/"
  std::string_view name;
  std::string_view id;  // "ANPA…"
  std::string_view document;

  std::string Arn() const;
};

std::span<const AwsManagedPolicy> AwsManagedPolicies();  // in the order of their names
// nullptr when there is none of this ARN here.
const AwsManagedPolicy* FindAwsManagedPolicy(std::string_view arn);

}  // namespace hearth::controller
