// Catalog is the in-memory view of every function that the invoke path reads: no disk, no copies.
//
// Shapes:  names are unqualified; a qualifier is "", "$LATEST" or (once versions exist) a number or an alias.
// Errors:  an absent function is nullptr.
// Threads: any thread; the records are immutable once put.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "proto/records.pb.h"

namespace hearth::controller {

using FunctionVersionPtr = std::shared_ptr<const records::FunctionVersion>;

class Catalog {
 public:
  // What an invocation of this function would run now; nullptr when there is no such function or qualifier.
  FunctionVersionPtr FindServing(std::string_view account, std::string_view name, std::string_view qualifier) const;
  void Put(FunctionVersionPtr serving);
  void Erase(std::string_view account, std::string_view name);

 private:
  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<std::string, FunctionVersionPtr> latest_;  // "account/name"; guarded by mutex_
};

}  // namespace hearth::controller
