// A graph inside another one, under names of its own: two networks whose parameters are called alike.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <backflow/graph/graph.h>

namespace backflow::models {

/// Appends all nodes of `from`, in their roles. Its inputs become the values that `inputs` names, its other leaves and
/// its nodes get `prefix`; leaves of that name that are there already are shared. Returns what each node of `from`
/// became.
std::vector<std::vector<Value>> append_graph(Graph& to, const Graph& from, const std::map<std::string, Value>& inputs,
                                             const std::string& prefix);

/// The same with leaves that `leaf` makes, or finds; nodes get `prefix`.
std::vector<std::vector<Value>> append_graph(Graph& to, const Graph& from, const std::string& prefix,
                                             const std::function<Value(const Node& leaf)>& leaf);

}  // namespace backflow::models
