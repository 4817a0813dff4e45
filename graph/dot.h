// Pictures of graphs, in the language of graphviz.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>

namespace backflow {

/// Forward goes down, backward comes up next to it: blue boxes, orange hexagons, green tabs for updates, ellipses for
/// what has no op, shapes on the edges, a legend. The same graph always gives the same text.
std::string to_dot(const Graph& graph);

/// A node of a picture, of a graph or of what a graph was compiled into.
struct DotNode {
  struct Edge {
    std::size_t node, index;  // output `index` of `node`
    std::string label;
    bool repeated = false;  // its source is drawn once more next to this reader
  };
  std::string name, text;  // text: what it computes, below the name
  Role role = Role::forward;
  Leaf leaf = Leaf::none;
  std::vector<Edge> in;
};
/// `title` stands above the picture.
std::string to_dot(const std::vector<DotNode>& nodes, const std::map<std::string, DotNode::Edge>& outputs,
                   const std::string& title = {});

/// What a picture says about a node that is called `name`: without the kind where the name says it already.
DotNode dot_node(const std::string& name, Role role, const Op& op);

}  // namespace backflow
