#include "controller/api/iam/iam_call.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/errors.h"
#include "common/uri.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/call_keys.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxPath = 512;
constexpr size_t kMaxDescription = 1000;
constexpr int kMaxIdentityTags = 50;

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || std::string_view("_+=,.@-").find(c) != std::string::npos;
}

bool IsName(std::string_view text) { return std::all_of(text.begin(), text.end(), IsNameCharacter); }

bool IsPath(std::string_view text) {
  return text.starts_with('/') && text.ends_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool IsPathPrefix(std::string_view text) {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

constexpr TextPattern kNamePattern = {R"([\w+=,.@-]+)", IsName};
constexpr TextPattern kPathPattern = {R"((\u002F)|(\u002F[\u0021-\u007E]+\u002F))", IsPath};
constexpr TextPattern kPathPrefixPattern = {R"(\u002F[\u0021-\u007F]*)", IsPathPrefix};

// "RoleName" -> "roleName".
std::string MemberName(std::string_view parameter) {
  std::string name(parameter);
  if (!name.empty()) name[0] = absl::ascii_tolower(static_cast<unsigned char>(name[0]));
  return name;
}

}  // namespace

std::string IamCall::Required(std::string_view parameter, size_t minimum, size_t maximum) {
  const std::string* value = input.Find(parameter);
  validation.NotNull(MemberName(parameter), value != nullptr);
  if (value == nullptr) return "";
  validation.Length(MemberName(parameter), *value, minimum, maximum);
  return *value;
}

std::string IamCall::Name(std::string_view parameter, size_t maximum) {
  const std::string value = Required(parameter, 1, maximum);
  if (!value.empty()) validation.Pattern(MemberName(parameter), value, kNamePattern);
  return value;
}

std::string IamCall::OptionalName(std::string_view parameter, size_t maximum) {
  return input.Find(parameter) == nullptr ? std::string() : Name(parameter, maximum);
}

std::string IamCall::Path(std::string_view parameter) {
  const std::string value = input.TextOr(parameter, "/");
  validation.Length(MemberName(parameter), value, 1, kMaxPath);
  validation.Pattern(MemberName(parameter), value, kPathPattern);
  return value;
}

std::string IamCall::PathPrefix() {
  const std::string value = input.TextOr("PathPrefix", "/");
  validation.Length("pathPrefix", value, 1, kMaxPath);
  validation.Pattern("pathPrefix", value, kPathPrefixPattern);
  return value;
}

std::string IamCall::Description() {
  const std::string value = input.TextOr("Description", "");
  validation.Length("description", value, 0, kMaxDescription);
  return value;
}

std::string IamCall::Document(std::string_view parameter) { return Required(parameter, 1, PolicyDocument::kMaxBytes); }

std::string IamCall::PolicyArn(std::string_view parameter) { return Required(parameter, 20, 2048); }

std::optional<int64_t> IamCall::Integer(std::string_view parameter, int64_t minimum, int64_t maximum) {
  const std::string* given = input.Find(parameter);
  if (given == nullptr) return std::nullopt;
  const std::optional<int64_t> value = input.Integer(parameter);
  if (value) {
    validation.Range(MemberName(parameter), *value, minimum, maximum);
  } else {
    validation.Fail(MemberName(parameter), *given, "Member must be a whole number");
  }
  return value;
}

std::vector<records::IdentityTag> IamCall::Tags() {
  std::vector<records::IdentityTag> tags;
  for (size_t i = 1; i <= input.ListSize("Tags"); ++i) {
    const std::string* key = input.InList("Tags", i, "Key");
    const std::string* value = input.InList("Tags", i, "Value");
    validation.NotNull(fmt::format("tags.{}.member.key", i), key != nullptr);
    validation.NotNull(fmt::format("tags.{}.member.value", i), value != nullptr);
    if (key == nullptr || value == nullptr) continue;
    validation.Length(fmt::format("tags.{}.member.key", i), *key, 1, 128);
    validation.Length(fmt::format("tags.{}.member.value", i), *value, 0, 256);
    tags.emplace_back().set_key(*key);
    tags.back().set_value(*value);
  }
  return tags;
}

absl::Status IamCall::Authorize(const std::string& resource, std::map<std::string, std::string> context) const {
  const CallKeys keys("", call);
  const AccessRequest request{
      .action = "iam:" + action, .resource = resource, .context = std::move(context), .more_keys = &keys};
  const absl::Status allowed = authorizer.Authorize(call.caller, request);
  if (allowed.ok()) return allowed;
  return AwsError("AccessDenied", std::string(allowed.message()));
}

std::string IamCall::ArnOfName(std::string_view type, std::string_view path_and_name) const {
  return fmt::format("arn:aws:iam::{}:{}/{}", account(), type, path_and_name);
}

absl::Status NoSuchEntity(std::string_view message) { return AwsError("NoSuchEntity", message); }

absl::Status NoSuchRole(std::string_view name) {
  return NoSuchEntity(fmt::format("The role with name {} cannot be found.", name));
}

absl::Status NoSuchUser(std::string_view name) {
  return NoSuchEntity(fmt::format("The user with name {} cannot be found.", name));
}

absl::Status QuotaExceeded(std::string_view quota, int64_t limit) {
  return AwsError("LimitExceeded", fmt::format("Cannot exceed quota for {}: {}", quota, limit));
}

absl::Status CheckPolicy(std::string_view document, PolicyKind kind) {
  const absl::Status read = PolicyDocument::Parse(document, kind).status();
  return read.ok() ? read : AwsError("MalformedPolicyDocument", std::string(read.message()));
}

size_t CountedCharacters(std::string_view document) {
  return static_cast<size_t>(std::count_if(document.begin(), document.end(),
                                           [](char c) { return !absl::ascii_isspace(static_cast<unsigned char>(c)); }));
}

void WriteDocument(XmlWriter& out, std::string_view tag, std::string_view document) {
  out.Text(tag, UriEncode(document));
}

absl::Status MergeTags(const std::vector<records::IdentityTag>& added,
                       google::protobuf::RepeatedPtrField<records::IdentityTag>& tags) {
  for (const records::IdentityTag& tag : added) {
    const auto standing =
        std::find_if(tags.begin(), tags.end(), [&](const records::IdentityTag& one) { return one.key() == tag.key(); });
    if (standing != tags.end()) {
      standing->set_value(tag.value());
    } else {
      *tags.Add() = tag;
    }
  }
  if (tags.size() <= kMaxIdentityTags) return absl::OkStatus();
  return AwsError("LimitExceeded", "The number of tags has reached the maximum limit.");
}

void RemoveTags(const std::vector<std::string>& keys, google::protobuf::RepeatedPtrField<records::IdentityTag>& tags) {
  const auto named = [&](const records::IdentityTag& tag) {
    return std::find(keys.begin(), keys.end(), tag.key()) != keys.end();
  };
  tags.erase(std::remove_if(tags.begin(), tags.end(), named), tags.end());
}

void WriteTags(XmlWriter& out, const google::protobuf::RepeatedPtrField<records::IdentityTag>& tags) {
  out.Element("Tags", [&] {
    for (const records::IdentityTag& tag : tags) {
      out.Element("member", [&] { out.Text("Key", tag.key()).Text("Value", tag.value()); });
    }
  });
}

}  // namespace hearth::controller
