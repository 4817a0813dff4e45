// Classifiers with the structure, the parameters' names and the layers' names of torchvision's, so that its weights
// load. https://pytorch.org/vision/stable/models.html
#pragma once

#include <string>
#include <vector>

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

/// Their names, sorted: "efficientnet_b0", "resnet18", …
std::vector<std::string> torchvision_networks();
/// The network called `name`. Images are [N, 3, H, W], for the VGGs of at least 32 × 32 pixels. Layers are called as
/// torchvision's feature_extraction calls them: "conv1", "layer1.0.relu", "layer1.0.add", … "avgpool", "fc"; what it
/// takes for one, a convolution with what follows, has its parts too. Dropout is left out. Throws an Error if there is
/// no such network.
Architecture torchvision_network(const std::string& name, std::int64_t classes = 1000);
/// The parameter whose first axis has a length for each class: "fc.weight".
std::string torchvision_head(const std::string& name);

/// VGG: Simonyan and Zisserman 2014 (arXiv:1409.1556), of 11, 13, 16 or 19 layers.
Architecture vgg(int depth, bool batch_norm, std::int64_t classes);
/// ResNet: He et al. 2015 (arXiv:1512.03385), of 18, 34 or 50 layers; in the deeper blocks the 3×3 convolution strides.
Architecture resnet(int depth, std::int64_t classes);
/// SqueezeNet: Iandola et al. 2016 (arXiv:1602.07360), version 1.0 or 1.1.
Architecture squeezenet(bool is_1_1, std::int64_t classes);
/// MobileNetV2: Sandler et al. 2018 (arXiv:1801.04381).
Architecture mobilenet_v2(std::int64_t classes);
/// EfficientNet-B0: Tan and Le 2019 (arXiv:1905.11946).
Architecture efficientnet_b0(std::int64_t classes);

}  // namespace backflow::models
