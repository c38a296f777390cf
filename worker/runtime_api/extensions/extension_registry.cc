#include "worker/runtime_api/extensions/extension_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "common/crypto.h"
#include "common/io/json.h"
#include "worker/runtime_api/invocation_slot.h"

namespace hearth::worker {
namespace {

constexpr std::string_view kPrefix = "/2020-01-01/extension/";
constexpr std::string_view kNameHeader = "Lambda-Extension-Name";
constexpr std::string_view kIdentifierHeader = "Lambda-Extension-Identifier";
constexpr std::string_view kFeatureHeader = "Lambda-Extension-Accept-Feature";
constexpr std::string_view kErrorTypeHeader = "Lambda-Extension-Function-Error-Type";
constexpr char kEventIdentifierHeader[] = "Lambda-Extension-Event-Identifier";
constexpr size_t kMaxErrorTypeBytes = 128;

HttpResponse Refusal(std::string_view type, std::string_view message) { return RuntimeApiError(403, type, message); }

HttpResponse Answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

std::string AsUuid(std::string_view hex) {
  return fmt::format("{}-{}-4{}-a{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3), hex.substr(15, 3),
                     hex.substr(18, 12));
}

bool AcceptsAccountId(const HttpHeaders& headers) {
  for (const absl::string_view feature : absl::StrSplit(std::string(headers.Find(kFeatureHeader).value_or("")), ',')) {
    if (absl::StripAsciiWhitespace(feature) == "accountId") return true;
  }
  return false;
}

// The body's "events"; nullopt when it is no such list.
std::optional<std::vector<std::string>> ReadEvents(const std::string& body) {
  const absl::StatusOr<Json> parsed = Json::Parse(body);
  if (!parsed.ok() || !parsed->is_object()) return std::nullopt;
  std::vector<std::string> events;
  const Json* const member = parsed->Find("events");
  if (member == nullptr || member->is_null()) return events;
  if (!member->is_array()) return std::nullopt;
  for (const Json& event : member->as_array()) {
    if (!event.is_string()) return std::nullopt;
    events.push_back(event.as_string());
  }
  return events;
}

std::string_view NameOfState(int state) {
  constexpr std::string_view kNames[] = {"Registered", "Ready", "Ready", "InitError", "ExitError"};
  return kNames[state];
}

}  // namespace

bool ExtensionRegistry::Serves(std::string_view path) { return path.starts_with(kPrefix); }

void ExtensionRegistry::Handle(const HttpRequest& request, std::unique_ptr<HttpResponder> responder) {
  const std::string_view verb = request.path().substr(kPrefix.size());
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (post && verb == "register") return Register(request, *responder);
  const bool next = get && verb == "event/next";
  const bool init_error = post && verb == "init/error";
  if (!next && !init_error && !(post && verb == "exit/error")) {
    return responder->Send(RuntimeApiError(404, "NotFound", "Not a route of the Extensions API"));
  }
  Extension* const extension = Find(request, *responder);
  if (extension == nullptr) return;
  if (next) return Next(*extension, std::move(responder));
  Fail(*extension, request, init_error ? State::kInitError : State::kExitError, *responder);
}

void ExtensionRegistry::Reset(std::vector<std::string> external) {
  extensions_.clear();
  external_ = std::move(external);
  open_ = true;
}

void ExtensionRegistry::Register(const HttpRequest& request, HttpResponder& responder) {
  const std::string name(request.headers.Find(kNameHeader).value_or(""));
  const bool external = IsExternal(name);
  std::vector<std::string> events;
  if (std::optional<HttpResponse> refusal = Refuse(name, request, external, events)) {
    return responder.Send(std::move(*refusal));
  }
  Extension extension;
  extension.name = name;
  extension.identifier = NewIdentifier(name);
  extension.external = external;
  extension.invocations = std::find(events.begin(), events.end(), "INVOKE") != events.end();
  extension.shutdown = std::find(events.begin(), events.end(), "SHUTDOWN") != events.end();
  Json body(Json::Object{{"functionName", facts_.function_name},
                         {"functionVersion", facts_.function_version},
                         {"handler", facts_.handler}});
  if (AcceptsAccountId(request.headers)) body.Set("accountId", facts_.account);
  HttpResponse response = Answer(200, body.Dump());
  response.headers.Add(std::string(kIdentifierHeader), extension.identifier);
  std::string identifier = extension.identifier;
  extensions_.emplace(std::move(identifier), std::move(extension));
  responder.Send(std::move(response));
  events_.OnExtensionProgress();
}

std::optional<HttpResponse> ExtensionRegistry::Refuse(const std::string& name, const HttpRequest& request,
                                                      bool external, std::vector<std::string>& events) const {
  const bool printable = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (name.empty() || name.size() > kMaxNameBytes || !printable) {
    return Refusal("Extension.InvalidExtensionName", "Empty or malformed extension name");
  }
  if (!open_) return Refusal("Extension.RegistrationClosed", "Extension registration closed already");
  std::optional<std::vector<std::string>> read = ReadEvents(request.body);
  if (!read) return Refusal("InvalidRequestFormat", "The body is not {\"events\":[\"INVOKE\",\"SHUTDOWN\"]}");
  events = *std::move(read);
  for (const std::string& event : events) {
    if (event == "SHUTDOWN" && !external) {
      return Refusal("ShutdownEventNotSupportedForInternalExtension",
                     "Internal extensions are not told of the shutdown");
    }
    if (event != "INVOKE" && event != "SHUTDOWN") return Refusal("Extension.InvalidEventType", "Invalid event type");
  }
  for (const auto& [identifier, extension] : extensions_) {
    if (extension.name == name) {
      return Refusal("Extension.InvalidExtensionState", fmt::format("Extension {} is registered already", name));
    }
  }
  // External ones that have yet to come keep their places.
  const size_t places = external ? extensions_.size() : std::max(extensions_.size(), external_.size());
  if (places >= kMaxExtensions) return Refusal("Extension.TooManyExtensions", "Extension limit (10) reached");
  return std::nullopt;
}

ExtensionRegistry::Extension* ExtensionRegistry::Find(const HttpRequest& request, HttpResponder& responder) {
  const std::optional<std::string_view> identifier = request.headers.Find(kIdentifierHeader);
  if (!identifier || identifier->empty()) {
    responder.Send(Refusal("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"));
    return nullptr;
  }
  if (!IsUuid(*identifier)) {
    responder.Send(Refusal("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"));
    return nullptr;
  }
  const auto found = extensions_.find(*identifier);
  if (found == extensions_.end()) {
    responder.Send(Refusal("Extension.UnknownExtensionIdentifier", fmt::format("Unknown extension {}", *identifier)));
    return nullptr;
  }
  return &found->second;
}

void ExtensionRegistry::Next(Extension& extension, std::unique_ptr<HttpResponder> responder) {
  switch (extension.state) {
    case State::kInitError:
    case State::kExitError:
      return responder->Send(
          Refusal("Extension.InvalidExtensionState",
                  fmt::format("State transition from {} to Ready failed for extension {}. Error: State transition is "
                              "not allowed",
                              NameOfState(static_cast<int>(extension.state)), extension.name)));
    case State::kReady:
      if (extension.event) {
        extension.state = State::kRunning;
        return responder->Send(*std::exchange(extension.event, std::nullopt));
      }
      extension.parked = std::move(responder);
      return;
    case State::kRegistered:
    case State::kRunning:
      extension.state = State::kReady;
      extension.parked = std::move(responder);
      return events_.OnExtensionProgress();
  }
}

void ExtensionRegistry::Fail(Extension& extension, const HttpRequest& request, State state, HttpResponder& responder) {
  const std::string_view type = request.headers.Find(kErrorTypeHeader).value_or("");
  if (type.empty()) {
    return responder.Send(Refusal("Extension.MissingHeader", "Missing Lambda-Extension-Function-Error-Type header"));
  }
  const bool allowed = state == State::kExitError
                           ? extension.state != State::kInitError && extension.state != State::kExitError
                           : extension.state == State::kRegistered;
  if (!allowed) {
    return responder.Send(Refusal("Extension.InvalidExtensionState",
                                  fmt::format("State transition from {} to {} failed for extension {}. Error: State "
                                              "transition is not allowed",
                                              NameOfState(static_cast<int>(extension.state)),
                                              NameOfState(static_cast<int>(state)), extension.name)));
  }
  extension.state = state;
  extension.error_type = std::string(type.substr(0, kMaxErrorTypeBytes));
  responder.Send(Answer(202, "{\"status\":\"OK\"}\n"));
  const std::string name = extension.name;
  events_.OnExtensionError(name, state == State::kInitError ? "Extension.InitError" : "Extension.ExitError",
                           request.body);
}

bool ExtensionRegistry::external_registered() const {
  return std::all_of(external_.begin(), external_.end(), [&](const std::string& name) {
    return std::any_of(extensions_.begin(), extensions_.end(),
                       [&](const auto& entry) { return entry.second.name == name; });
  });
}

bool ExtensionRegistry::all_ready() const {
  return std::all_of(extensions_.begin(), extensions_.end(),
                     [](const auto& entry) { return entry.second.state == State::kReady && !entry.second.event; });
}

bool ExtensionRegistry::any_external() const {
  return std::any_of(extensions_.begin(), extensions_.end(), [](const auto& entry) { return entry.second.external; });
}

bool ExtensionRegistry::wants_invocations() const {
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [](const auto& entry) { return entry.second.invocations; });
}

