// The five steps of training written out, one flow for each that computes: forward, loss, zero gradients, backward,
// update. In one graph, as the other programs have it, the same nodes run side by side and nothing is zeroed.
#include <algorithm>
#include <cstdio>

#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

int main() {
  // y = 2 a − b, learned from four points.
  const float xs[] = {0, 0, 0, 1, 1, 0, 1, 1}, ys[] = {0, -1, 2, 1};

  Graph g;
  Value x = g.input("x", {{4, 2}}), y = g.input("y", {{4, 1}});
  Value prediction = linear(relu(linear(x, {.out = 8, .name = "fc1"})), {.out = 1, .name = "fc2"});
  Value loss = mse_loss(prediction, y);
  g.output("prediction", prediction);
  g.output("loss", loss);
  const auto parameters = g.parameters();
  const auto gradients = gradient({loss}, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) g.output("d " + g.node(parameters[i]).name, gradients[i]);

  Store store(3);
  Scheduler scheduler;
  Flow flow(g, store, scheduler);
  std::copy(std::begin(xs), std::end(xs), flow.input("x").as().begin());
  std::copy(std::begin(ys), std::end(ys), flow.input("y").as().begin());

  constexpr float kLearningRate = 0.1F;
  for (int step = 1; step <= 200; ++step) {
    // 1 forward, 2 loss, 4 backward: one run of the flow; every tile goes on as soon as what it needs is there.
    flow.run();
    // 3 zero gradients: nothing to do, a run overwrites its gradients and never adds to old ones.
    // 5 update: w ← w − η dL/dw, here by hand; ops/sgd.h makes it a node.
    for (const Value& p : parameters) {
      const std::string& name = g.node(p).name;
      Tensor w = store.plain(name);
      const auto d = flow.output("d " + name);
      for (std::size_t i = 0; i < d.size(); ++i) w.as()[i] -= kLearningRate * d[i];
      store.assign(name, w);
    }
    if (step == 1 || step % 50 == 0) std::printf("step %3d  loss %.6f\n", step, flow.scalar("loss"));
  }
  for (float v : flow.output("prediction")) std::printf("%.3f ", v);
  std::printf("expected 0 -1 2 1\n");
}
