// What an image shall become: a sum of terms, each a class, or something in a layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::dream {

using backflow::to_string;

struct ObjectiveTerm {
  enum class Kind : std::uint8_t {
    class_logit,  // class:88, class:macaw           the logit of a class
    layer,        // layer:NAME                      mean of squares: DeepDream
    channel,      // layer:NAME:7                    mean of a channel
    neuron,       // layer:NAME:7:3,4 (row, column)  one place of it; neuron:NAME:7 is the middle one
    direction,    // direction:NAME:7=1,9=-.5        mean over all places of an inner product with a vector
    cosine,       // cosine:NAME:7=1,9=-.5           cosine of the layer's mean with a vector
    guide,        // guide:NAME                      each place like the best one of the guide photo
    caricature,   // caricature:NAME                 what the guide photo has there, and more of it
    invert,       // invert:NAME                     minus the mean squared difference to the guide photo
    style,        // style:NAME                      minus the squared difference to the style photo's Gram matrix
    diversity     // diversity:NAME                  minus the likeness of the batch's images, by Gram matrices
  };

  Kind kind = Kind::class_logit;
  double weight = 1;
  std::string name;                                        // of the layer, or of the class as it was given
  std::int64_t index = -1;                                 // class or channel
  std::int64_t row = -1, column = -1;                      // of a neuron; −1: the middle
  std::vector<std::pair<std::int64_t, double>> direction;  // channel, share
};

struct Objective {
  std::vector<ObjectiveTerm> terms;

  bool uses(ObjectiveTerm::Kind kind) const;
};

/// Reads e.g. "class:macaw - 0.5*layer:conv4 + layer:conv2:7:3,4". Operators stand between spaces, because names may
/// contain them; "…" quotes a name with spaces; a number before * multiplies. Throws an Error that shows the place.
Objective parse_objective(const std::string& text);
/// The same in one spelling; parse_objective() reads it back.
std::string to_string(const Objective& objective);
/// For file names: "class_88", "layer_conv4_7".
std::string file_name(const Objective& objective);
/// Objectives with one structure differ only in classes, channels, places and directions: they fit one graph.
std::string structure_of(const Objective& objective);

/// What a network offers to objectives.
struct ObjectiveNames {
  std::vector<std::string> labels;  // of the classes; may be empty
  std::int64_t classes = 0;         // 0: the network has no logits
  struct Layer {
    std::string name;
    Shape shape;            // [N, C] or [N, C, H, W]
    std::string relu = {};  // the layer that is this one's ReLU; empty if there is none
  };
  std::vector<Layer> layers;  // in the network's order
};

/// Replaces names of classes by their numbers and checks everything against the network. A label may list several
/// names, separated by commas; case and _ for spaces do not matter. A whole word of one label alone names it too.
/// Throws an Error that lists the labels with that word, or suggests near names.
Objective resolved(Objective objective, const ObjectiveNames& names);

/// "layer:*" becomes one target for each layer, "layer:NAME:*" and "layer:NAME:3-9" one for each channel; anything else
/// stays itself.
std::vector<std::string> expand_target(const std::string& target, const ObjectiveNames& names);

}  // namespace backflow::dream
