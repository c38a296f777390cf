// Catalog is the in-memory view of every function, version and alias that the invoke path reads: no disk, no copies.
//
// Shapes:  names are unqualified; a qualifier is "", "$LATEST", the number of a version or an alias.
// Errors:  an absent function, version or alias is nullptr.
// Threads: any thread; the records are immutable once put.
// Limits:  a version nobody has invoked yet lies here as its stored bytes (about 600); the first invocation unpacks it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "proto/records.pb.h"

namespace hearth::controller {

using FunctionVersionPtr = std::shared_ptr<const records::FunctionVersion>;

class Catalog {
 public:
  // As a draw, it never chooses the additional version of a weighted alias.
  static constexpr double kMainVersion = 2;

  // What an invocation of this function would run now. `draw`, uniform in [0, 1), chooses between the two versions of a
  // weighted alias: the additional one when it is below the weight.
  FunctionVersionPtr FindServing(std::string_view account, std::string_view name, std::string_view qualifier,
                                 double draw = kMainVersion) const;

  void Put(FunctionVersionPtr serving);
  // The function and all its versions and aliases.
  void Erase(std::string_view account, std::string_view name);
  // These do nothing when there is no such function.
  void PutVersion(const records::FunctionVersion& version);
  // As it is stored.
  void PutVersion(std::string_view account, std::string_view name, int64_t number, std::string packed);
  void EraseVersion(std::string_view account, std::string_view name, int64_t number);
  void PutAlias(std::string_view account, std::string_view name, const records::Alias& alias);
  void EraseAlias(std::string_view account, std::string_view name, std::string_view alias);

 private:
  struct Version {
    int64_t number = 0;
    std::string packed;           // empty once unpacked
    FunctionVersionPtr unpacked;  // nullptr until then
  };
  struct Route {
    int64_t version = 0;     // 0: $LATEST
    int64_t additional = 0;  // 0: none
    double weight = 0;
  };
  struct Function {
    FunctionVersionPtr latest;
    std::vector<Version> versions;  // ascending
    std::map<std::string, Route, std::less<>> aliases;
  };

  static std::optional<int64_t> VersionOf(const Function& function, std::string_view qualifier, double draw);
  static Version* FindVersion(Function& function, int64_t number);
  Function* Find(std::string_view account, std::string_view name) const;
  FunctionVersionPtr Unpack(std::string_view account, std::string_view name, int64_t number, std::string packed) const;

  mutable std::shared_mutex mutex_;
  // "account/name"; guarded by mutex_. Mutable, for a look-up may unpack a version.
  mutable absl::flat_hash_map<std::string, Function> functions_;
};

}  // namespace hearth::controller
