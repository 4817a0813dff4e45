// A robust training step of the convnet, an attack and the step itself, from a batch that is in memory already.
// bench_robust_step --batch 128 --attack 7 --threads 2 --way one|flows   (rounds.h says how it is driven)
// one: nodes of one plan, as `train --robust` has it. flows: the same steps one by one, a flow that makes an input
// gradient and moves the batch, and a flow that trains.
#include <algorithm>
#include <memory>

#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/attack/steps.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/minimize.h>
#include <backflow/runtime/train/robust_step.h>
#include "tests/bench/rounds.h"

using namespace backflow;

namespace {

const bench::Flags kDefaults{{"--batch", "128"}, {"--attack", "7"}, {"--threads", "0"}, {"--way", "one"},
                             {"--loss", "pgd"},  {"--steps", "0"},  {"--trace", ""}};

constexpr attack::Threat kThreat{Norm::linf, 0.1F};

struct Step {
  std::int64_t batch, attack;
  train::RobustLoss loss;
  models::Network network = models::cnn(10);
  train::Adversary adversary{kThreat, data::ImageDataset({1, 28, 28}, 10, {0.286F}, {0.353F})};

  Value images(Graph& g) const { return g.input("x", {.shape = {batch, 1, 28, 28}, .image = true}); }
  Value labels(Graph& g) const { return g.input("labels", {{batch}, Type::s32}); }
  train::TrainOptions options() const {
    train::TrainOptions o;
    o.robust = attack::to_string(kThreat), o.robust_loss = loss, o.attack_steps = attack;
    return o;
  }

  void minimized(Value value) const {
    value.graph->output("loss", value);
    train::minimize(value, train::Sgd{.learning_rate = 1e-5F, .momentum = 0.9F});  // the weights hardly move
  }
  void whole(Graph& g) const {
    const Value x = images(g), y = labels(g);
    minimized(robust_step(network, adversary, options(), x, batch, [&](Value logits, const std::string& name) {
                return softmax_cross_entropy(logits, y, {.name = name});
              }).loss);
  }
  /// Pixels in, pixels out.
  void attacking(Graph& g) const {
    g.set_mode(Mode::prediction);
    const Value x = images(g), y = labels(g), original = g.input("original", x.spec());
    const Value cost = softmax_cross_entropy(adversary.on_pixels(network)(x), y);
    const Value rate = g.constant("rate", {{1}}, filled(attack::usual_rate(kThreat, attack)));
    g.output("next", attack::ascend(attack::ball_around(original, kThreat), x, attack::input_gradient(cost, x), rate));
  }
  void starting(Graph& g) const {
    const Value x = images(g);
    const Value pixels = adversary.pixels(x);
    g.output("pixels", pixels);
    g.output("start", attack::random_start(attack::ball_around(pixels, kThreat),
                                           g.input(train::kAttackKeys, {{batch, 4}, Type::s32})));
  }
  void training(Graph& g) const {
    g.set_mode(Mode::training);
    const Value x = images(g);
    minimized(softmax_cross_entropy(adversary.on_pixels(network)(x), labels(g)));
  }
};

void fill_inputs(Flow& flow) {
  std::uint32_t word = 1;
  const auto random = [&] { return (word = word * 1664525U + 1013904223U) >> 8; };
  if (flow.has_input("x"))
    for (float& x : flow.input("x").as()) x = static_cast<float>(random()) * 0x1p-23F - 1;
  if (flow.has_input("labels"))
    for (std::int32_t& label : flow.input("labels").as<std::int32_t>())
      label = static_cast<std::int32_t>(random() % 10);
  if (flow.has_input(train::kAttackKeys))
    attack::write_keys(flow.input(train::kAttackKeys).as<std::int32_t>(), 1, 0, 1);
}

/// The flows that make a step, and what goes from one to the next.
class Flows {
 public:
  Flows(const Step& step, const std::string& way, Store& store, Scheduler& scheduler, Trace* trace)
      : count_(step.attack) {
    const auto add = [&](void (Step::*build)(Graph&) const) {
      Graph g;
      (step.*build)(g);
      flows_.push_back(std::make_unique<Flow>(g, store, scheduler, FlowOptions{.trace = trace}));
      fill_inputs(*flows_.back());
    };
    require(way == "one" || way == "flows", "unknown way ", way);
    if (way == "one")
      add(&Step::whole);
    else
      for (auto build : {&Step::training, &Step::starting, &Step::attacking}) add(build);
  }

  void run() {
    if (flows_.size() > 1) attack();
    flows_[0]->run();
  }

 private:
  void attack() {
    Flow &start = *flows_[1], &ascend = *flows_[2];
    start.run();
    std::ranges::copy(start.output("pixels"), ascend.input("original").as().begin());
    std::ranges::copy(start.output("start"), ascend.input("x").as().begin());
    for (std::int64_t i = 0; i < count_; ++i) {
      ascend.run();
      std::ranges::copy(ascend.output("next"), (i + 1 < count_ ? ascend : *flows_[0]).input("x").as().begin());
    }
  }

  std::int64_t count_;
  std::vector<std::unique_ptr<Flow>> flows_;
};

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_robust_step", [&] {
    const bench::Flags flags = bench::flags_of(count, arguments, kDefaults);
    const Step step{std::stoll(flags.at("--batch")), std::stoll(flags.at("--attack")),
                    value_of<train::RobustLoss>("loss", flags.at("--loss"))};
    Store store;
    Scheduler scheduler(std::stoi(flags.at("--threads")));
    const std::string& file = flags.at("--trace");
    Trace trace(scheduler.threads());
    Flows flows(step, flags.at("--way"), store, scheduler, file.empty() ? nullptr : &trace);
    const auto run = [&] { flows.run(); };
    const long steps = std::stol(flags.at("--steps"));  // alone, for a profiler
    if (steps == 0) return bench::answer_rounds([&](long n) { bench::seconds_of(n, run); });
    std::printf("%.1f µs a step\n", 1e6 * bench::seconds_of(steps, run) / static_cast<double>(steps));
    if (file.empty()) return;
    files::write_chrome_trace(trace, file);
    std::printf("%s\n", trace.summary().c_str());
  });
}
