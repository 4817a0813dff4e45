// A network that is appended to one graph several times, on the same parameters.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/models/networks.h>

namespace backflow::attack {

/// Made of any Network, also of one whose layers make their parameters anew: it is built once, in a graph of its own.
class SharedNetwork {
 public:
  /// `images` are what it is appended to. With Mode::prediction it is as networks are measured: running averages in
  /// batch normalisation, no dropout, nothing that is updated.
  SharedNetwork(const models::Network& network, const Spec& images, Mode mode);

  /// Appends it; nodes are called `prefix` and their names, parameters and states as the network calls them. Inputs
  /// other than the images are those of the graph, made if they are not there yet. Returns the logits.
  Value append(Value images, const std::string& prefix) const;

 private:
  std::shared_ptr<Graph> graph_;
  Value logits_;
};

}  // namespace backflow::attack
