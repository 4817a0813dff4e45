// Networks from ONNX files. https://onnx.ai/onnx/operators Internal to runtime/models/.
#pragma once

#include <filesystem>

#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

class OnnxModel final : public Model {
 public:
  /// Reads the file. Throws an Error if it is truncated, is no ONNX, or has ops that are not supported: all of them are
  /// listed at once.
  explicit OnnxModel(const std::filesystem::path& path);

  /// Shapes that the file leaves open become those of `image`. Initializers are parameters under their own names. If
  /// the network ends with a softmax, the logits are what it reads.
  Classifier build(Value image) const override;
  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return classes_; }

 private:
  std::int64_t count_classes() const;

  OnnxFile file_;
  InputSpec input_;
  std::int64_t classes_ = 0;
};

}  // namespace backflow::models
