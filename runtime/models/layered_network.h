// Networks as people write them: JSON with a list of layers, in the words of the ops.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

/// The network that the JSON object `text` describes, for so many classes:
///   {"layers": [{"conv2d": {"out": 32, "kernel": 3, "padding": 1}}, "relu", "flatten", {"linear": {"out":
///   "classes"}}]}
/// A layer reads the one before it, or the one that its "from" names; "with" names more for add, multiply and concat.
/// {"repeat": 3, "layers": […]} stands for its layers three times, with {i} in names as 0, 1, 2. docs/training.md has
/// all words. Throws an Error that begins with `file`, its line and the layer for what is no JSON, an unknown word or
/// key, a value out of its range, a name that is taken or not there; building it throws one where shapes do not fit.
Architecture layered_network(const std::string& text, const std::string& file, std::int64_t classes);

/// `network` in these words, a layer a line. `image` is [C, H, W] of some images that it reads. Throws an Error, with
/// the node's name, where it has an op that has no word.
std::string layers_text(const std::function<Architecture(std::int64_t classes)>& network, const Shape& image);

/// All words: "add", "conv2d", …
std::vector<std::string> layer_words();

}  // namespace backflow::models
