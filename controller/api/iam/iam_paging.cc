#include "controller/api/iam/iam_paging.h"

#include <algorithm>

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

void WriteTagPage(IamCall& iam, const Page& page,
                  const google::protobuf::RepeatedPtrField<records::IdentityTag>& tags) {
  std::vector<PageItem> items;
  for (const records::IdentityTag& tag : tags) {
    items.emplace_back(tag.key(), [&out = iam.out, &tag] {
      out.Element("member", [&] { out.Text("Key", tag.key()).Text("Value", tag.value()); });
    });
  }
  std::sort(items.begin(), items.end(), [](const PageItem& a, const PageItem& b) { return a.first < b.first; });
  WritePage(iam, page, "Tags", items);
}

}  // namespace hearth::controller
