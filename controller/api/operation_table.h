// OperationTable maps the operations of a REST service to the code that answers them.
//
// Shapes:  names are AWS's ("CreateFunction"); each is added once.
// Errors:  Find answers nullptr for an operation that nobody added.
// Threads: filled while the program starts, then read from any thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "controller/api/api_call.h"

namespace hearth::controller {

class OperationTable {
 public:
  using Handler = std::function<absl::StatusOr<ApiReply>(const ApiCall&)>;

  void Add(std::string_view operation, Handler handler) { handlers_.emplace(operation, std::move(handler)); }
  template <class Api>
  void Add(std::string_view operation, Api& api, absl::StatusOr<ApiReply> (Api::*method)(const ApiCall&)) {
    Add(operation, [&api, method](const ApiCall& call) { return (api.*method)(call); });
  }
  const Handler* Find(std::string_view operation) const {
    const auto found = handlers_.find(operation);
    return found == handlers_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace hearth::controller
