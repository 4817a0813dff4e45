// What the files that know protobuf share. Internal to runtime/models/onnx/.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models::onnx_proto {

/// Files beside the model that hold its weights.
class ExternalData {
 public:
  explicit ExternalData(std::filesystem::path model) : model_(std::move(model)) {}

  /// The bytes of tensor `t`, which has `bytes` of them. Throws an Error, which begins with `what`, if they do not lie
  /// in the model's folder, or if the file is shorter.
  std::string read(const onnx::TensorProto& t, std::uint64_t bytes, const std::string& what);

 private:
  std::filesystem::path model_;
  std::map<std::filesystem::path, std::uint64_t> left_;  // bytes that may still be read from a file
};

OnnxTensor tensor_of(const onnx::TensorProto& t, const std::string& what, ExternalData& external);

/// Replaces each call of a function that the model brings with it by the function's nodes. Throws an Error if functions
/// call themselves or become too many nodes.
void expand_functions(onnx::ModelProto& model);

}  // namespace backflow::models::onnx_proto
