// LayersApi on an in-memory database, called as the front end calls it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {

inline constexpr char kLayerArnText[] = "arn:aws:lambda:eu-west-1:000000000000:layer:lib";

class LayersTest : public LambdaTest {
 protected:
  static std::string Text(const Json& object, std::string_view member) {
    const Json* found = object.Find(member);
    return found != nullptr && found->is_string() ? found->as_string() : "";
  }
  ApiCall CallFor(const std::string& layer, const std::string& version = "", Json body = Json(Json::Object())) const {
    ApiCall call = Call(std::move(body));
    call.labels["LayerName"] = layer;
    if (!version.empty()) call.labels["VersionNumber"] = version;
    return call;
  }
  static Json Names(std::initializer_list<const char*> names) { return Json(Json::Array(names.begin(), names.end())); }
  Answer Publish(const std::string& layer = "lib", std::initializer_list<Json::Member> members = {}) {
    Json body(Json::Object{{"Content", Json(Json::Object{{"ZipFile", Base64Encode("PK layer")}})}});
    for (const Json::Member& member : members) body.Set(member.first, member.second);
    return Read(layers_api_.Publish(CallFor(layer, "", std::move(body))));
  }
  Answer GetVersion(const std::string& layer, const std::string& version) {
    return Read(layers_api_.Get(CallFor(layer, version)));
  }
  Answer DeleteVersion(const std::string& version) { return Read(layers_api_.Delete(CallFor("lib", version))); }
  Answer List(std::map<std::string, std::string, std::less<>> query = {}) {
    ApiCall call = Call();
    call.query = std::move(query);
    return Read(layers_api_.List(call));
  }
  Answer ListVersions(std::map<std::string, std::string, std::less<>> query = {}) {
    ApiCall call = CallFor("lib");
    call.query = std::move(query);
    return Read(layers_api_.ListVersions(call));
  }
  static std::vector<int64_t> Numbers(const Answer& answer) {
    std::vector<int64_t> numbers;
    for (const Json& version : answer.body.Find("LayerVersions")->as_array()) {
      numbers.push_back(version.Find("Version")->as_integer());
    }
    return numbers;
  }
};

}  // namespace hearth::controller
