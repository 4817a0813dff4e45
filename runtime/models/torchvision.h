// Classifiers with the structure, the parameters' names and the layers' names of torchvision's, so that its weights
// load. https://pytorch.org/vision/stable/models.html
#pragma once

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

/// VGG-13 with batch normalisation: Simonyan and Zisserman 2014 (arXiv:1409.1556), configuration B. Images are
/// [N, 3, H, W], of at least 32×32 pixels. Layers "features.0" … "features.34", "avgpool", "classifier.0" …
/// "classifier.6"; dropout is left out.
Architecture vgg13_bn(std::int64_t classes = 1000);

/// ResNet-18: He et al. 2015 (arXiv:1512.03385). Images are [N, 3, H, W]. Layers are called as torchvision's
/// feature_extraction calls them: "conv1", "layer1.0.relu", "layer1.0.add", "layer1.0.relu_1", … "avgpool", "fc".
Architecture resnet18(std::int64_t classes = 1000);

}  // namespace backflow::models
