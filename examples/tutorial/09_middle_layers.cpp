// What the middle layers of a trained network look for: an image for every channel of its convolutions.
//   09_middle_layers out/model.safetensors      after examples/quickstart.sh; writes layer_conv1.png, layer_conv2.png
#include <cstdio>
#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

/// The mean of a channel over all places, as large as it gets.
void draw_layer(const std::string& layer, std::int64_t channels, const std::shared_ptr<dream::DreamNetworks>& networks,
                const dream::DreamOptions& options, Scheduler& scheduler) {
  std::vector<dream::Dream> dreams;
  for (std::int64_t c = 0; c < channels; ++c) dreams.emplace_back(networks, str_cat("layer:", layer, ":", c), options);
  dream::dream_all(scheduler, dreams);
  std::vector<image::Image> images;
  for (const dream::Dream& dream : dreams) images.push_back(dream.image());
  image::write_image("layer_" + layer + ".png", grid(images));
  std::printf("layer_%s.png: %d channels\n", layer.c_str(), static_cast<int>(channels));
}

int run(const std::string& file) {
  const std::shared_ptr<const models::Model> model = models::load_model(file);
  const models::InputSpec& input = model->input();
  auto networks = std::make_shared<dream::DreamNetworks>(dream::DreamNetwork{
      .build = [model](Value image) { return model->build(image); }, .mean = input.mean, .stddev = input.stddev});
  dream::DreamOptions options = dream::preset("homework", input.width, input.height);
  options.steps = 64;
  options.learning_rate = options.learning_rate_end = 0.05F;
  options.decay = 0.02F;  // what the channel does not look for turns grey

  Scheduler scheduler;
  for (const auto& layer : networks->names(0, input.height, input.width).layers)
    if (layer.name.starts_with("conv")) draw_layer(layer.name, layer.shape[1], networks, options, scheduler);
  return 0;
}

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "out/model.safetensors");
  } catch (const Error& e) {
    std::cerr << e.what() << "\nusage: 09_middle_layers MODEL, which `train --model cnn` makes\n";
    return 1;
  }
}
