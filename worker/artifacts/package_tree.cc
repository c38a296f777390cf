#include "worker/artifacts/package_tree.h"

#include <algorithm>
#include <deque>

#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

constexpr int kMaxLinkHops = 40;          // as the kernel's own limit
constexpr size_t kMaxLinkSteps = 500000;  // path parts walked for all links of a package together

absl::Status Refuse(std::string_view path, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("'{}' {}", path.substr(0, 200), why));
}

std::vector<std::string_view> Parts(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

bool HasControlByte(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

}  // namespace

absl::StatusOr<std::string> PackageTree::NormalisePath(std::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("an entry has no name");
  if (name.size() > kMaxPathBytes) return Refuse(name, "is too long a path");
  if (name.front() == '/') return Refuse(name, "is an absolute path");
  if (HasControlByte(name)) return Refuse(name, "has a control byte in its name");
  if (name.find('\\') != std::string_view::npos)
    return Refuse(name, "has a backslash in its name; use forward slashes");
  std::string path;
  size_t depth = 0;
  for (const std::string_view part : Parts(name)) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return Refuse(name, "leaves the package");
    if (part.size() > kMaxNameBytes) return Refuse(name, "has too long a name");
    if (++depth > kMaxDepth) return Refuse(name, "lies too deep");
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

absl::Status PackageTree::Insert(const std::string& path, Kind kind) {
  path_bytes_ += path.size();
  if (nodes_.size() >= kMaxNodes || path_bytes_ > kMaxTotalPathBytes) {
    return absl::InvalidArgumentError("the package has too many files and directories");
  }
  nodes_.emplace(path, kind);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> PackageTree::AddParents(const std::string& path) {
  std::vector<std::string> made;
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    std::string parent = path.substr(0, slash);
    if (const auto found = nodes_.find(parent); found != nodes_.end()) {
      if (found->second != Kind::kDirectory) return Refuse(path, "lies below something that is not a directory");
      continue;
    }
    RETURN_IF_ERROR(Insert(parent, Kind::kDirectory));
    made.push_back(std::move(parent));
  }
  return made;
}

absl::StatusOr<std::vector<std::string>> PackageTree::AddDirectory(const std::string& path) {
  ASSIGN_OR_RETURN(std::vector<std::string> made, AddParents(path));
  if (path.empty()) return made;
  if (const auto found = nodes_.find(path); found != nodes_.end()) {
    if (found->second != Kind::kDirectory) return Refuse(path, "comes twice");
    return made;  // said again or already implied: harmless
  }
  RETURN_IF_ERROR(Insert(path, Kind::kDirectory));
  made.push_back(path);
  return made;
}

absl::StatusOr<std::vector<std::string>> PackageTree::AddLeaf(const std::string& path, Kind kind) {
  if (path.empty()) return absl::InvalidArgumentError("a file takes the place of the package's root");
  ASSIGN_OR_RETURN(std::vector<std::string> made, AddParents(path));
  if (nodes_.contains(path)) return Refuse(path, "comes twice");
  RETURN_IF_ERROR(Insert(path, kind));
  return made;
}

absl::StatusOr<std::vector<std::string>> PackageTree::AddFile(const std::string& path) {
  return AddLeaf(path, Kind::kFile);
}

absl::StatusOr<std::vector<std::string>> PackageTree::AddLink(const std::string& path, std::string_view target) {
  target_bytes_ += target.size();
  if (target.empty() || target.size() >= kMaxPathBytes || HasControlByte(target)) {
    return Refuse(path, "is a link without a proper target");
  }
  if (target.front() == '/') return Refuse(path, "is a link to an absolute path");
  if (target_bytes_ > kMaxTotalTargetBytes) return absl::InvalidArgumentError("the package has too many links");
  ASSIGN_OR_RETURN(std::vector<std::string> made, AddLeaf(path, Kind::kLink));
  link_targets_.emplace(path, std::string(target));
  return made;
}

absl::Status PackageTree::CheckLinks() const {
  size_t steps = 0;
  for (const auto& [path, target] : link_targets_) RETURN_IF_ERROR(CheckLink(path, target, steps));
  return absl::OkStatus();
}

absl::Status PackageTree::CheckLink(const std::string& path, const std::string& target, size_t& steps) const {
  std::string here = path.substr(0, path.find('/') == std::string::npos ? 0 : path.rfind('/'));
  std::deque<std::string_view> ahead;
  for (const std::string_view part : Parts(target)) ahead.push_back(part);
  int hops = 0;
  while (!ahead.empty()) {
    const std::string_view part = ahead.front();
    ahead.pop_front();
    if (++steps > kMaxLinkSteps) return absl::InvalidArgumentError("the package has too many links");
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (here.empty()) return Refuse(path, "is a link that leaves the package");
      here.resize(here.find('/') == std::string::npos ? 0 : here.rfind('/'));
      continue;
    }
    const size_t parent_bytes = here.size();
    if (!here.empty()) here += '/';
    here += part;
    if (here.size() > 2 * kMaxPathBytes) return Refuse(path, "is a link to too long a path");
    const auto link = link_targets_.find(here);
    if (link == link_targets_.end()) continue;
    if (++hops > kMaxLinkHops) return Refuse(path, "is a link that leads in circles");
    here.resize(parent_bytes);
    const std::vector<std::string_view> next = Parts(link->second);
    ahead.insert(ahead.begin(), next.begin(), next.end());
  }
  return absl::OkStatus();
}

}  // namespace hearth::worker
