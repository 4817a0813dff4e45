// The networks of `train`: a perceptron with hidden layers and two small convolutional networks.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

/// Widths of layers and numbers of classes that files and command lines may ask for: the weights between two such
/// layers have 2^40 elements.
constexpr std::int64_t kMaxWidth = 1 << 20;

/// Builds a classifier: images [N, C, H, W] → logits [N, classes].
using Network = std::function<Value(Value images)>;

/// flatten – (linear – relu) for each hidden width – linear. Layers "fc1", "relu1", "fc2", …
Architecture mlp(std::vector<std::int64_t> hidden, std::int64_t classes);

/// 3×3 conv 32 – relu – max-pool 2 – 3×3 conv 64 – relu – max-pool 2 – flatten – linear 128 – relu – linear. Layers
/// "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "relu3", "fc2". Images need at least 4×4 pixels.
Architecture cnn(std::int64_t classes);

/// Convolutions alone (Springenberg et al. 2015, https://arxiv.org/abs/1412.6806): 3×3 conv 32 – 3×3 conv 32 stride 2 –
/// 3×3 conv 64 – 3×3 conv 64 stride 2 – 3×3 conv 64, a relu after each – 1×1 conv – mean over places. Layers "conv1",
/// "relu1", … "conv6". Images have any size.
Architecture allconv(std::int64_t classes);

/// The one that `train` calls `name`, "mlp", "cnn" or "allconv"; throws an Error that lists them if there is none.
/// `hidden` is for mlp alone.
Architecture train_network(const std::string& name, const std::vector<std::int64_t>& hidden, std::int64_t classes);

}  // namespace backflow::models
