// DeepDream: a photo, and more of all that a layer sees in it, at four sizes from small to large.
//   10_deepdream PHOTO MODEL LAYER      e.g. parrot.jpg squeezenet1_0.onnx fire6_concat; writes deepdream.png
// Without arguments it takes a drawn image and a network that has learned nothing yet.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

/// Hills under a sky.
image::Image drawn_picture() {
  image::Image image = image::blank_image(160, 120, {120, 170, 230});
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (y > 70 + 15 * std::sin(x / 17.0) + 6 * std::sin(x / 5.0)) {
        const image::Colour green{static_cast<std::uint8_t>(40 + y / 2), static_cast<std::uint8_t>(150 - y / 2), 60};
        std::copy(green.begin(), green.end(), image.at(x, y));
      }
  return image;
}

models::Classifier random_network(Value image) {
  Value x = relu(conv2d(image, {.out = 16, .kernel = 5, .stride = 2, .padding = 2, .name = "conv1"}));
  x = relu(conv2d(x, {.out = 32, .kernel = 5, .stride = 2, .padding = 2, .name = "conv2"}));
  return {{}, {{"conv2", x}}};
}

int run(int argc, char** argv) {
  const image::Image photo = argc > 1 ? image::read_image(argv[1]) : drawn_picture();
  dream::DreamNetwork network{.build = random_network, .mean = {0.5F, 0.5F, 0.5F}, .stddev = {0.25F, 0.25F, 0.25F}};
  std::string layer = "conv2";
  if (argc > 3) {
    const std::shared_ptr<const models::Model> model = models::load_model(argv[2]);
    network = {.build = [model](Value image) { return model->build(image); },
               .mean = model->input().mean,
               .stddev = model->input().stddev};
    layer = argv[3];
  }

  dream::DreamOptions options = dream::preset("deepdream", photo.width, photo.height);
  Scheduler scheduler;
  dream::Dream dream(std::make_shared<dream::DreamNetworks>(std::move(network)), "layer:" + layer, options,
                     {.photo = photo});
  dream.run(scheduler);
  const auto steps = dream.metrics();
  for (const dream::DreamStep& s : steps)
    if (s.step % 10 == 0)
      std::printf("step %2d  %3d × %3d  objective %.4f\n", static_cast<int>(s.step), static_cast<int>(s.width),
                  static_cast<int>(s.height), s.objective);
  image::write_image("deepdream.png", dream.image());
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
