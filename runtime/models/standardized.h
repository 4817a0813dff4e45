// A model whose images are standardised in another way than its file says; ONNX files say nothing of it.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/models/model.h>

namespace backflow::models {

/// `how` is what becomes of pixels in 0 … 1: "imagenet" ((x − mean) / deviation of ImageNet's colours), "none", or
/// "MEAN/DEVIATION", each a number or one for each channel: "0.5/0.5", "0.485,0.456,0.406/0.229,0.224,0.225"; empty: as
/// the model says. In front of it, between spaces, there may be "bgr" for a network that reads blue first, whose
/// numbers are in its own order, and "0..255" or "-1..1" for one that reads pixels in that range, in which mean and
/// deviation are then given: "bgr 0..255 104,117,123/1". Throws an Error that says what was expected.
std::unique_ptr<Model> standardized(std::unique_ptr<Model> model, const std::string& how);

}  // namespace backflow::models
