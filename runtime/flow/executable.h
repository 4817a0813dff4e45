// A plan with its memory: where every value lies, and the calls of kernels that a step makes. Internal to
// runtime/flow/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <backflow/runtime/compile/plan.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/flow/shadow_copies.h>

namespace backflow {

/// A tile that is ready to run. What a run reads comes first, in one line of the cache.
struct alignas(64) Call {
  std::unique_ptr<Kernel> kernel;
  std::vector<const std::byte*> in;
  std::vector<std::byte*> out;
  std::uint32_t tile;
  Role role;
  bool local = false;  // whether there are any of the last two
  const std::string* name;
  std::vector<std::size_t> local_in, local_out;  // arguments that lie in the running worker's block
};

class Executable {
 public:
  /// Compiles `graph` and makes what is missing in the stores. `trace` may be null.
  Executable(const Graph& graph, Store& store, const FlowOptions& options, Trace* trace);
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;

  const Plan& plan() const { return plan_; }
  /// The calls of a task, one after the other.
  std::span<Call> task(std::size_t t);
  /// Among the calls of all tasks, task by task.
  std::size_t number_of(const Call& call) const { return static_cast<std::size_t>(&call - calls_.data()); }
  /// What a worker needs while it runs a task: a block for local values, then scratch.
  std::size_t worker_bytes() const { return plan_.local_bytes + scratch_bytes_; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }
  /// To be called before each step. The first one warns of inputs that nobody has written.
  void begin_step() {
    if (!unwritten_.empty()) warn_unwritten();
    shadow_copies_.begin_step();
  }

  bool has_input(const std::string& name) const { return inputs_.contains(name); }
  /// Throws an Error that lists the inputs if there is no such one.
  Tensor& input(const std::string& name);
  void bind(const std::string& name, const std::byte* memory);
  std::span<const float> output(const std::string& name) const;

 private:
  void assign_addresses(Store& store);
  std::byte* address_of(const PlanValue& v, Store& store);
  Store& owning_store(const std::string& name, Store& store) const;
  Store& changed_store(std::size_t value, Store& store) const;
  void compute_once(const PlanNode& node, Store& store);
  Call make_call(const PlanNode& node, const Tile& tile, std::size_t number);
  std::size_t input_value(const std::string& name) const;
  void warn_unwritten();

  std::string name_;
  Store* own_;
  Trace* trace_;
  Plan plan_;
  Memory arena_;
  std::map<std::string, Tensor> inputs_;
  std::set<std::string> unwritten_;  // inputs that nobody has asked for yet
  std::vector<Tensor> constants_;
  std::vector<std::byte*> addresses_;  // of each value
  ShadowCopies shadow_copies_;
  std::vector<Call> calls_;              // one for each unit, task by task
  std::vector<std::size_t> first_call_;  // of each task
  std::map<std::size_t, std::vector<std::pair<std::size_t, std::size_t>>> input_uses_;  // calls and argument numbers
  std::size_t scratch_bytes_ = 0;
};

}  // namespace backflow
