// DeepDream: a photo, and more of all that a layer sees in it, at four sizes from small to large.
//   10_deepdream PHOTO MODEL LAYER      e.g. parrot.jpg squeezenet1_0.onnx fire6_concat; writes deepdream.png
// Without arguments it takes a drawn picture and a network that has learned nothing yet.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "graph/error.h"
#include "ops/conv2d.h"
#include "ops/relu.h"
#include "runtime/dream/dream.h"
#include "runtime/models/model.h"

using namespace backflow;

/// Hills under a sky.
Image drawn_picture() {
  Image image = blank_image(160, 120, {120, 170, 230});
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (y > 70 + 15 * std::sin(x / 17.0) + 6 * std::sin(x / 5.0)) {
        const Colour green{static_cast<std::uint8_t>(40 + y / 2), static_cast<std::uint8_t>(150 - y / 2), 60};
        std::copy(green.begin(), green.end(), image.at(x, y));
      }
  return image;
}

Classifier random_network(Value image) {
  Value x = relu(conv2d(image, {.out = 16, .kernel = 5, .stride = 2, .padding = 2, .name = "conv1"}));
  x = relu(conv2d(x, {.out = 32, .kernel = 5, .stride = 2, .padding = 2, .name = "conv2"}));
  return {{}, {{"conv2", x}}};
}

int run(int argc, char** argv) {
  const Image photo = argc > 1 ? read_image(argv[1]) : drawn_picture();
  DreamNetwork network{.build = random_network, .mean = {0.5F, 0.5F, 0.5F}, .deviation = {0.25F, 0.25F, 0.25F}};
  std::string layer = "conv2";
  if (argc > 3) {
    const std::shared_ptr<const Model> model = load_model(argv[2]);
    network = {.build = [model](Value image) { return model->build(image); },
               .mean = model->input().mean,
               .deviation = model->input().deviation};
    layer = argv[3];
  }

  DreamOptions options = preset("deepdream", photo.width, photo.height);
  Scheduler scheduler;
  Dream dream(std::make_shared<DreamNetworks>(std::move(network)), "layer:" + layer, options, {.photo = photo});
  dream.run(scheduler);
  const auto steps = dream.metrics();
  for (const DreamStep& s : steps)
    if (s.step % 10 == 0)
      std::printf("step %2d  %3d × %3d  objective %.4f\n", static_cast<int>(s.step), static_cast<int>(s.width),
                  static_cast<int>(s.height), s.objective);
  write_image("deepdream.png", dream.image());
  return 0;
}

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
