#include "controller/api/iam/iam_paging.h"

#include "common/crypto.h"

namespace hearth::controller {
namespace {

constexpr int64_t kDefaultItems = 100;
constexpr int64_t kMaxItems = 1000;

}  // namespace

Page ReadPage(IamCall& iam) {
  Page page;
  page.size = static_cast<size_t>(iam.Integer("MaxItems", 1, kMaxItems).value_or(kDefaultItems));
  const std::string* marker = iam.input.Find("Marker");
  if (marker == nullptr) return page;
  const std::optional<std::string> key = Base64Decode(*marker);
  if (key && !key->empty()) {
    page.after = *key;
  } else {
    iam.validation.Fail("marker", *marker, "Member must be a marker that an earlier page answered");
  }
  return page;
}

void WritePage(IamCall& iam, const Page& page, std::string_view list, const std::vector<PageItem>& items) {
  size_t shown = 0;
  bool truncated = false;
  std::string last;
  iam.out.Element(list, [&] {
    for (const auto& [key, write] : items) {
      if (!page.after.empty() && key <= page.after) continue;
      if (shown == page.size) {
        truncated = true;
        break;
      }
      write();
      last = key;
      ++shown;
    }
  });
  iam.out.Boolean("IsTruncated", truncated);
  if (truncated) iam.out.Text("Marker", Base64Encode(last));
}

}  // namespace hearth::controller
