// ExtensionRegistry is the Extensions API of one environment: who registered, and who waits for which event.
//
// Shapes:  an external extension is a file of /opt/extensions and registers under its name; any other name is an
//          internal one, which is told of invocations only. An event waits for its extension's next request.
// Errors:  to extensions, in the Runtime API's shape and with AWS's types, 403. Nothing they send is trusted.
// Threads: one I/O thread; ExtensionEvents are called on it, from inside the request they are about.
// Limits:  kMaxExtensions of both kinds, kMaxNameBytes.
// Source:  runtime.md §2 and §5.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/http_server.h"

namespace hearth::worker {

// What extensions are told about their function.
struct ExtensionFacts {
  std::string environment_id;
  std::string function_name;
  std::string function_version;
  std::string handler;
  std::string account;
};

struct ExtensionInvocation {
  std::string request_id;
  int64_t deadline_unix_ms = 0;
  std::string function_arn;
  std::string trace_header;
};

class ExtensionEvents {
 public:
  virtual ~ExtensionEvents() = default;
  virtual void OnExtensionProgress() = 0;  // one registered, or asked for its next event
  // One says that it cannot go on. `error_type` is "Extension.InitError" or "Extension.ExitError".
  virtual void OnExtensionError(const std::string& name, std::string error_type, std::string body) = 0;
};

class ExtensionRegistry {
 public:
  static constexpr size_t kMaxExtensions = 10;
  static constexpr size_t kMaxNameBytes = 128;

  ExtensionRegistry(ExtensionFacts facts, ExtensionEvents& events) : facts_(std::move(facts)), events_(events) {}

  // Whether a path is one of this API.
  static bool Serves(std::string_view path);
  void Handle(const HttpRequest& request, std::unique_ptr<HttpResponder> responder);

  // New processes begin; `external` are the names that must register.
  void Reset(std::vector<std::string> external);
  // The runtime has asked for its first event.
  void CloseRegistration() { open_ = false; }

  bool external_registered() const;
  // Everyone who registered waits for an event.
  bool all_ready() const;
  bool any() const { return !extensions_.empty(); }
  bool any_external() const;
  bool wants_invocations() const;
  size_t size() const { return extensions_.size(); }

  void DeliverInvocation(const ExtensionInvocation& invocation);
  // To those who want it; false when nobody does.
  bool DeliverShutdown(std::string_view reason, int64_t deadline_unix_ms);

  // One line for the log of each: name, state, events.
  struct Summary {
    std::string name;
    std::string state;  // "Registered", "Ready", "InitError", "ExitError"
    std::vector<std::string> events;
    std::string error_type;
  };
  std::vector<Summary> Summaries() const;

 private:
  enum class State { kRegistered, kReady, kRunning, kInitError, kExitError };
  struct Extension {
    std::string name;
    std::string identifier;
    bool external = false;
    bool invocations = false;
    bool shutdown = false;
    State state = State::kRegistered;
    std::string error_type;
    std::unique_ptr<HttpResponder> parked;
    std::optional<HttpResponse> event;  // waits for its request
  };

  void Register(const HttpRequest& request, HttpResponder& responder);
  std::optional<HttpResponse> Refuse(const std::string& name, const HttpRequest& request, bool external,
                                     std::vector<std::string>& events) const;
  void Next(Extension& extension, std::unique_ptr<HttpResponder> responder);
  void Fail(Extension& extension, const HttpRequest& request, State state, HttpResponder& responder);
  Extension* Find(const HttpRequest& request, HttpResponder& responder);
  void Give(Extension& extension, HttpResponse event);
  bool IsExternal(std::string_view name) const;
  std::string NewIdentifier(std::string_view name);

  const ExtensionFacts facts_;
  ExtensionEvents& events_;
  std::vector<std::string> external_;
  bool open_ = true;
  uint64_t identifiers_ = 0;
  std::map<std::string, Extension, std::less<>> extensions_;  // by identifier
};

}  // namespace hearth::worker
