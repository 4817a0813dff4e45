// A small perceptron learns to tell the three arms of a spiral apart.
#include <cmath>
#include <cstdio>

#include <backflow/graph/gradient.h>
#include <backflow/graph/random.h>
#include <backflow/ops/accuracy.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

constexpr int kArms = 3, kPerArm = 100, kPoints = kArms * kPerArm;

void make_spiral(std::span<float> points, std::span<std::int32_t> arms) {
  for (std::size_t i = 0; i < kPoints; ++i) {
    const auto words = random_words(1, stream_of("spiral"), 0, i);
    const float radius = static_cast<float>(i / kArms) / kPerArm;
    const float angle = 4 * radius + 2.1F * static_cast<float>(i % kArms) + 0.2F * unit_normals(words[0], words[1])[0];
    points[2 * i] = radius * std::sin(angle);
    points[2 * i + 1] = radius * std::cos(angle);
    arms[i] = static_cast<std::int32_t>(i % kArms);
  }
}

int main() {
  Graph g;
  Value x = g.input("x", {{kPoints, 2}});
  Value arm = g.input("arm", {{kPoints}, Type::s32});
  Value h = tanh(linear(x, {.out = 64, .name = "fc1"}));
  h = tanh(linear(h, {.out = 64, .name = "fc2"}));
  Value logits = linear(h, {.out = kArms, .name = "fc3"});
  Value loss = softmax_cross_entropy(logits, arm);
  g.output("loss", loss);
  g.output("accuracy", accuracy(logits, arm));

  Value rate = g.input("learning_rate", {{1}});
  const auto parameters = g.parameters();
  const auto gradients = gradient({loss}, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate, {.momentum = 0.9F});

  Store store(1);
  Scheduler scheduler;
  Flow flow(g, store, scheduler);
  make_spiral(flow.input("x").as(), flow.input("arm").as<std::int32_t>());
  flow.input("learning_rate").as()[0] = 0.1F;
  for (int step = 1; step <= 1000; ++step) {
    flow.run();
    if (step == 1 || step % 200 == 0)
      std::printf("step %4d  loss %.4f  accuracy %.3f\n", step, flow.scalar("loss"), flow.scalar("accuracy"));
  }
}
