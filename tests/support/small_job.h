// Small training jobs, whose losses can be compared bit by bit.
#pragma once

#include <memory>
#include <vector>

#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow {

/// Trains a small perceptron for some steps and keeps its losses.
class SmallJob final : public Job {
 public:
  SmallJob(Scheduler& scheduler, int steps, std::vector<float>* losses, std::int64_t rows = 64)
      : scheduler_(scheduler), steps_(steps), losses_(losses), rows_(rows) {}

  Flow* next() override {
    if (!flow_)
      make();
    else if (losses_)
      losses_->push_back(flow_->scalar("loss"));
    return steps_-- > 0 ? flow_.get() : nullptr;
  }

 private:
  void make() {
    Graph g;
    const Value labels = g.input("labels", {{rows_}, Type::s32});
    const Value h = linear(g.input("x", {{rows_, 50}}), {.out = 40, .name = "fc1"});
    const Value loss = softmax_cross_entropy(linear(h, {.out = 10, .name = "fc2"}), labels);
    const Value rate = g.constant("rate", {{1}}, filled(0.1F));
    const auto p = g.parameters();
    const auto d = gradient({loss}, p);
    for (std::size_t i = 0; i < p.size(); ++i) sgd(p[i], d[i], rate);
    g.output("loss", loss);
    flow_ = std::make_unique<Flow>(g, store_, scheduler_);
    auto x = flow_->input("x").as();
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 1000) / 500 - 1;
    auto l = flow_->input("labels").as<std::int32_t>();
    for (std::size_t i = 0; i < l.size(); ++i) l[i] = static_cast<std::int32_t>(i % 10);
  }

  Scheduler& scheduler_;
  int steps_;
  std::vector<float>* losses_;
  std::int64_t rows_;
  Store store_;
  std::unique_ptr<Flow> flow_;
};

/// Never complete.
class EndlessJob final : public Job {
 public:
  explicit EndlessJob(Scheduler& s) : job_(s, 1 << 30, nullptr) {}
  Flow* next() override { return job_.next(); }

 private:
  SmallJob job_;
};

/// The losses of a SmallJob that runs alone.
inline std::vector<float> losses_alone(int steps) {
  Scheduler s(1);
  std::vector<float> losses;
  s.submit(std::make_unique<SmallJob>(s, steps, &losses)).wait();
  return losses;
}

}  // namespace backflow
