#include <backflow/runtime/flow/step_graph.h>

#include <tbb/flow_graph.h>

#include <utility>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {
namespace {

const std::string kPrefetch = "prefetch";
constexpr std::uint32_t kOther = 3;  // of roles in a trace

void give_block(Call& call, std::byte* block) noexcept {
  for (std::size_t i : call.local_in) call.in[i] = block;
  for (std::size_t i : call.local_out) call.out[i] = block;
}

}  // namespace

/// The nodes of oneTBB's graph.
struct StepGraph::Nodes {
  using Continue = tbb::flow::continue_msg;
  using Task = tbb::flow::continue_node<Continue>;
  using Last = tbb::flow::continue_node<Continue, tbb::flow::lightweight>;
  using Context = tbb::task_group_context;

  /// A node that runs `body` when those of `before` have ended.
  template <class Body>
  void add(const std::vector<std::size_t>& before, Body body) {
    tasks.push_back(std::make_unique<Task>(graph, [body](const Continue& m) noexcept {
      body();
      return m;
    }));
    is_last.push_back(true);
    if (before.empty()) sources.push_back(tasks.back().get());
    for (std::size_t b : before) {
      tbb::flow::make_edge(*tasks[b], *tasks.back());
      is_last[b] = false;
    }
  }

  template <class Body>
  void add_last(Body body) {
    last = std::make_unique<Last>(graph, [body](const Continue& m) noexcept {
      body();
      return m;
    });
    for (std::size_t n = 0; n < tasks.size(); ++n)
      if (is_last[n]) tbb::flow::make_edge(*tasks[n], *last);
  }

  Context context{Context::isolated, Context::default_traits | Context::fp_settings};
  tbb::flow::graph graph{context};
  std::vector<std::unique_ptr<Task>> tasks;
  std::vector<bool> is_last;  // of each task: nobody waits for it but the last node
  std::vector<Task*> sources;
  std::unique_ptr<Last> last;
};

StepGraph::StepGraph(Executable& executable, Workers& workers, const FlowOptions& options, Trace* trace)
    : executable_(executable), workers_(workers), options_(options), trace_(trace) {
  const Plan& plan = executable_.plan();
  const Tasks& tasks = plan.tasks;
  profile_->name = options_.name;
  profile_->tasks = {std::vector<double>(tasks.units.size()), tasks.before};
  for (const auto& units : tasks.units)
    for (const std::size_t unit : units)
      profile_->kinds.emplace_back(plan.nodes[plan.order.units[unit].node].op->kind(), 0);
  for (std::size_t part = 0; part < prefetch_parts(); ++part) {
    profile_->tasks.seconds.push_back(0), profile_->tasks.before.emplace_back();
    profile_->kinds.emplace_back(kPrefetch, 0);
  }
  workers_.execute([&] { build(); });
}

/// The last node may have said that the step has ended, but not have returned.
StepGraph::~StepGraph() {
  if (nodes_ && process_.is_here()) nodes_->graph.wait_for_all();
  leave_if_forked(nodes_, process_);
}

void StepGraph::build() {
  const FlushDenormals here;  // oneTBB gives every task the mode that its context was made in
  nodes_ = std::make_unique<Nodes>();
  const Tasks& tasks = executable_.plan().tasks;
  for (std::size_t t = 0; t < tasks.units.size(); ++t) nodes_->add(tasks.before[t], [this, t] { run_task(t); });
  for (std::size_t part = 0; part < prefetch_parts(); ++part) nodes_->add({}, [this, part] { run_prefetch(part); });
  nodes_->add_last([this] { end_step(); });
}

void StepGraph::begin(const std::string* job) {
  busy_nanoseconds_ = 0;
  executable_.begin_step();
  if (trace_) {
    track_ = trace_->track(job ? *job : options_.name);
    began_ = trace_->now();
  }
  if (nodes_->tasks.size() <= 1) {  // nothing to wait for
    const FlushDenormals here;
    if (!nodes_->tasks.empty()) options_.prefetch ? run_prefetch(0) : run_task(0);
    end_step();
    return;
  }
  for (Nodes::Task* source : nodes_->sources) source->try_put(Nodes::Continue());
}

