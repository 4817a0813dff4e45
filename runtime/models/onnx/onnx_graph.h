// An ONNX file's nodes as nodes of ours. Internal to runtime/models/.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {

struct OnnxRequest {
  std::map<std::string, OnnxValue> inputs = {};  // of the file's names
  std::set<std::string> passed = {};             // first outputs of nodes that hand on their first input
  std::int64_t samples = 1;                      // in the batch, where the file is for one
};

struct OnnxBuilt {
  std::map<std::string, OnnxValue> values;     // by their names in the file
  std::map<std::string, std::string> missing;  // those that are not supported: of which node
  std::vector<Layer> layers;                   // of two axes, or images, for each sample

  /// Throws an Error if there is no such value.
  const OnnxValue& at(const std::string& name) const;
};

/// Throws an Error that lists all ops of the file that are not supported, and what would do instead where something
/// does.
void check_onnx_ops(const OnnxFile& file, const std::string& path);
/// Products with a weight matrix [in, out] that nobody else reads become those with [out, in]: linear layers.
void turn_onnx_weights(OnnxFile& file);
/// Appends the file's nodes to `graph`. Throws an Error, with the node's name, where they make no sense.
OnnxBuilt build_onnx(const OnnxFile& file, Graph& graph, OnnxRequest request);

}  // namespace backflow::models
