// One training step, forward + loss + backward + update, from an input that is in memory already.
// bench_step --model mlp --hidden 256,256 --batch 128 --optimizer sgd --threads 2   (rounds.h says how it is driven)
#include <backflow/ops/adam.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/bench/rounds.h"
#include "tests/support/networks.h"

using namespace backflow;

namespace {

const bench::Flags kDefaults{{"--model", "mlp"}, {"--hidden", "256,256"}, {"--batch", "128"}, {"--optimizer", "sgd"},
                             {"--threads", "0"}, {"--steps", "0"},        {"--trace", ""},    {"--precision", "f32"}};

void build(Graph& g, const bench::Flags& flags) {
  const std::int64_t batch = std::stoll(flags.at("--batch"));
  const std::string& model = flags.at("--model");
  require(model == "mlp" || model == "cnn", "unknown model ", model);
  const models::Network network =
      model == "cnn" ? models::cnn(10) : models::mlp(bench::widths_of(flags.at("--hidden")), 10);
  const Value logits = network(g.input("x", {.shape = {batch, 1, 28, 28}, .image = true}));
  const std::string& optimizer = flags.at("--optimizer");
  require(optimizer == "sgd" || optimizer == "adam", "unknown optimizer ", optimizer);
  if (optimizer == "sgd")
    return networks::train_step(g, logits, [](Value p, Value d, Value rate) { sgd(p, d, rate, {.momentum = 0.9F}); });
  const Value step = g.input("step", {{1}});
  networks::train_step(g, logits, [&](Value p, Value d, Value rate) { adam(p, d, rate, step); });
}

void fill_inputs(Flow& flow) {
  std::uint32_t word = 1;
  const auto random = [&] { return (word = word * 1664525U + 1013904223U) >> 8; };
  for (float& x : flow.input("x").as()) x = static_cast<float>(random()) * 0x1p-23F - 1;
  for (std::int32_t& label : flow.input("labels").as<std::int32_t>()) label = static_cast<std::int32_t>(random() % 10);
  flow.input("lr").as()[0] = 1e-5F;  // the weights hardly move: the work of every step is the same
  if (flow.has_input("step")) flow.input("step").as()[0] = 1;
}

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_step", [&] {
    const bench::Flags flags = bench::flags_of(count, arguments, kDefaults);
    Graph g;
    build(g, flags);
    Store store;
    Scheduler scheduler(std::stoi(flags.at("--threads")));
    const std::string& file = flags.at("--trace");
    Trace trace(scheduler.threads());
    Flow flow(g, store, scheduler,
              {.trace = file.empty() ? nullptr : &trace,
               .precision = value_of<Precision>("precision", flags.at("--precision"))});
    fill_inputs(flow);
    const auto step = [&] { flow.run(); };
    const long steps = std::stol(flags.at("--steps"));  // alone, for a profiler
    if (steps == 0) return bench::answer_rounds([&](long n) { bench::seconds_of(n, step); });
    std::printf("%.1f µs a step\n", 1e6 * bench::seconds_of(steps, step) / static_cast<double>(steps));
    if (file.empty()) return;
    files::write_chrome_trace(trace, file);
    std::printf("%s\n", trace.summary().c_str());
  });
}