void StepGraph::claim() {
  process_.require_here();
  require(!running_.exchange(true), "[", options_.name,
          "] a run of this flow has not ended yet; a flow computes one step at a time, so each thread needs its own");
}

void StepGraph::start(Ended ended, const std::string* job) {
  claim();
  ended_ = std::move(ended);
  begin(job);
}

void StepGraph::run() {
  claim();
  const struct Release {
    ~Release() { running = false; }
    std::atomic<bool>& running;
  } release{running_};
  workers_.execute([this] {
    begin(nullptr);
    nodes_->graph.wait_for_all();
  });
  rethrow();
}

/// In the last node, when every other has ended.
void StepGraph::end_step() noexcept {
  ++profile_->steps;
  if (trace_) trace_->mark(options_.name, began_, track_);
  if (!ended_) return;
  running_ = false;
  std::exception_ptr error;
  try {
    rethrow();
  } catch (...) {
    error = std::current_exception();
  }
  // A copy: the callee may start the next step, with another callback.
  const auto callback = std::exchange(ended_, nullptr);
  callback(static_cast<double>(busy_nanoseconds_.load()) * 1e-9, std::move(error));
}

void StepGraph::rethrow() {
  if (!failed_.exchange(false)) return;
  const Failure first = std::exchange(failure_, {});
  if (!first.node) fail("[", options_.name, "] was cancelled");
  fail("[", options_.name, "] node '", printable(*first.node), "': ", first.what);
}

void StepGraph::run_prefetch(std::size_t part) noexcept {
  const auto begin = Clock::now();
  const std::int64_t from = trace_ ? trace_->now() : 0;
  guarded(&kPrefetch, [this, part] { options_.prefetch(part); });
  if (trace_) trace_->add(Workers::worker(), {&kPrefetch, 0, kOther, from, trace_->now(), track_});
  const std::size_t task = executable_.plan().tasks.units.size() + part;
  spent(task, begin);
  profile_->kinds[profile_->kinds.size() - prefetch_parts() + part].second = profile_->tasks.seconds[task];
}

void StepGraph::run_task(std::size_t t) noexcept {
  const std::size_t bytes = executable_.worker_bytes();
  std::byte* const block = bytes > 0 ? workers_.scratch(bytes) : nullptr;
  std::byte* const scratch = block + executable_.plan().local_bytes;
  const bool timed = static_cast<bool>(ended_);  // run() asks nobody what it took
  const auto begin = timed ? Clock::now() : Clock::time_point{};
  auto last = begin;
  for (Call& call : executable_.task(t)) {
    if (failed_.load(std::memory_order_relaxed)) break;
    if (call.local) give_block(call, block);
    const std::int64_t from = trace_ ? trace_->now() : 0;
    guarded(call.name, [&] { call.kernel->run({call.in.data(), call.out.data(), scratch}); });
    if (trace_)
      trace_->add(Workers::worker(), {call.name, call.tile, static_cast<std::uint32_t>(call.role), from, trace_->now(),
                                      track_, call.kernel->is_primitive()});
    if (!timed) continue;
    const auto before = std::exchange(last, Clock::now());
    profile_->kinds[executable_.number_of(call)].second += std::chrono::duration<double>(last - before).count();
  }
  if (timed) spent(t, begin);
}

/// A task is run by one worker at a time, so its sum needs no lock.
void StepGraph::spent(std::size_t task, Clock::time_point since) noexcept {
  const auto time = Clock::now() - since;
  profile_->tasks.seconds[task] += std::chrono::duration<double>(time).count();
  busy_nanoseconds_.fetch_add(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count(),
                              std::memory_order_relaxed);
}

/// Keeps the first exception; what has not started yet is skipped.
template <class Body>
void StepGraph::guarded(const std::string* const& name, Body body) noexcept {
  try {
    body();
  } catch (const std::exception& e) {
    keep({name, e.what()});
  } catch (...) {
    keep({name, "an exception of an unknown type"});
  }
}

void StepGraph::keep(Failure first) noexcept {
  const std::scoped_lock lock(mutex_);
  if (!failed_.exchange(true)) failure_ = std::move(first);
}

}  // namespace backflow
