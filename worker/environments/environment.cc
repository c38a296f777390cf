#include "worker/environments/environment.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"
#include "worker/environments/extensions/external_extensions.h"

namespace hearth::worker {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Environment::Environment(std::string id, node::EnvironmentSpec spec, LogDestination logs,
                         ProvisionedSandbox provisioned, const EnvironmentSettings& settings,
                         const EnvironmentServices& services, EnvironmentOwner& owner)
    : id_(std::move(id)),
      spec_(std::move(spec)),
      settings_(settings),
      services_(services),
      owner_(owner),
      packages_(std::move(provisioned.packages)),
      choice_(std::move(provisioned.choice)),
      command_(std::move(provisioned.command)),
      first_start_(std::move(provisioned.start)),
      identity_(spec_.identity(), services.clock.Monotonic()),
      sandbox_(std::move(provisioned.sandbox)),
      stream_(std::move(logs), services.clock, services.log_shipper),
      platform_log_(spec_, stream_, services.clock),
      feed_(*sandbox_, stream_, services.loop, services.clock),
      usage_(*sandbox_, int64_t{spec_.memory_mb()} << 20),
      slot_(*this),
      process_(sandbox_, services.loop, services.sandbox_work, services.timer, services.clock, *this),
      extensions_(id_, spec_, std::move(provisioned.extensions), ExtensionEnvironment(command_.environment), *sandbox_,
                  services.timer, services.clock, platform_log_, *this) {
  slot_.Attach(extensions_.registry());
}

Environment::~Environment() {
  CloseRuntimeApi();
  services_.timer.Cancel(init_timer_);
  services_.timer.Cancel(freeze_timer_);
  if (current_) services_.timer.Cancel(current_->timer);
}

// ---- INIT ----

void Environment::Begin() {
  state_ = State::kInit;
  const bool started = !choice_.failure && !extensions_.has_external();
  init_started_at_ = started ? first_start_.started_at : services_.clock.Monotonic();
  platform_log_.InitStart(InitPhase::kInit);
  if (choice_.failure) return Fail(*choice_.failure);
  const milliseconds limit = InitLimit(settings_, spec_);
  init_timer_ = services_.timer.Arm(init_started_at_ + limit, [this, limit] {
    init_timer_ = {};
    Fail(TimedOut(limit));
  });
  StartProcesses();
}

// External extensions first, then the runtime.
void Environment::StartProcesses() {
  runtime_ready_ = false;
  if (extensions_.has_external()) {
    process_.KeepExtensions();
    absl::Status status = sandbox_->SetCpu(Sandbox::CpuMode::kBurst);
    if (status.ok()) status = OpenRuntimeApi();
    if (!status.ok()) return OnSandboxBroken(status);
  }
  if (absl::Status status = extensions_.Start(); !status.ok()) OnSandboxBroken(status);
}

void Environment::OnExtensionsRegistered() {
  if (!std::exchange(first_start_used_, true) && !extensions_.has_external()) return process_.Begin(first_start_);
  process_.Start(command_);
}

// The Runtime API opens for one process at a time: what a dead one still had on the wire never reaches the next.
void Environment::OnRuntimeStarted(MonotonicTime started_at) {
  if (!extensions_.has_external()) init_started_at_ = started_at;
  if (current_) current_->runtime_started = true;
  slot_.Reset();
  if (absl::Status status = OpenRuntimeApi(); !status.ok()) OnSandboxBroken(status);
}

absl::Status Environment::OpenRuntimeApi() {
  if (runtime_api_id_) return absl::OkStatus();
  ASSIGN_OR_RETURN(runtime_api_id_, services_.runtime_api.Open(sandbox_->runtime_api_listener(), slot_));
  return absl::OkStatus();
}

void Environment::OnRuntimeReady() {
  if (process_.busy() || failure_) return;  // the process has ended; this is what was still on the wire
  extensions_.CloseRegistration();
  runtime_ready_ = true;
  if (extensions_.ready()) Advance();
}

void Environment::OnExtensionsReady() {
  if (runtime_ready_ && !process_.busy() && !failure_) Advance();
}

// The runtime and every extension wait for an event: the phase is over.
void Environment::Advance() {
  switch (state_) {
    case State::kInit:
      return FinishInit();
    case State::kBusy:
      if (current_->answered) return FinishInvocation();
      current_->initialising = false;
      if (absl::Status status = sandbox_->SetCpu(Sandbox::CpuMode::kShare); !status.ok())
        return OnSandboxBroken(status);
      extensions_.WriteSummaries();
      platform_log_.InitDone(Since(init_started_at_), InitPhase::kInvoke, {});
      WriteStartLine();
      return Dispatch();
    case State::kBare:
    case State::kIdle:
    case State::kShutdown:
      return;
  }
}

void Environment::FinishInit() {
  services_.timer.Cancel(init_timer_);
  if (absl::Status status = sandbox_->SetCpu(Sandbox::CpuMode::kShare); !status.ok()) return OnSandboxBroken(status);
  extensions_.WriteSummaries();
  const microseconds took = Since(init_started_at_);
  if (!spec_.provisioned()) cold_init_duration_ = took;
  platform_log_.InitDone(took, InitPhase::kInit, {});
  state_ = State::kIdle;
  ArmFreeze();
  owner_.OnReady(*this, /*init_failed=*/false, took);
}

void Environment::OnInitError(RuntimeAnswer answer) { Fail(InitErrorPosted(std::move(answer))); }

// ---- an invocation ----

bool Environment::takes_invocations() const {
  return !stop_wanted_ && (state_ == State::kIdle || state_ == State::kBare) && !process_.busy() && !failure_;
}

void Environment::Invoke(node::Invoke invoke) {
  if (!takes_invocations()) return owner_.OnResult(*this, Rejected(invoke.invocation_id()));
  services_.timer.Cancel(freeze_timer_);
  const bool warm = state_ == State::kIdle;
  BeginInvocation(std::move(invoke));
  if (warm) {
    Dispatch();
    return WriteStartLine();
  }
  current_->initialising = true;
  init_started_at_ = current_->started_at;
  platform_log_.InitStart(InitPhase::kInvoke);
  if (choice_.failure) return Fail(*choice_.failure);
  StartProcesses();
}

void Environment::BeginInvocation(node::Invoke invoke) {
  state_ = State::kBusy;
  Invocation& invocation = current_.emplace();
  invocation.message = std::move(invoke);
  invocation.limit =
      milliseconds(invocation.message.timeout_ms() > 0 ? invocation.message.timeout_ms() : spec_.timeout_ms());
  invocation.started_at = services_.clock.Monotonic();
  invocation.deadline = services_.clock.Wall() + invocation.limit;
  invocation.timer = services_.timer.Arm(invocation.started_at + invocation.limit, [this] {
    current_->timer = {};
    Fail(TimedOut(current_->limit));
  });
}

// The event is on its way before the thaw: the runtime finds it as soon as it runs.
void Environment::Dispatch() {
  node::Invoke& message = current_->message;
  runtime_ready_ = false;
  InvocationEvent event;
  event.request_id = message.request_id();
  event.payload = std::move(*message.mutable_payload());
  event.deadline_unix_ms = UnixMillis(current_->deadline);
  event.function_arn = message.invoked_function_arn();
  event.trace_header = std::move(*message.mutable_trace_header());
  event.client_context = std::move(*message.mutable_client_context());
  event.response_window_bytes = message.response_window_bytes();
  if (extensions_.registry().wants_invocations()) {
    extensions_.Deliver({event.request_id, event.deadline_unix_ms, event.function_arn, event.trace_header});
  }
  slot_.Deliver(std::move(event));
  if (!std::exchange(frozen_, false)) return;
  if (absl::Status status = sandbox_->Thaw(); !status.ok()) OnSandboxBroken(status);
}

void Environment::WriteStartLine() {
  if (!current_) return;
  if (current_->message.want_log_tail()) stream_.StartTail();
  platform_log_.Start(current_->message.request_id());
}

void Environment::OnRuntimeAnswer(RuntimeAnswer answer) {
  if (failure_) return;
  Invocation& invocation = *current_;
  invocation.answered = true;
  MeasureDuration(Since(invocation.started_at));
  node::InvocationResult& result = invocation.result;
  if (answer.too_large) {
    invocation.status = {PhaseStatus::Kind::kError, std::string(kResponseTooLargeType)};
    result.set_outcome(node::InvocationResult::FUNCTION_ERROR);
    result.set_payload(ResponseTooLargePayload(answer.streamed));
    result.set_error_code(std::string(kResponseTooLargeType));
  } else {
    if (answer.error_type == kTruncatedResponseType) invocation.status = {PhaseStatus::Kind::kError, answer.error_type};
    result.set_error_code(std::move(answer.error_code));
    result.set_outcome(answer.is_error ? node::InvocationResult::FUNCTION_ERROR : node::InvocationResult::SUCCESS);
    result.set_payload(std::move(answer.body));
    result.set_content_type(std::move(answer.content_type));
  }
  if (!invocation.message.want_log_tail()) SendResult(/*environment_idle=*/false);
}

void Environment::OnResponseBegin(std::string content_type) {
  current_->result.set_streamed(true);
  SendPiece(node::BulkChunk::BEGIN, std::move(content_type));
}

void Environment::OnResponsePiece(std::string piece) {
  current_->result.set_streamed_bytes(current_->result.streamed_bytes() + piece.size());
  SendPiece(node::BulkChunk::PIECE, std::move(piece));
}

void Environment::SendPiece(node::BulkChunk::Response kind, std::string data) {
  node::BulkChunk piece;
  piece.set_invocation_id(current_->message.invocation_id());
  piece.set_response(kind);
  piece.set_data(std::move(data));
  owner_.OnResponsePiece(*this, std::move(piece));
}

void Environment::Credit(const node::ResponseCredit& credit) {
  if (!current_ || current_->message.invocation_id() != credit.invocation_id()) return;
  if (credit.discard()) return slot_.DiscardResponse();
  slot_.Credit(credit.bytes());
}

// The runtime asked for the next event: the environment is free first, then the log is brought to its end.
void Environment::FinishInvocation() {
  services_.timer.Cancel(current_->timer);
  if (extensions_.registry().wants_invocations()) MeasureDuration(Since(current_->started_at));  // theirs counts too
  if (current_->result_sent) {
    state_ = State::kIdle;
    if (!stop_wanted_) owner_.OnIdle(*this);
  }
  feed_.Drain();
  WriteReport();
  BecomeIdle(State::kIdle);
}

void Environment::WriteReport() {
  Invocation& invocation = *current_;
  ReportFigures figures;
  figures.request_id = invocation.message.request_id();
  figures.duration = invocation.duration;
  figures.memory_size_mb = spec_.memory_mb();
  figures.max_memory_used_mb = (MemoryPeakBytes() + (1 << 20) - 1) >> 20;
  figures.init_duration = cold_init_duration_;
  figures.status = invocation.status;
  platform_log_.Report(figures);
  stream_.Flush();
}

// Ends the invocation: the answer that waited for the log leaves now.
void Environment::BecomeIdle(State state) {
  state_ = state;
  if (!current_->result_sent) SendResult(/*environment_idle=*/!stop_wanted_);
  current_.reset();
  cold_init_duration_.reset();
  if (stop_wanted_) return Close(stop_wanted_->first, std::string(stop_wanted_->second));
  if (state == State::kIdle) ArmFreeze();
}

void Environment::MeasureDuration(microseconds duration) {
  current_->duration = duration;
  node::InvocationResult& result = current_->result;
  result.set_duration_us(duration.count());
  result.set_billed_duration_ms(BilledMillis(duration));
  result.set_init_duration_us(cold_init_duration_.value_or(microseconds(0)).count());
}

void Environment::SendResult(bool environment_idle) {
  node::InvocationResult& result = current_->result;
  result.set_invocation_id(current_->message.invocation_id());
  result.set_memory_used_bytes(MemoryPeakBytes());
  result.set_environment_idle(environment_idle);
  if (current_->message.want_log_tail()) result.set_log_tail(stream_.TakeTail());
  current_->result_sent = true;
  owner_.OnResult(*this, std::move(result));
}

// ---- failure ----

// The runtime is of no use any more; the caller hears of it at once, unless the log's tail is wanted too.
void Environment::Fail(RuntimeFailure failure) {
  if (failure_ || state_ == State::kShutdown) return;
  failure_ = std::move(failure);
  services_.timer.Cancel(init_timer_);
  slot_.DropStream();
  if (state_ == State::kBusy) FillFailure(*failure_);
  const bool timed_out = failure_->status.kind == PhaseStatus::Kind::kTimeout;
  extensions_.Leave(timed_out ? "timeout" : "failure", process_.alive());
}

// Whoever had to be told of the end has been: the rest is killed.
void Environment::OnLeaveTaken() {
  if (state_ == State::kShutdown) return FinishClose();
  CloseRuntimeApi();
  if (process_.alive()) return process_.Kill();
  if (extensions_.has_external()) return process_.Sweep();
  SettleFailure();
}

void Environment::FillFailure(const RuntimeFailure& failure) {
  Invocation& invocation = *current_;
  services_.timer.Cancel(invocation.timer);
  invocation.status = failure.status;
  const bool timed_out = failure.status.kind == PhaseStatus::Kind::kTimeout;
  if (invocation.answered) {
    if (timed_out) invocation.duration = invocation.limit;
    return;
  }
  MeasureDuration(timed_out ? microseconds(invocation.limit) : Since(invocation.started_at));
  invocation.result.set_outcome(node::InvocationResult::FUNCTION_ERROR);
  invocation.result.set_payload(failure.Payload(invocation.message.request_id()));
  invocation.result.set_error_code(failure.ErrorCode(invocation.result.streamed()));
  const bool takes_time = process_.alive() || extensions_.registry().any();
  if (takes_time && !invocation.message.want_log_tail()) SendResult(/*environment_idle=*/false);
}

void Environment::OnRuntimeEnded(RuntimeExit exit) {
  if (extensions_.leaving()) return extensions_.OnRuntimeEnded();
  if (state_ == State::kShutdown) return;
  if (!failure_) {
    const bool out_of_memory = usage_.TakeOutOfMemory() && (exit.signal == 9 || exit.exit_code == 128 + 9);
    // Nothing inside can end process 1 of a sandbox but the want of memory: this was no doing of the function.
    if (exit.with_sandbox && !out_of_memory) {
      return OnSandboxBroken(absl::UnavailableError("the sandbox ended, and the runtime with it"));
    }
    Fail(Exited(exit, out_of_memory, choice_.bootstrap));
    return;
  }
  SettleFailure();
}

// Nothing lives inside any more.
void Environment::SettleFailure() {
  const RuntimeFailure failure = *std::exchange(failure_, std::nullopt);
  frozen_ = false;
  extensions_.Forget();
  feed_.Drain();
  feed_.Reset();
  switch (state_) {
    case State::kInit:
      platform_log_.InitDone(Since(init_started_at_), InitPhase::kInit, failure.status);
      stream_.Flush();
      state_ = State::kBare;
      return owner_.OnReady(*this, /*init_failed=*/true, Since(init_started_at_));
    case State::kBusy:
      return SettleFailedInvocation(failure);
    case State::kIdle:
      services_.timer.Cancel(freeze_timer_);
      cold_init_duration_.reset();
      state_ = State::kBare;
      if (spec_.provisioned()) Close(node::EnvironmentGone::FAILED, "its runtime ended");  // another is made at once
      return;
    case State::kBare:
    case State::kShutdown:
      return;
  }
}

void Environment::SettleFailedInvocation(const RuntimeFailure& failure) {
  if (current_->initialising) {
    platform_log_.InitDone(Since(init_started_at_), InitPhase::kInvoke, failure.status);
    WriteStartLine();
  }
  WriteReport();
  const bool announce = current_->result_sent && !stop_wanted_;
  BecomeIdle(State::kBare);
  if (announce) owner_.OnIdle(*this);
}

void Environment::OnSandboxBroken(absl::Status why) {
  if (state_ == State::kShutdown) return;
  LogError("sandbox is broken", {{"environment", id_}, {"error", why.ToString()}});
  Abort(node::EnvironmentGone::FAILED, std::string(why.message()));
}

// ---- rest and end ----

void Environment::ArmFreeze() {
  if (!settings_.freeze_after) return;
  freeze_timer_ = services_.timer.Arm(services_.clock.Monotonic() + *settings_.freeze_after, [this] {
    freeze_timer_ = {};
    if (process_.busy()) return;
    frozen_ = true;
    if (absl::Status status = sandbox_->Freeze(); !status.ok()) OnSandboxBroken(status);
  });
}

void Environment::Stop(node::EnvironmentGone::Reason reason, std::string detail) {
  if (state_ == State::kShutdown || stop_wanted_) return;
  if (state_ != State::kBusy) return Close(reason, std::move(detail));
  stop_wanted_.emplace(reason, std::move(detail));
}

void Environment::Abort(node::EnvironmentGone::Reason reason, std::string detail) {
  if (state_ == State::kShutdown) return;
  if (current_ && current_->initialising && !current_->runtime_started && !current_->result_sent) {
    // The sandbox was broken before this invocation came: nothing ran, so another environment may take it.
    current_->result_sent = true;
    owner_.OnResult(*this, Rejected(current_->message.invocation_id()));
  }
  if (current_ && !current_->result_sent) {
    if (!current_->answered && !failure_) {
      MeasureDuration(Since(current_->started_at));
      current_->result.set_outcome(node::InvocationResult::PLATFORM_FAILURE);
      current_->result.set_error_code(std::string(kSandboxFailureCode));
      current_->result.set_payload(detail.empty() ? "The execution environment was stopped" : detail);
    }
    SendResult(/*environment_idle=*/false);
  }
  extensions_.Forget();  // there is no time to ask them
  Close(reason, std::move(detail));
}

// Extensions are told of the end; destroying the sandbox kills what is left.
void Environment::Close(node::EnvironmentGone::Reason reason, std::string detail) {
  const bool asks = extensions_.registry().any() && state_ == State::kIdle && !process_.busy() && !failure_;
  state_ = State::kShutdown;
  stop_wanted_.emplace(reason, std::move(detail));
  services_.timer.Cancel(init_timer_);
  services_.timer.Cancel(freeze_timer_);
  if (current_) services_.timer.Cancel(current_->timer);
  if (!asks || (std::exchange(frozen_, false) && !sandbox_->Thaw().ok())) return FinishClose();
  extensions_.Leave("spindown", process_.alive());
}

void Environment::FinishClose() {
  CloseRuntimeApi();
  feed_.Drain();
  stream_.Flush();
  owner_.OnClosed(*this, stop_wanted_->first, std::move(stop_wanted_->second));
}

std::optional<node::IdentityRenewal> Environment::IdentityToRenew() {
  std::optional<std::string> token;
  if (state_ != State::kShutdown) token = identity_.TokenToRenew(services_.clock.Monotonic());
  if (!token) return std::nullopt;
  node::IdentityRenewal renewal;
  renewal.set_environment_id(id_);
  renewal.set_token(*std::move(token));
  return renewal;
}

void Environment::TakeIdentity(node::IdentityToken identity) {
  if (state_ == State::kShutdown) return;
  const absl::Status written = sandbox_->WriteIdentityToken(identity.token());
  if (!written.ok()) {  // the old one stays, and is renewed later
    return LogWarn("an identity token is not replaced", {{"environment", id_}, {"error", written.ToString()}});
  }
  identity_ = IdentityAge(std::move(identity), services_.clock.Monotonic());
}

void Environment::CloseRuntimeApi() {
  slot_.DropStream();
  if (runtime_api_id_) services_.runtime_api.Close(*std::exchange(runtime_api_id_, std::nullopt));
}

// While the launcher is at work in the sandbox, the last figure stands.
int64_t Environment::MemoryPeakBytes() { return process_.busy() ? usage_.last_peak_bytes() : usage_.ReadPeakBytes(); }

microseconds Environment::Since(MonotonicTime start) const {
  return std::chrono::duration_cast<microseconds>(services_.clock.Monotonic() - start);
}

node::InvocationResult Environment::Rejected(uint64_t invocation_id) const {
  node::InvocationResult result;
  result.set_invocation_id(invocation_id);
  result.set_outcome(node::InvocationResult::REJECTED);
  result.set_environment_idle(takes_invocations());
  return result;
}

}  // namespace hearth::worker