void ExtensionRegistry::Give(Extension& extension, HttpResponse event) {
  if (extension.parked == nullptr || extension.parked->PeerGone()) {
    extension.parked.reset();
    extension.event = std::move(event);
    return;
  }
  extension.state = State::kRunning;
  std::exchange(extension.parked, nullptr)->Send(std::move(event));
}

void ExtensionRegistry::DeliverInvocation(const ExtensionInvocation& invocation) {
  Json event(Json::Object{{"eventType", "INVOKE"},
                          {"deadlineMs", invocation.deadline_unix_ms},
                          {"requestId", invocation.request_id},
                          {"invokedFunctionArn", invocation.function_arn}});
  event.Set("tracing", Json(Json::Object{{"type", "X-Amzn-Trace-Id"}, {"value", invocation.trace_header}}));
  const std::string body = event.Dump();
  for (auto& [identifier, extension] : extensions_) {
    if (!extension.invocations || extension.state != State::kReady) continue;
    HttpResponse response = Answer(200, body);
    response.headers.Add(kEventIdentifierHeader, invocation.request_id);
    Give(extension, std::move(response));
  }
}

bool ExtensionRegistry::DeliverShutdown(std::string_view reason, int64_t deadline_unix_ms) {
  const std::string body =
      Json(Json::Object{{"eventType", "SHUTDOWN"}, {"shutdownReason", reason}, {"deadlineMs", deadline_unix_ms}})
          .Dump();
  bool wanted = false;
  for (auto& [identifier, extension] : extensions_) {
    if (!extension.shutdown || extension.state == State::kInitError || extension.state == State::kExitError) continue;
    wanted = true;
    HttpResponse response = Answer(200, body);
    response.headers.Add(kEventIdentifierHeader, NewIdentifier(extension.name));
    if (extension.state != State::kReady) {  // it asks once it is done with the event it has
      extension.event = std::move(response);
      extension.state = State::kReady;
      continue;
    }
    Give(extension, std::move(response));
  }
  return wanted;
}

std::vector<ExtensionRegistry::Summary> ExtensionRegistry::Summaries() const {
  std::vector<Summary> summaries;
  for (const auto& [identifier, extension] : extensions_) {
    Summary summary{extension.name, std::string(NameOfState(static_cast<int>(extension.state))), {}, ""};
    if (extension.invocations) summary.events.emplace_back("INVOKE");
    if (extension.shutdown) summary.events.emplace_back("SHUTDOWN");
    summary.error_type = extension.error_type;
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

bool ExtensionRegistry::IsExternal(std::string_view name) const {
  return std::find(external_.begin(), external_.end(), name) != external_.end();
}

// Tells the extensions of one environment apart; it is no secret among them.
std::string ExtensionRegistry::NewIdentifier(std::string_view name) {
  return AsUuid(Sha256Hex(fmt::format("{}\n{}\n{}", facts_.environment_id, ++identifiers_, name)));
}

}  // namespace hearth::worker
