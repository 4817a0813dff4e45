// Networks that classify images, from ONNX files. https://onnx.ai/onnx/operators Internal to runtime/models/.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

class OnnxModel final : public Model {
 public:
  /// Reads the file. Throws an Error if it is truncated, is no ONNX, reads no images, or has ops that are not
  /// supported: all of them are listed at once.
  explicit OnnxModel(const std::filesystem::path& path);

  /// Shapes that the file leaves open become those of `image`, which is turned where the file reads [N, H, W, C].
  /// Initializers are parameters under their own names. If the network ends with a softmax or a sigmoid, the logits are
  /// what it reads; one sigmoid is two classes, with logits 0 and its input.
  Classifier build(Value image) const override;
  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return classes_; }
  std::vector<std::string> labels() const override { return labels_; }

 private:
  /// Finds the softmax or sigmoid at the end.
  void find_end();
  std::int64_t count_classes() const;
  /// What write_onnx() says in the file's metadata.
  void read_metadata();

  OnnxFile file_;
  InputSpec input_;
  bool is_channels_last_ = false;  // it reads [N, H, W, C]
  bool is_sigmoid_ = false;        // at the end
  std::set<std::string> passed_;   // outputs of the function at the end
  std::int64_t classes_ = 0;
  std::vector<std::string> labels_;  // of files that write_onnx() wrote
};

}  // namespace backflow::models
