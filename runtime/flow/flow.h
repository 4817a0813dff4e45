// A compiled graph: built once, run once a step.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/flow_profile.h>
#include <backflow/runtime/flow/precision.h>
#include <backflow/runtime/flow/store.h>
#include <backflow/runtime/flow/trace.h>
#include <backflow/runtime/flow/workers.h>

namespace backflow {

struct FlowOptions {
  std::string name = "flow";  // in errors and traces
  Trace* trace = nullptr;     // must outlive the flow; if there is none, the workers'
  /// Called once a step for each of `prefetch_parts`, concurrently with the nodes and with each other: loads the next
  /// batch.
  std::function<void(std::size_t part)> prefetch = nullptr;
  std::size_t prefetch_parts = 1;
  Store* own = nullptr;  // what it has is taken from there, all else from the flow's store
  /// Of temporary values in bytes, 0 for none. What the backward pass reads is computed a second time to meet it, at
  /// the price of time; Flow throws an Error if it cannot be met.
  std::size_t memory_limit = 0;
  /// bf16: products compute with bf16 and sum in f32. Parameters, losses and outputs stay f32.
  Precision precision = Precision::f32;
};

struct MemoryReport;

class Flow {
 public:
  /// Compiles what the graph's outputs and updates need. Parameters and states are those of `store`, made there if they
  /// are missing. `store` and `workers` (a Scheduler, or workers alone) must outlive the flow; the graph need not.
  Flow(const Graph& graph, Store& store, Workers& workers, FlowOptions options = {});
  ~Flow();
  Flow(Flow&&) noexcept;
  Flow& operator=(Flow&&) noexcept;

  /// The memory of an input, row-major; write it before run(). Throws an Error if there is no such input.
  Tensor& input(const std::string& name);
  /// Reads this input from `memory` from now on, without a copy; it must hold the input's bytes.
  void bind(const std::string& name, const std::byte* memory);
  bool has_input(const std::string& name) const;

  /// One step. If a node fails, throws one Error that begins with the flow's and the node's name; nothing else of the
  /// step is started, and the flow can be run again.
  void run();

  /// One step without waiting, on the workers; to be called by one of them. `ended` is called by the last node with the
  /// core time that the step took in seconds and what run() would throw, or null. The flow may then be started again,
  /// but not destroyed, from inside `ended`.
  /// `job` names the track of a trace; it must live as long as the step. Without one, the flow's name does.
  void start(std::function<void(double busy_seconds, std::exception_ptr error)> ended,
             const std::string* job = nullptr);
  /// Skips what has not started of the step that runs.
  void cancel();
  /// Cores that a step can keep busy: all work over the longest chain, by the compiler's estimates.
  double parallelism() const;

  /// What the tasks took so far; grows while a step runs.
  const std::shared_ptr<FlowProfile>& profile() const;

  /// A result of the last run, row-major.
  std::span<const float> output(const std::string& name) const;
  float scalar(const std::string& name) const { return output(name)[0]; }

  /// Bytes of temporary values, all of which are in one arena.
  std::size_t arena_bytes() const;
  /// What holds how much; see runtime/flow/memory_report.h.
  MemoryReport memory_report() const;
  std::size_t tasks() const;
  std::size_t nodes() const;
  /// Names of the nodes that run, in order; a reorder is one of them.
  std::vector<std::string> node_names() const;
  /// An image of what really runs, for graphviz.
  std::string dot() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backflow
