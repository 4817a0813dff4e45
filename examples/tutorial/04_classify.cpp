// Loads a classifier and shows it images, then asks where an image would have to change: the gradient of a class by
// the image. The model is a file as `train` writes it, here a linear one that tells colours apart, made by hand.
#include <cstdio>
#include <filesystem>

#include <backflow/graph/gradient.h>
#include <backflow/ops/slice.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/models/predictor.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

namespace {

constexpr std::int64_t kSide = 8;
constexpr const char* kNames[] = {"red", "green", "blue"};

/// Logit c is 8 times the mean of channel c.
void write_model(const std::filesystem::path& file) {
  constexpr std::int64_t pixels = kSide * kSide;
  files::TensorFile f;
  Tensor weight({{3, 3 * pixels}});
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t i = 0; i < pixels; ++i)
      weight.as()[static_cast<std::size_t>((c * 3 + c) * pixels + i)] = 8.0F / pixels;
  f.tensors.emplace("fc1.weight", std::move(weight));
  f.tensors.emplace("fc1.bias", Tensor({{3}}));
  f.metadata = {{"model", "mlp"},       {"hidden", ""},  {"classes", "3"},
                {"image", "[3, 8, 8]"}, {"mean", "0.5"}, {"deviation", "0.25"}};
  files::write_safetensors(file, f);
}

}  // namespace

int main() {
  const auto file = std::filesystem::temp_directory_path() / "backflow_colours.safetensors";
  write_model(file);
  const auto model = models::load_model(file);  // ONNX files and torchvision's weights alike
  std::filesystem::remove(file);
  std::printf("reads %s, %lld classes\n", to_string(model->input()).c_str(), static_cast<long long>(model->classes()));

  Scheduler scheduler;
  models::Predictor predictor(*model, scheduler);
  for (const image::Colour& colour : {image::Colour{200, 40, 30}, image::Colour{20, 30, 90}}) {
    const image::Image picture = image::blank_image(60, 40, colour);  // of any size; read_image() reads a file
    for (const models::ClassProbability& p : predictor.top(picture, 2))
      std::printf("%5.1f %%  %s\n", 100 * p.probability, kNames[p.index]);
  }

  // The same network in a graph of one's own: d green / d image.
  Graph g;
  const Value image = g.input("image", {.shape = {1, 3, kSide, kSide}, .image = true});
  const Value green = slice(model->build(image).logits, {0, 1}, {1, 1});
  g.output("gradient", gradient(green, image));
  Store store;
  Flow flow(g, store, scheduler);
  flow.run();
  for (int c = 0; c < 3; ++c)
    std::printf("d green / d %-5s = %g\n", kNames[c], flow.output("gradient")[c * kSide * kSide]);
}
