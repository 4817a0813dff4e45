// The last layer with weights of a described network, which has a row for each class. Internal to runtime/models/.
#pragma once

#include <backflow/runtime/models/described_nodes.h>

namespace backflow::models {

struct Head {
  std::string layer;                    // name of its node
  std::vector<std::string> parameters;  // its own, and those that are added behind it
  std::size_t place = 0;                // of the node
  std::int64_t inputs = 0;              // numbers that each output is computed from
  std::int64_t classes = 0;
};

/// The linear layer or convolution whose outputs, perhaps averaged over places, become the logits. Throws an Error if
/// the network ends with something else.
Head find_head(const DescribedNodes& nodes);
/// Gives the head another number of outputs, and what is behind it the shapes for it.
void resize_head(DescribedNodes& nodes, const Head& head, std::int64_t classes);

}  // namespace backflow::models
