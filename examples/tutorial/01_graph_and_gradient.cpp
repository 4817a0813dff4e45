// A graph of a few nodes and its gradient: loss = mean((x Wᵀ + b − y)²).
#include <algorithm>
#include <cstdio>

#include <backflow/graph/dot.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

int main() {
  Graph g;
  Value x = g.input("x", {{2, 3}});  // [N, in]
  Value y = g.input("y", {{2, 1}});  // [N, out]
  Value prediction = linear(x, {.out = 1, .name = "fc", .weight = from_values({1, 2, 3}), .bias_values = zeros()});
  Value loss = mse_loss(prediction, y);

  // Backward is more graph: these values are made by ordinary nodes.
  const auto gradients = gradient({loss}, {g.leaf("fc.weight"), g.leaf("fc.bias")});
  g.output("loss", loss);
  g.output("dW", gradients[0]);
  g.output("db", gradients[1]);

  Store store;          // the parameters
  Scheduler scheduler;  // the workers
  Flow flow(g, store, scheduler);
  const float images[] = {1, 0, 1, 0, 1, 1}, targets[] = {3, 6};
  std::copy(std::begin(images), std::end(images), flow.input("x").as().begin());
  std::copy(std::begin(targets), std::end(targets), flow.input("y").as().begin());
  flow.run();

  std::printf("nodes that run:");
  for (const auto& name : flow.node_names()) std::printf(" %s", name.c_str());
  std::printf("\nloss %g\n", flow.scalar("loss"));
  for (const char* name : {"dW", "db"}) {
    std::printf("%s  ", name);
    for (float v : flow.output(name)) std::printf(" %g", v);
    std::printf("\n");
  }
}
