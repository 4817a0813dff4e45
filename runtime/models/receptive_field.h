// How far a layer sees: what a tile of an image needs around it. Internal to runtime/models/.
#pragma once

#include <optional>

#include <backflow/graph/graph.h>

namespace backflow::models {

/// Along one axis: pixel i of the layer reads the image's pixels i · stride + begin … i · stride + end − 1, of which
/// those outside the image are padding.
struct Sight {
  std::int64_t begin = 0, end = 1, stride = 1;
  std::int64_t length() const { return end - begin; }
  bool operator==(const Sight&) const = default;
};

struct ReceptiveField {
  Sight rows, columns;
  bool operator==(const ReceptiveField&) const = default;
};

/// What `layer` [N, C, H', W'] sees of `image` [N, C, H, W] in the same graph; every path between them counts. Nothing
/// if the layer does not see a window that moves along with its pixels: behind a linear layer, a global pool or a
/// resize, or where paths of different strides meet. Araujo et al. 2019, "Computing Receptive Fields of Convolutional
/// Neural Networks" (Distill). Throws an Error that names the op if one between them does not say which pixels its
/// output depends on.
std::optional<ReceptiveField> receptive_field(Value layer, Value image);

/// Pixels that a tile needs before and after its core so that the gradient in the core, of an objective that treats
/// all pixels of the layer alike, is that of the whole image: every pixel that the core reaches must see the tile
/// alone. A multiple of the stride; tiles begin at multiples of the stride too.
std::int64_t halo(const Sight& sight);

}  // namespace backflow::models
