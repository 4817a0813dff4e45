// Small convolutional networks to dream with.
#pragma once

#include <memory>

#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/dream/dream.h>

namespace backflow {

/// conv1 3×3 → relu1 → pool1 → conv2 3×3 → relu2 → mean over places → fc, five classes. Any size from 2×2.
inline models::Classifier small_classifier(Value image) {
  models::Classifier c;
  auto layer = [&](const std::string& name, Value v) {
    c.layers.push_back({name, v});
    return v;
  };
  Value x = layer("conv1", conv2d(image, {.out = 6, .kernel = 3, .padding = 1, .name = "conv1"}));
  x = layer("pool1", max_pool2d(layer("relu1", relu(x)), {.kernel = 2}));
  x = layer("conv2", conv2d(x, {.out = 8, .kernel = 3, .padding = 1, .name = "conv2"}));
  x = layer("relu2", relu(x));
  c.logits = layer("logits", linear(reduce_mean(x, {.axes = {2, 3}}), {.out = 5, .name = "fc"}));
  return c;
}

inline dream::DreamNetwork small_network(std::int64_t channels = 3) {
  return {small_classifier,
          std::vector<float>(static_cast<std::size_t>(channels), 0.45F),
          std::vector<float>(static_cast<std::size_t>(channels), 0.25F),
          {"cat", "dog", "red fox", "owl", "newt"}};
}

inline std::shared_ptr<dream::DreamNetworks> small_networks(std::int64_t channels = 3) {
  return std::make_shared<dream::DreamNetworks>(small_network(channels));
}

/// A preset for an image that takes no time.
inline dream::DreamOptions small_options(const std::string& name, std::int64_t steps = 6, std::int64_t size = 20) {
  dream::DreamOptions o = dream::preset(name, size, size);
  o.steps = steps;
  return o;
}

/// An image with a gradient and an edge.
inline image::Image small_photo(int width = 24, int height = 18) {
  image::Image photo = image::blank_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      photo.at(x, y)[0] = static_cast<std::uint8_t>(255 * x / width);
      photo.at(x, y)[1] = static_cast<std::uint8_t>(255 * y / height);
      photo.at(x, y)[2] = x < y ? 200 : 40;
    }
  return photo;
}

}  // namespace backflow
