// One image-step of dreaming: forward, and the gradient of each image's target logit by the image; weights are frozen.
// bench_image_step --model vgg13 --targets 8 --flows 1 --threads 2    (rounds.h says how it is driven)
#include <backflow/graph/gradient.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/torchvision.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/bench/rounds.h"

using namespace backflow;

namespace {

const bench::Flags kDefaults{{"--model", "vgg13"}, {"--file", ""},   {"--size", "224"},
                             {"--targets", "8"},   {"--flows", "1"}, {"--threads", "0"},
                             {"--steps", "0"},     {"--trace", ""},  {"--precision", "f32"}};

/// torchvision's vgg13 with random weights, in evaluation mode.
Value vgg13(Value x) {
  int layer = 1;
  for (const std::int64_t width : {64, 128, 256, 512, 512}) {
    for (int i = 0; i < 2; ++i) {
      const std::int64_t fan_in = 9 * x.shape()[1];
      x = relu(conv2d(x, {.out = width,
                          .kernel = 3,
                          .padding = 1,
                          .name = str_cat("conv", layer++),
                          .weight = kaiming_normal(fan_in)}));
    }
    x = max_pool2d(x);
  }
  x = flatten(x);
  for (int i = 1; i <= 2; ++i) x = relu(linear(x, {.out = 4096, .name = str_cat("fc", i)}));
  return linear(x, {.out = 1000, .name = "fc3"});
}

Value logits_of(Value image, const bench::Flags& flags) {
  const std::string& file = flags.at("--file");
  if (!file.empty()) return models::load_model(file)->build(image).logits;
  if (flags.at("--model") == "resnet18") {
    models::NetworkBuilder b(*image.graph);
    return models::torchvision_network("resnet18").build(b, image);
  }
  require(flags.at("--model") == "vgg13", "unknown model ", flags.at("--model"), "; give a --file");
  return vgg13(image);
}

void build(Graph& g, std::int64_t batch, const bench::Flags& flags) {
  const std::int64_t size = std::stoll(flags.at("--size"));
  const Value image = g.input("image", {.shape = {batch, 3, size, size}, .image = true});
  const Value logits = logits_of(image, flags);
  const Value seed = g.input("seed", logits.spec());
  g.output("gradient", gradient({logits}, {image}, {seed})[0]);
}

void fill_inputs(Flow& flow, std::int64_t batch) {
  std::uint32_t word = 1;
  for (float& x : flow.input("image").as())
    x = static_cast<float>((word = word * 1664525U + 1013904223U) >> 8) * 0x1p-23F - 1;
  const auto seed = flow.input("seed").as();
  const std::size_t classes = seed.size() / static_cast<std::size_t>(batch);
  for (std::size_t n = 0; n * classes < seed.size(); ++n) seed[n * classes + 88 + n] = 1;
}

class Steps final : public Job {
 public:
  Steps(Flow& flow, long steps) : flow_(flow), left_(steps) {}
  Flow* next() override { return left_-- > 0 ? &flow_ : nullptr; }

 private:
  Flow& flow_;
  long left_;
};

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_image_step", [&] {
    const bench::Flags flags = bench::flags_of(count, arguments, kDefaults);
    const long targets = std::stol(flags.at("--targets")), flow_count = std::stol(flags.at("--flows"));
    require(flow_count >= 1 && targets % flow_count == 0, "targets need to go into the flows");
    Graph g;
    build(g, targets / flow_count, flags);
    Store store;
    store.freeze();
    Scheduler scheduler(std::stoi(flags.at("--threads")));
    const std::string& file = flags.at("--trace");
    Trace trace(scheduler.threads());
    std::vector<std::unique_ptr<Flow>> flows;
    for (long f = 0; f < flow_count; ++f) {
      flows.push_back(
          std::make_unique<Flow>(g, store, scheduler,
                                 FlowOptions{.trace = file.empty() ? nullptr : &trace,
                                             .precision = value_of<Precision>("precision", flags.at("--precision"))}));
      fill_inputs(*flows.back(), targets / flow_count);
    }
    const auto run = [&](long steps) {
      std::vector<JobHandle> jobs;
      for (auto& flow : flows) jobs.push_back(scheduler.submit(std::make_unique<Steps>(*flow, steps)));
      for (JobHandle& job : jobs) job.wait();
    };
    const long steps = std::stol(flags.at("--steps"));  // alone, for a profiler
    if (steps == 0) return bench::answer_rounds(run);
    std::printf("%.1f µs a step, arena %.1f MiB\n",
                1e6 * bench::seconds_of(1, [&] { run(steps); }) / static_cast<double>(steps),
                static_cast<double>(flows[0]->arena_bytes()) / (1 << 20) * static_cast<double>(flow_count));
    if (file.empty()) return;
    files::write_chrome_trace(trace, file);
    std::printf("%s\n", trace.summary().c_str());
  });
}
