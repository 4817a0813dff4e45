// Writes networks as ONNX files, which other programs run: https://onnx.ai/onnx/repo-docs/IR.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/store.h>
#include <backflow/runtime/models/model.h>

namespace backflow::models {

struct OnnxExportOptions {
  std::int64_t opset = 17;                           // 13 … 17
  bool external_data = false;                        // large weights in a file beside it, FILE.data
  bool dynamic_batch = true;                         // the first axis of inputs is open, "N"; else as in the graph
  bool softmax = false;                              // of each output, along its last axis
  bool fold_batch_norm = false;                      // into the convolution or linear layer before it, where it can be
  std::map<std::string, std::string> metadata = {};  // the file's metadata_props
};

/// Writes what computes `outputs` from `inputs`, both by their names in the file. Nodes have the graph's names;
/// parameters and states are initializers, under their names and with their values in `store`, or their first values
/// where it has none; constants are nodes. With `fold_batch_norm` weights and biases are those of the layer and of the
/// normalisation behind it, and a layer that had no bias has one, `layer`.bias. A graph from an ONNX file that this
/// wrote gives the same bytes. The file appears whole or not at all, the one with external data before it. Throws an
/// Error that lists all ops that have no ONNX form with their nodes; and one where a node mixes the samples of an open
/// batch, names clash, or a file cannot be written.
void write_onnx(const Graph& graph, const Store& store, const std::map<std::string, Value>& inputs,
                const std::map<std::string, Value>& outputs, const std::filesystem::path& file,
                const OnnxExportOptions& options = {});

/// A classifier that reads "image", [N, C, H, W] with pixels in 0 … 1, which its first nodes standardise, and gives
/// "logits", or with `softmax` "probabilities", [N, classes]. A model of any size is written for 224 × 224. Metadata
/// entries are added unless given: "labels", a line each, "pixels" and "shorter_side", which load_model() heeds.
void write_onnx(const Model& model, const std::filesystem::path& file, OnnxExportOptions options = {});

}  // namespace backflow::models
