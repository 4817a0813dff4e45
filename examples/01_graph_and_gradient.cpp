// A graph of a few nodes and its gradient.
#include <cstdio>

#include "graph/gradient.h"
#include "ops/linear.h"
#include "ops/relu.h"
#include "ops/sgd.h"
#include "ops/softmax_cross_entropy.h"
#include "runtime/flow.h"

using namespace backflow;

int main() {
  Graph g;
  Value x = g.input("x", {{128, 784}});
  Value labels = g.input("labels", {{128}, Type::s32});
  Value h = relu(linear(x, {.out = 256, .name = "fc1"}));
  h = relu(linear(h, {.out = 256, .name = "fc2"}));
  Value loss = softmax_cross_entropy(linear(h, {.out = 10, .name = "fc3"}), labels);
  Value rate = g.input("lr", {{1}});
  auto p = g.parameters();
  auto d = gradient({loss}, p);
  for (std::size_t i = 0; i < p.size(); ++i) sgd(p[i], d[i], rate, {.momentum = 0.9F});
  g.output("loss", loss);
  Store store;
  Scheduler s;
  Flow flow(g, store, s);
  auto xs = flow.input("x").as();
  for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = static_cast<float>(i * 7919 % 1000) / 500 - 1;
  auto ls = flow.input("labels").as<std::int32_t>();
  for (std::size_t i = 0; i < ls.size(); ++i) ls[i] = static_cast<std::int32_t>(i % 10);
  flow.input("lr").as()[0] = 0.01F;
  for (auto& n : flow.node_names()) std::printf("%s ", n.c_str());
  std::printf("\n%zu tasks arena %zu\n", flow.tasks(), flow.arena_bytes());
  double best = 1e9;
  for (int i = 0; i < 500; ++i) {
    auto t0 = std::chrono::steady_clock::now();
    flow.run();
    best = std::min(best, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - t0).count());
    if (i % 100 == 0) std::printf("%d %.6f\n", i, flow.scalar("loss"));
  }
  std::printf("best %.0f us\n", best);
}
