// Networks from safetensors files: their architecture is known here, the file has the weights.
// Internal to runtime/models/.
#pragma once

#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

class SafetensorsModel final : public Model {
 public:
  /// Of what `path` holds; see load_model().
  SafetensorsModel(const std::filesystem::path& path, files::TensorFile file, const std::string& arch);

  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return classes_; }
  std::vector<std::string> labels() const override { return labels_; }
  data::Standardization targets() const override { return targets_; }
  Classifier build(Value image) const override;

 private:
  using Weights = std::map<std::string, Initializer>;

  Architecture architecture_;
  InputSpec input_;
  std::int64_t classes_ = 0;
  std::vector<std::string> labels_;
  data::Standardization targets_;
  std::string what_;  // "[model] FILE (cnn)", for errors
  Weights weights_;
};

}  // namespace backflow::models
