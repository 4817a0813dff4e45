// The oneTBB flow graph of a step: which task starts when, what they took, and what failed. Internal to runtime/flow/.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <backflow/runtime/flow/executable.h>
#include <backflow/runtime/flow/fork.h>

namespace backflow {

class StepGraph {
 public:
  using Ended = std::function<void(double busy_seconds, std::exception_ptr error)>;

  /// All must outlive it.
  StepGraph(Executable& executable, Workers& workers, const FlowOptions& options, Trace* trace);
  ~StepGraph();
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  /// Throws an Error while another run has not ended.
  void run();
  void start(Ended ended, const std::string* job);
  void cancel() { failed_ = true; }
  const std::shared_ptr<FlowProfile>& profile() const { return profile_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Nodes;
  struct Failure {
    const std::string* node = nullptr;
    std::string what;
  };

  /// Marks the step as running; throws an Error if one runs already.
  void claim();
  void build();
  void begin(const std::string* job);
  void end_step() noexcept;
  void rethrow();
  std::size_t prefetch_parts() const { return options_.prefetch ? options_.prefetch_parts : 0; }
  void run_prefetch(std::size_t part) noexcept;
  void run_task(std::size_t t) noexcept;
  void spent(std::size_t task, Clock::time_point since) noexcept;
  void keep(Failure first) noexcept;
  template <class Body>
  void guarded(const std::string* const& name, Body body) noexcept;

  Executable& executable_;
  Workers& workers_;
  const FlowOptions& options_;
  Trace* trace_;
  std::uint32_t track_ = 0;
  std::int64_t began_ = 0;  // the step, in the trace
  OneProcess process_;
  std::unique_ptr<Nodes> nodes_;
  Ended ended_;  // null while run() waits
  std::atomic<std::int64_t> busy_nanoseconds_{0};
  std::shared_ptr<FlowProfile> profile_ = std::make_shared<FlowProfile>();
  std::atomic<bool> running_{false}, failed_{false};
  std::mutex mutex_;
  Failure failure_;
};

}  // namespace backflow
