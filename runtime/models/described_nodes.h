// The nodes of a network's description: read, written, changed, and built into a graph. Internal to runtime/models/.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

constexpr std::size_t kMaxDescribedNodes = 4096;

/// Node i of a description is place i + 1; place 0 is the images.
struct DescribedNode {
  std::string op, name;  // no op: a leaf
  Leaf leaf = Leaf::none;
  std::vector<std::size_t> in;  // places before it
  Shape shape;                  // of a leaf; of an op that changes it freely the result's, without the batch
  OpOptions options;
};

using DescribedNodes = std::vector<DescribedNode>;

/// Throws an Error if `text` is no description of version 1.
DescribedNodes described_nodes(const std::string& text);
std::string to_text(const DescribedNodes& nodes);

/// Appends what place `to` needs, where the value of place `from` is given. Throws an Error, with the node's name,
/// where an op's options or shapes make no sense.
Value build_described(const DescribedNodes& nodes, NetworkBuilder& b, std::size_t from, Value given, std::size_t to);

/// For each place, whether it depends on leaves alone.
std::vector<bool> only_of_leaves(const DescribedNodes& nodes);

}  // namespace backflow::models
