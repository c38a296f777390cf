// QueryInput is the parameters of one request of the query protocol.
//
// Shapes:  names and values are decoded; lists are "Name.member.1", "Name.member.2", …, structures in them
//          "Tags.member.1.Key". The last of two parameters with one name counts.
// Errors:  Read answers InvalidArgument past kMaxParameters.
// Threads: a value type.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth::controller {

class QueryInput {
 public:
  static constexpr size_t kMaxParameters = 4096;

  // `form` is encoded as a query is.
  static absl::StatusOr<QueryInput> Read(std::string_view form);

  // nullptr when the parameter was not given.
  const std::string* Find(std::string_view name) const;
  std::string TextOr(std::string_view name, std::string_view otherwise) const;
  // nullopt when it is no whole number of 64 bits.
  std::optional<int64_t> Integer(std::string_view name) const;
  // The values of "name.member.1", "name.member.2" … up to the first that is missing.
  std::vector<std::string> List(std::string_view name) const;
  // The same for a structure's member: the values of "name.member.N.member_name"; absent ones are nullopt. As many as
  // there are elements with any member.
  size_t ListSize(std::string_view name) const;
  const std::string* InList(std::string_view name, size_t index, std::string_view member) const;  // index from 1

 private:
  std::map<std::string, std::string, std::less<>> parameters_;
};

}  // namespace hearth::controller
