// Tasks that empty a dead-letter queue: into a queue, or back where each message came from.
#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/queues/queues.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

using Task = records::QueueMoveTask;
using Decision = MessageIndex::Decision;

constexpr size_t kMovedAtOnce = 500;
constexpr size_t kKeptTasks = 10;  // that ended, of one source

bool Runs(const Task& task) { return task.status() == Task::RUNNING; }

}  // namespace

absl::StatusOr<Task> Queues::StartMove(const QueueId& source, const std::string& destination_arn, int32_t per_second) {
  Task task;
  task.set_account(source.account);
  task.set_id(random_.Uuid());
  task.set_source_arn(QueueArn(options_.region, source));
  task.set_destination_arn(destination_arn);
  task.set_per_second(per_second);
  task.set_started_ms(UnixMillis(clock_.Wall()));
  const std::string key = QueueMoveKey(task.account(), task.id());
  MutexLock writer(writer_);
  if (DeadLetterSources(source, "", 1).empty()) {
    return QueueProblemError(QueueProblem::kNoDeadLetterQueue,
                             "Source queue must be configured as a Dead Letter Queue.");
  }
  WriteBatch batch;
  {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const Slot* slot, SlotOf(source));
    std::vector<std::pair<int64_t, std::string>> ended;
    for (const auto& [other, move] : moves_) {
      if (move.task.source_arn() != task.source_arn()) continue;
      if (Runs(move.task)) {
        return QueueProblemError(
            QueueProblem::kTaskRunning,
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
      }
      ended.emplace_back(move.task.started_ms(), other);
    }
    std::sort(ended.begin(), ended.end());
    for (size_t i = 0; i + kKeptTasks <= ended.size(); ++i) {
      batch.Delete(ended[i].second);
      moves_.erase(ended[i].second);
    }
    task.set_to_move(static_cast<int64_t>(slot->index.counts().visible));
    task.set_below(next_number_);
  }
  batch.Put(key, task.SerializeAsString());
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  {
    MutexLock lock(mutex_);
    moves_[key] = {task, 0, clock_.Monotonic()};
  }
  Wake();
  return task;
}

std::vector<Task> Queues::ListMoves(const QueueId& source, size_t limit) const {
  const std::string arn = QueueArn(options_.region, source);
  std::vector<Task> tasks;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, move] : moves_) {
      if (move.task.source_arn() == arn) tasks.push_back(move.task);
    }
  }
  std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.started_ms() > b.started_ms(); });
  if (tasks.size() > limit) tasks.resize(limit);
  return tasks;
}

absl::StatusOr<Task> Queues::FindMove(const std::string& account, const std::string& task) const {
  MutexLock lock(mutex_);
  const auto found = moves_.find(QueueMoveKey(account, task));
  if (found == moves_.end()) return QueueProblemError(QueueProblem::kNoTask, "Task does not exist.");
  return found->second.task;
}

absl::StatusOr<Task> Queues::CancelMove(const std::string& account, const std::string& id) {
  const std::string key = QueueMoveKey(account, id);
  WriteBatch batch;
  Task cancelled;
  {
    MutexLock lock(mutex_);
    const auto found = moves_.find(key);
    if (found == moves_.end()) return QueueProblemError(QueueProblem::kNoTask, "Task does not exist.");
    if (found->second.task.status() != Task::RUNNING)
      return QueueProblemError(QueueProblem::kTaskRunning, "Only active tasks can be cancelled.");
    EndMove(found->second, Task::CANCELLED, "", batch);
    cancelled = found->second.task;
  }
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  return cancelled;
}

void Queues::EndMove(Move& move, Task::Status status, std::string failure, WriteBatch& batch) {
  move.task.set_status(status);
  move.task.set_failure(std::move(failure));
  batch.Put(QueueMoveKey(move.task.account(), move.task.id()), move.task.SerializeAsString());
}

void Queues::RunMoves(MonotonicTime now) {
  for (auto& [key, move] : moves_) {
    if (Runs(move.task)) RunMove(move, now);
  }
}

void Queues::RunMove(Move& move, MonotonicTime now) {
  const double passed = std::chrono::duration<double>(now - move.last).count();
  const double rate = move.task.per_second() == 0 ? 10.0 * kMovedAtOnce : move.task.per_second();
  move.allowance = std::min(move.allowance + passed * rate, std::max(rate, 1.0));
  move.last = now;
  WriteBatch batch;
  const std::optional<QueueId> id = QueueOfArn(move.task.source_arn(), options_.region);
  Slot* const source = id ? FindSlot(*id) : nullptr;
  if (source == nullptr) return;  // never: a queue takes its tasks along
  source->index.ShowDue(now);
  size_t offered = 0;
  bool finished = true;
  source->index.Offer([&](IndexedMessage& message) {
    // What came after the task began stays: else what fails again would go round for ever.
    const bool enough =
        source->row->fifo() ? move.task.moved() >= move.task.to_move() : message.number >= move.task.below();
    if (enough) return Decision::kStop;
    finished = false;
    if (move.allowance < 1 || offered++ >= kMovedAtOnce || !Runs(move.task)) return Decision::kStop;
    if (!MoveOne(*source, move, message, batch)) return Decision::kStop;
    finished = true;
    return Decision::kRemoved;
  });
  if (!Runs(move.task)) return Post(std::move(batch));
  if (finished) EndMove(move, Task::COMPLETED, "", batch);
  if (!batch.changes.empty())
    batch.Put(QueueMoveKey(move.task.account(), move.task.id()), move.task.SerializeAsString());
  Post(std::move(batch));
}

bool Queues::MoveOne(const Slot& source, Move& move, const IndexedMessage& message, WriteBatch& batch) {
  const std::string arn = !move.task.destination_arn().empty() ? move.task.destination_arn()
                          : message.dead_letter_source         ? *message.dead_letter_source
                                                               : "";
  const std::optional<QueueId> id = QueueOfArn(arn, options_.region);
  Slot* const target = id ? FindSlot(*id) : nullptr;
  if (target == nullptr || target == &source || target->row->fifo() != source.row->fifo()) {
    EndMove(move, Task::FAILED, "AWS.SimpleQueueService.NonExistentQueue", batch);
    return false;
  }
  MoveInto(*target, message, nullptr, batch);
  batch.Delete(QueueStateKey(message.number));
  move.allowance -= 1;
  move.task.set_moved(move.task.moved() + 1);
  return true;
}

}  // namespace hearth::controller
