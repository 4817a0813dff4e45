// One explanation by integrated gradients: 64 points between the baseline and an image, all their gradients and the
// sum. bench_explain --file squeezenet1_0.onnx --threads 2    (rounds.h says how it is driven)
#include <backflow/runtime/explain/attribution.h>
#include "tests/bench/rounds.h"

using namespace backflow;

namespace {

const bench::Flags kDefaults{{"--file", ""}, {"--points", "64"}, {"--batch", "8"}, {"--threads", "0"}};

image::Image coloured(std::int64_t height, std::int64_t width) {
  image::Image picture = image::blank_image(static_cast<int>(width), static_cast<int>(height));
  std::uint32_t word = 1;
  for (std::uint8_t& v : picture.rgb) v = static_cast<std::uint8_t>((word = word * 1664525U + 1013904223U) >> 24);
  return picture;
}

}  // namespace

int main(int count, char** arguments) {
  return bench::guarded("bench_explain", [&] {
    const bench::Flags flags = bench::flags_of(count, arguments, kDefaults);
    const auto model = models::load_model(flags.at("--file"));
    Scheduler scheduler(std::stoi(flags.at("--threads")));
    explain::Explainer explainer(*model, scheduler,
                                 {.steps = std::stoll(flags.at("--points")), .batch = std::stoll(flags.at("--batch"))});
    const image::Image picture = coloured(picture_height(model->input()), picture_width(model->input()));
    bench::answer_rounds([&](long steps) {
      for (long i = 0; i < steps; ++i) explainer.attribution(picture, 88, explain::Method::integrated);
    });
  });
}
