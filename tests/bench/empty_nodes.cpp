// What the flow itself costs: a graph of nodes that do nothing, in our Flow and in a bare oneTBB flow graph.
// bench_empty_nodes --shape chain|fan|wavefront --by backflow|tbb --side 32   (side² nodes)
#include <tbb/flow_graph.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <memory>
#include <vector>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/bench/rounds.h"

using namespace backflow;

namespace {

/// For each node the nodes before it.
using Edges = std::vector<std::vector<std::size_t>>;

Edges edges_of(const std::string& shape, std::size_t side) {
  const std::size_t nodes = side * side;
  Edges before(nodes);
  for (std::size_t n = 1; n < nodes; ++n) {
    if (shape == "chain") {
      before[n] = {n - 1};
    } else if (shape == "fan") {  // one, many, one
      before[n] = {0};
    } else {
      if (n >= side) before[n].push_back(n - side);
      if (n % side > 0) before[n].push_back(n - 1);
    }
  }
  if (shape == "fan")
    for (std::size_t n = 1; n + 1 < nodes; ++n) before[nodes - 1].push_back(n);
  return before;
}

/// Any number of scalars to one scalar, without work. It claims a time: else the compiler would, rightly, run all of
/// them as one task.
class Empty final : public Op {
 public:
  std::string kind() const override { return "empty"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{{1}}}; }
  Tiling tiling(const Signature& s) const override {
    Tiling t = Op::tiling(s);
    t.nanoseconds = 100'000;
    return t;
  }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override {
    return loop_kernel([](const Buffers&) {});
  }
};

void run_backflow(const Edges& before, int threads) {
  Graph g;
  const auto op = std::make_shared<Empty>();
  std::vector<Value> values;
  for (const auto& sources : before) {
    std::vector<Value> in;
    for (std::size_t s : sources) in.push_back(values[s]);
    if (in.empty()) in.push_back(g.input("x", {{1}}));
    values.push_back(g.add(op, in)[0]);
  }
  g.output("y", values.back());
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  bench::answer_rounds([&](long steps) { bench::seconds_of(steps, [&] { flow.run(); }); });
}

void run_tbb(const Edges& before, int threads) {
  using Message = tbb::flow::continue_msg;
  using Node = tbb::flow::continue_node<Message>;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  arena.execute([&] {
    tbb::flow::graph graph;
    std::vector<std::unique_ptr<Node>> nodes;
    for (const auto& sources : before) {
      nodes.push_back(std::make_unique<Node>(graph, [](const Message& m) { return m; }));
      for (std::size_t s : sources) tbb::flow::make_edge(*nodes[s], *nodes.back());
    }
    bench::answer_rounds([&](long steps) {
      bench::seconds_of(steps, [&] {
        nodes[0]->try_put(Message());
        graph.wait_for_all();
      });
    });
  });
}

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_empty_nodes", [&] {
    const auto flags = bench::flags_of(
        count, arguments, {{"--shape", "wavefront"}, {"--by", "backflow"}, {"--side", "32"}, {"--threads", "2"}});
    const Edges before = edges_of(flags.at("--shape"), std::stoul(flags.at("--side")));
    const int threads = std::stoi(flags.at("--threads"));
    flags.at("--by") == "tbb" ? run_tbb(before, threads) : run_backflow(before, threads);
  });
}
