#include <backflow/runtime/flow/flow.h>

#include <tbb/flow_graph.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>

#include <backflow/graph/error.h>
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/runtime/compile/plan.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/flow/mirrors.h>

namespace backflow {
namespace {

using Continue = tbb::flow::continue_msg;
using TaskNode = tbb::flow::continue_node<Continue>;
using LastNode = tbb::flow::continue_node<Continue, tbb::flow::lightweight>;
using Clock = std::chrono::steady_clock;

std::map<std::string, Layout> known_layouts(const Store& store, const Store* own) {
  std::map<std::string, Layout> known;
  for (const Store* s : {&store, own})
    if (s)
      for (const auto& [name, tensor] : s->tensors()) known[name] = tensor.layout();
  return known;
}

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

}  // namespace

struct Flow::Impl {
  struct Failure {
    const std::string* node = nullptr;
    std::string what;
  };

  Impl(const Graph& source, Store& store, Workers& w, FlowOptions o)
      : options(std::move(o)),
        workers(w),
        trace(options.trace ? options.trace : w.trace()),
        plan(compile(source, known_layouts(store, options.own),
                     {store.frozen(), uses_bf16(options.precision), options.memory_limit})),
        arena(plan.arena_bytes) {
    require(options.memory_limit == 0 || plan.arena_bytes <= options.memory_limit, "[", options.name, "] needs ",
            plan.arena_bytes, " bytes for temporary values at least, the limit is ", options.memory_limit);
    give_addresses(store);
    const Order order = order_of(plan);
    tasks = tasks_of(plan, order);
    for (const auto& units : tasks.units)
      for (std::size_t unit : units) {
        const Unit& u = order.units[unit];
        calls.push_back(make_call(plan.nodes[u.node], plan.nodes[u.node].cut[u.tile], u.tile));
      }
    parallelism = parallelism_of(plan, order);
    profile->name = options.name;
    profile->tasks = {std::vector<double>(tasks.units.size()), tasks.before};
    if (options.beside) profile->tasks.seconds.push_back(0), profile->tasks.before.emplace_back();
    workers.execute([&] { build(); });
  }
  /// The last node may have said that the step has ended, but not have returned.
  ~Impl() {
    if (graph) graph->wait_for_all();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void give_addresses(Store& store) {
    for (const PlanValue& v : plan.values) {
      if (v.overwritten) mirrors.changes(home_of_change(*v.overwritten, store));
      addresses.push_back(address_of(v, store));
    }
    for (std::size_t v = 0; v < plan.values.size(); ++v) {
      std::size_t at = plan.base(v);
      while (plan.values[at].overwritten) at = plan.base(*plan.values[at].overwritten);
      addresses[v] = addresses[at];
    }
    for (const PlanNode& node : plan.once) compute_once(node, store);
    for (const PlanNode& n : plan.mirrors)
      mirrors.add(n.op->kernel(n.cut[0].in_view, n.cut[0].out_view), addresses[n.in[0]], addresses[n.out[0]]);
  }

  /// Where a value lies that lies in no other.
  std::byte* address_of(const PlanValue& v, Store& store) {
    if (v.leaf == Leaf::input) return (inputs[v.name] = Tensor(v.spec)).data();
    if (v.leaf == Leaf::parameter || v.leaf == Leaf::state)
      return home(v.name, store).obtain(v.name, v.spec, v.layout, v.initial).data();
    if (v.leaf != Leaf::constant || !v.derived.empty()) return arena.data() + v.offset;
    constants.push_back(v.ordered_as ? Tensor(v.spec, v.layout)
                                     : reordered(draw(v.name, v.spec, v.initial, store.seed()), v.layout));
    return constants.back().data();
  }

  Store& home(const std::string& name, Store& store) const {
    return options.own && options.own->contains(name) ? *options.own : store;
  }

  Store& home_of_change(std::size_t value, Store& store) const {
    while (plan.values[value].overwritten) value = *plan.values[value].overwritten;
    const std::string& name = plan.values[plan.values[value].ordered_as.value_or(value)].name;
    require(!home(name, store).frozen(), "[", options.name, "] '", name, "' would change frozen weights");
    return home(name, store);
  }

  /// Forms of frozen weights; flows on the same store share them.
  void compute_once(const PlanNode& node, Store& store) {
    const std::size_t result = node.out[0];
    const PlanValue& v = plan.values[result];
    addresses[result] = store
                            .derived(v.derived,
                                     [&] {
                                       Tensor made(v.spec, v.layout);
                                       addresses[result] = made.data();
                                       const Call call = make_call(node, node.cut[0], 0);
                                       Memory scratch(call.kernel->scratch_bytes());
                                       const KernelThread thread;
                                       call.kernel->run({call.in.data(), call.out.data(), scratch.data()});
                                       return made;
                                     })
                            .data();
  }

  Call make_call(const PlanNode& node, const Tile& tile, std::size_t number) {
    Call call{.tile = static_cast<std::uint32_t>(number),
              .role = node.role,
              .name = trace ? trace->keep(node.name) : &node.name};
    try {
      const KernelThread thread;
      call.kernel = node.op->kernel(tile.in_view, tile.out_view);
    } catch (const std::exception& e) {
      fail("[", node.name, "] ", e.what());
    }
    for (std::size_t i = 0; i < tile.in.size(); ++i) {
      call.in.push_back(addresses[tile.in[i]] + tile.in_view[i].offset());
      const std::size_t base = plan.base(tile.in[i]);
      if (plan.values[base].local) call.local_in.push_back(i);
      if (plan.values[base].leaf == Leaf::input) input_uses[base].emplace_back(calls.size(), i);
    }
    for (std::size_t i = 0; i < tile.out.size(); ++i) {
      if (plan.values[tile.out[i]].local) call.local_out.push_back(i);
      call.out.push_back(addresses[tile.out[i]] + tile.out_view[i].offset());
    }
    call.local = !call.local_in.empty() || !call.local_out.empty();
    scratch_bytes = std::max(scratch_bytes, call.kernel->scratch_bytes());
    return call;
  }

  void build() {
    const FlushDenormals here;  // oneTBB gives every task the mode that its context was made in
    using Context = tbb::task_group_context;
    context = std::make_unique<Context>(Context::isolated, Context::default_traits | Context::fp_settings);
    graph = std::make_unique<tbb::flow::graph>(*context);
    Call* first = calls.data();
    for (std::size_t t = 0; t < tasks.units.size(); ++t) {
      const std::span<Call> task(std::exchange(first, first + tasks.units[t].size()), tasks.units[t].size());
      nodes.push_back(std::make_unique<TaskNode>(*graph, [this, t, task](const Continue& m) noexcept {
        run_task(t, task);
        return m;
      }));
    }
    std::vector<bool> is_last(nodes.size(), true);
    for (std::size_t t = 0; t < tasks.units.size(); ++t) {
      if (tasks.before[t].empty()) sources.push_back(nodes[t].get());
      for (std::size_t b : tasks.before[t]) {
        tbb::flow::make_edge(*nodes[b], *nodes[t]);
        is_last[b] = false;
      }
    }
    if (options.beside) {
      nodes.push_back(std::make_unique<TaskNode>(*graph, [this](const Continue& m) noexcept {
        run_beside();
        return m;
      }));
      sources.push_back(nodes.back().get());
      is_last.push_back(true);
    }
    last = std::make_unique<LastNode>(*graph, [this](const Continue& m) noexcept {
      end_step();
      return m;
    });
    for (std::size_t n = 0; n < nodes.size(); ++n)
      if (is_last[n]) tbb::flow::make_edge(*nodes[n], *last);
  }

  void start(const std::string* job) {
    busy_nanoseconds = 0;
    mirrors.begin_step();
    if (trace) track = trace->track(job ? *job : options.name);
    if (nodes.size() <= 1) {  // nothing to wait for
      const FlushDenormals here;
      if (!nodes.empty()) nodes.size() == tasks.units.size() ? run_task(0, calls) : run_beside();
      end_step();
      return;
    }
    for (TaskNode* source : sources) source->try_put(Continue());
  }

  /// In the last node, when every other has ended.
  void end_step() noexcept {
    ++profile->steps;
    if (!ended) return;
    std::exception_ptr error;
    try {
      rethrow();
    } catch (...) {
      error = std::current_exception();
    }
    // A copy: the callee may start the next step, with another callback.
    const auto callback = std::exchange(ended, nullptr);
    callback(static_cast<double>(busy_nanoseconds.load()) * 1e-9, std::move(error));
  }

  void run() {
    workers.execute([this] {
      start(nullptr);
      graph->wait_for_all();
    });
    rethrow();
  }

  void rethrow() {
    if (!failed.exchange(false)) return;
    const Failure first = std::exchange(failure, {});
    if (!first.node) fail("[", options.name, "] was cancelled");
    fail("[", options.name, "] node '", *first.node, "': ", first.what);
  }

  void run_beside() noexcept {
    const auto begin = Clock::now();
    guarded(&kBeside, [this] { options.beside(); });
    spent(tasks.units.size(), begin);
  }

  /// A task is run by one worker at a time, so its sum needs no lock.
  void spent(std::size_t task, Clock::time_point since) noexcept {
    const auto time = Clock::now() - since;
    profile->tasks.seconds[task] += std::chrono::duration<double>(time).count();
    busy_nanoseconds.fetch_add(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count(),
                               std::memory_order_relaxed);
  }

  void run_task(std::size_t t, std::span<Call> task) noexcept {
    const std::size_t bytes = plan.local_bytes + scratch_bytes;
    std::byte* const block = bytes > 0 ? workers.scratch(bytes) : nullptr;
    const bool timed = static_cast<bool>(ended);  // run() asks nobody what it took
    const auto begin = timed ? Clock::now() : Clock::time_point{};
    for (Call& call : task) {
      if (failed.load(std::memory_order_relaxed)) break;
      if (call.local) give_block(call, block);
      const std::int64_t from = trace ? trace->now() : 0;
      guarded(call.name, [&] { call.kernel->run({call.in.data(), call.out.data(), block + plan.local_bytes}); });
      if (trace)
        trace->add(Workers::worker(),
                   {call.name, call.tile, static_cast<std::uint32_t>(call.role), from, trace->now(), track});
    }
    if (timed) spent(t, begin);
  }

  static void give_block(Call& call, std::byte* block) noexcept {
    for (std::size_t i : call.local_in) call.in[i] = block;
    for (std::size_t i : call.local_out) call.out[i] = block;
  }

  /// Keeps the first exception; what has not started yet is skipped.
  template <class Body>
  void guarded(const std::string* const& name, Body body) noexcept {
    try {
      body();
    } catch (const std::exception& e) {
      keep({name, e.what()});
    } catch (...) {
      keep({name, "an exception of an unknown type"});
    }
  }

  void keep(Failure first) noexcept {
    const std::scoped_lock lock(mutex);
    if (!failed.exchange(true)) failure = std::move(first);
  }

  void bind(std::size_t value, const std::byte* memory) {
    const std::byte* old = std::exchange(addresses[value], const_cast<std::byte*>(memory));
    for (const auto& [call, index] : input_uses[value]) {
      const std::byte*& pointer = calls[call].in[index];
      pointer = memory + (pointer - old);
    }
    for (std::size_t v = value + 1; v < plan.values.size(); ++v)
      if (plan.values[v].view_of && plan.base(v) == value) addresses[v] = addresses[value];
  }

  std::size_t input_value(const std::string& name) const {
    std::string known;
    for (std::size_t v = 0; v < plan.values.size(); ++v) {
      if (plan.values[v].leaf != Leaf::input) continue;
      if (plan.values[v].name == name) return v;
      known += (known.empty() ? "" : ", ") + plan.values[v].name;
    }
    fail("[", options.name, "] no node reads an input '", name, "'; inputs: ", known);
  }

  static inline const std::string kBeside = "beside";

  FlowOptions options;
  Workers& workers;
  Trace* trace;
  std::uint32_t track = 0;
  Plan plan;
  Memory arena;
  std::map<std::string, Tensor> inputs;
  std::vector<Tensor> constants;
  std::vector<std::byte*> addresses;  // of each value
  Mirrors mirrors;
  std::vector<Call> calls;  // one for each unit, task by task
  std::map<std::size_t, std::vector<std::pair<std::size_t, std::size_t>>> input_uses;  // calls and argument numbers
  Tasks tasks;
  std::size_t scratch_bytes = 0;
  std::unique_ptr<tbb::task_group_context> context;
  std::unique_ptr<tbb::flow::graph> graph;
  std::vector<std::unique_ptr<TaskNode>> nodes;
  std::vector<TaskNode*> sources;
  std::unique_ptr<LastNode> last;
  std::function<void(double, std::exception_ptr)> ended;  // null while run() waits
  std::atomic<std::int64_t> busy_nanoseconds{0};
  double parallelism = 1;
  std::shared_ptr<FlowProfile> profile = std::make_shared<FlowProfile>();
  std::atomic<bool> failed{false};
  std::mutex mutex;
  Failure failure;
};

Flow::Flow(const Graph& graph, Store& store, Workers& workers, FlowOptions options)
    : impl_(std::make_unique<Impl>(graph, store, workers, std::move(options))) {}
Flow::~Flow() = default;
Flow::Flow(Flow&&) noexcept = default;
Flow& Flow::operator=(Flow&&) noexcept = default;

Tensor& Flow::input(const std::string& name) {
  impl_->input_value(name);
  return impl_->inputs.at(name);
}

bool Flow::has_input(const std::string& name) const { return impl_->inputs.contains(name); }

void Flow::bind(const std::string& name, const std::byte* memory) { impl_->bind(impl_->input_value(name), memory); }

void Flow::run() { impl_->run(); }

std::span<const float> Flow::output(const std::string& name) const {
  auto found = impl_->plan.outputs.find(name);
  require(found != impl_->plan.outputs.end(), "[", impl_->options.name, "] has no output '", name, "'");
  const PlanValue& v = impl_->plan.values[found->second];
  require(v.spec.type == Type::f32, "[", impl_->options.name, "] output '", name, "' has elements of ",
          to_string(v.spec.type), ", not f32");
  return {reinterpret_cast<const float*>(impl_->addresses[found->second]),
          static_cast<std::size_t>(elements(v.spec.shape))};
}

void Flow::start(std::function<void(double, std::exception_ptr)> ended, const std::string* job) {
  impl_->ended = std::move(ended);
  impl_->start(job);
}

void Flow::cancel() { impl_->failed = true; }

double Flow::parallelism() const { return impl_->parallelism; }

const std::shared_ptr<FlowProfile>& Flow::profile() const { return impl_->profile; }

std::size_t Flow::arena_bytes() const { return impl_->plan.arena_bytes; }
MemoryReport Flow::memory_report() const {
  const auto workers = static_cast<std::size_t>(impl_->workers.threads());
  return backflow::memory_report(impl_->plan, impl_->scratch_bytes, workers);
}
std::size_t Flow::tasks() const { return impl_->tasks.units.size(); }
std::size_t Flow::nodes() const { return impl_->plan.nodes.size(); }

std::string Flow::dot() const { return to_dot(impl_->plan); }

std::vector<std::string> Flow::node_names() const {
  std::vector<std::string> names;
  for (const PlanNode& n : impl_->plan.nodes) names.push_back(n.name);
  return names;
}

}  // namespace backflow
