// Fits y = 2x − 1 with the installed library.
#include <cmath>
#include <cstdio>

#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/sgd.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

int main() {
  Graph g;
  const Value x = g.input("x", {{32, 1}}), target = g.input("target", {{32, 1}});
  const Value loss = mse_loss(linear(x, {.out = 1, .name = "line"}), target);
  const auto parameters = g.parameters();
  const auto gradients = gradient({loss}, parameters);
  const Value rate = g.input("lr", {{1}});
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate);
  g.output("loss", loss);

  Store store;
  Scheduler scheduler;
  Flow flow(g, store, scheduler);
  flow.input("lr").as()[0] = 0.5F;
  for (std::size_t i = 0; i < 32; ++i) {
    const float value = static_cast<float>(i) / 16 - 1;
    flow.input("x").as()[i] = value;
    flow.input("target").as()[i] = 2 * value - 1;
  }
  for (int step = 0; step < 100; ++step) flow.run();
  const float slope = store.at("line.weight").as()[0], offset = store.at("line.bias").as()[0];
  std::printf("y = %.3f x + %.3f\n", slope, offset);
  return std::abs(slope - 2) < 1e-3F && std::abs(offset + 1) < 1e-3F ? 0 : 1;
}
