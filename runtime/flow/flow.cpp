#include <backflow/runtime/flow/flow.h>

#include <backflow/runtime/flow/executable.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/flow/step_graph.h>

namespace backflow {

struct Flow::Impl {
  Impl(const Graph& graph, Store& store, Workers& w, FlowOptions o)
      : options(std::move(o)),
        workers(w),
        executable(graph, store, options, trace()),
        step(executable, workers, options, trace()) {}

  Trace* trace() const { return options.trace ? options.trace : workers.trace(); }

  FlowOptions options;
  Workers& workers;
  Executable executable;
  StepGraph step;
};

Flow::Flow(const Graph& graph, Store& store, Workers& workers, FlowOptions options)
    : impl_(std::make_unique<Impl>(graph, store, workers, std::move(options))) {}
Flow::~Flow() = default;
Flow::Flow(Flow&&) noexcept = default;
Flow& Flow::operator=(Flow&&) noexcept = default;

Tensor& Flow::input(const std::string& name) { return impl_->executable.input(name); }

bool Flow::has_input(const std::string& name) const { return impl_->executable.has_input(name); }

void Flow::bind(const std::string& name, const std::byte* memory) { impl_->executable.bind(name, memory); }

void Flow::run() { impl_->step.run(); }

void Flow::start(std::function<void(double, std::exception_ptr)> ended, const std::string* job) {
  impl_->step.start(std::move(ended), job);
}

void Flow::cancel() { impl_->step.cancel(); }

double Flow::parallelism() const { return impl_->executable.plan().parallelism; }

const std::shared_ptr<FlowProfile>& Flow::profile() const { return impl_->step.profile(); }

std::span<const float> Flow::output(const std::string& name) const { return impl_->executable.output(name); }

std::size_t Flow::arena_bytes() const { return impl_->executable.plan().arena_bytes; }

MemoryReport Flow::memory_report() const {
  const auto workers = static_cast<std::size_t>(impl_->workers.threads());
  return backflow::memory_report(impl_->executable.plan(), impl_->executable.scratch_bytes(), workers);
}

std::size_t Flow::tasks() const { return impl_->executable.plan().tasks.units.size(); }
std::size_t Flow::nodes() const { return impl_->executable.plan().nodes.size(); }

std::string Flow::dot() const { return to_dot(impl_->executable.plan()); }

std::vector<std::string> Flow::node_names() const {
  std::vector<std::string> names;
  for (const PlanNode& n : impl_->executable.plan().nodes) names.push_back(n.name);
  return names;
}

}  // namespace backflow
