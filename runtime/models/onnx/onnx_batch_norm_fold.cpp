#include <backflow/runtime/models/onnx/onnx_batch_norm_fold.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <backflow/graph/error.h>

namespace backflow::models {
namespace {

/// What becomes of each channel: y = factor · x + shift.
struct ChannelScale {
  std::vector<double> factor, shift;
};

/// A convolution's or a linear layer's, with the normalisation in them.
struct FoldedLayer {
  OnnxTensor weight, bias;
};

class OnnxBatchNormFold {
 public:
  explicit OnnxBatchNormFold(OnnxFile& file) : file_(file) {
    for (std::size_t n = 0; n < file_.nodes.size(); ++n) {
      for (const std::string& name : file_.nodes[n].in) ++readers_[name];
      for (const std::string& name : file_.nodes[n].out) makers_[name] = n;
    }
    for (const OnnxPort& port : file_.outputs) {
      ++readers_[port.name];
      outputs_.insert(port.name);
    }
    for (const OnnxPort& port : file_.inputs) inputs_.insert(port.name);
  }

  void run() {
    std::vector<bool> gone(file_.nodes.size());
    for (std::size_t n = 0; n < file_.nodes.size(); ++n) {
      for (std::string& name : file_.nodes[n].in)
        if (const auto found = renamed_.find(name); found != renamed_.end()) name = found->second;
      gone[n] = fold(n);
    }
    std::vector<OnnxNode> kept;
    for (std::size_t n = 0; n < file_.nodes.size(); ++n)
      if (!gone[n]) kept.push_back(std::move(file_.nodes[n]));
    file_.nodes = std::move(kept);
  }

 private:
  bool fold(std::size_t n) {
    const OnnxNode& norm = file_.nodes[n];
    if (norm.op != "BatchNormalization" || readers_[norm.in[0]] != 1 || !makers_.contains(norm.in[0])) return false;
    OnnxNode& layer = file_.nodes[makers_.at(norm.in[0])];
    const bool is_linear = layer.op == "Gemm" && layer.attributes.size() == 1 && layer.integer("transB", 0) == 1;
    const auto scale = layer.op == "Conv" || is_linear ? scale_of(norm) : std::nullopt;
    const auto folded = scale ? folded_layer(layer, *scale) : std::nullopt;
    if (!folded) return false;
    const std::string weight = place_of(layer.in[1], layer.name + ".weight");
    const std::string bias = place_of(layer.in.size() > 2 ? layer.in[2] : "", layer.name + ".bias");
    file_.initializers[weight] = folded->weight;
    file_.initializers[bias] = folded->bias;
    layer.in = {layer.in[0], weight, bias};
    take_over(layer, norm.out[0]);
    return true;
  }

  /// The layer makes what was called `name`, which only the outside still calls so.
  void take_over(OnnxNode& layer, const std::string& name) {
    if (outputs_.contains(name)) {
      makers_[name] = makers_.at(layer.out[0]);
      layer.out = {name};
      return;
    }
    renamed_[name] = layer.out[0];
    readers_[layer.out[0]] = readers_[name];
  }

  /// Null where it is computed.
  const OnnxTensor* tensor(const std::string& name) const {
    if (const auto found = file_.initializers.find(name); found != file_.initializers.end()) return &found->second;
    const auto made = makers_.find(name);
    if (made == makers_.end() || file_.nodes[made->second].op != "Constant") return nullptr;
    return std::get_if<OnnxTensor>(&file_.nodes[made->second].attributes.at("value"));
  }

  std::optional<ChannelScale> scale_of(const OnnxNode& norm) const {
    std::vector<const std::vector<float>*> lists;  // γ, β, µ, σ²
    for (std::size_t i = 1; i <= 4; ++i) {
      const OnnxTensor* t = tensor(norm.in.at(i));
      if (!t || !t->floats) return std::nullopt;
      lists.push_back(t->floats.get());
    }
    const double epsilon = static_cast<double>(norm.number("epsilon", 1e-5F));
    ChannelScale scale;
    for (std::size_t k = 0; k < lists[0]->size(); ++k) {
      const auto number = [&](std::size_t list) { return static_cast<double>(lists[list]->at(k)); };
      scale.factor.push_back(number(0) / std::sqrt(number(3) + epsilon));
      scale.shift.push_back(number(1) - number(2) * scale.factor[k]);
    }
    return scale;
  }

  std::optional<FoldedLayer> folded_layer(const OnnxNode& layer, const ChannelScale& scale) const {
    const bool has_bias = layer.in.size() > 2;
    const OnnxTensor *weight = tensor(layer.in.at(1)), *bias = has_bias ? tensor(layer.in[2]) : nullptr;
    const std::size_t channels = scale.factor.size();
    const Shape of_channels{static_cast<std::int64_t>(channels)};
    if (!weight || !weight->floats || weight->shape.empty() || weight->shape[0] != of_channels[0]) return std::nullopt;
    if (has_bias && (!bias || !bias->floats || bias->shape != of_channels)) return std::nullopt;
    std::vector<float> weights = *weight->floats, biases(channels);
    const std::size_t each = weights.size() / channels;
    for (std::size_t k = 0; k < channels; ++k) {
      for (std::size_t i = k * each; i < (k + 1) * each; ++i)
        weights[i] = static_cast<float>(static_cast<double>(weights[i]) * scale.factor[k]);
      const double first = has_bias ? static_cast<double>((*bias->floats)[k]) : 0;
      biases[k] = static_cast<float>(first * scale.factor[k] + scale.shift[k]);
    }
    const auto all_finite = [](const std::vector<float>& v) {
      return std::all_of(v.begin(), v.end(), [](float x) { return std::isfinite(x); });
    };
    if (!all_finite(weights) || !all_finite(biases)) return std::nullopt;
    return FoldedLayer{onnx_floats(weight->shape, std::move(weights)), onnx_floats(of_channels, std::move(biases))};
  }

  /// Of a folded tensor: that of the one before, unless others read it too.
  std::string place_of(const std::string& before, const std::string& wanted) const {
    if (file_.initializers.contains(before) && readers_.at(before) == 1) return before;
    std::string name = wanted;
    const auto is_taken = [&] {
      return file_.initializers.contains(name) || makers_.contains(name) || inputs_.contains(name);
    };
    for (int i = 2; is_taken(); ++i) name = str_cat(wanted, ".", i);
    return name;
  }

  OnnxFile& file_;
  std::map<std::string, int> readers_;         // of each value, the outside among them
  std::map<std::string, std::size_t> makers_;  // node of each value
  std::set<std::string> inputs_, outputs_;
  std::map<std::string, std::string> renamed_;  // values that a layer makes now, under its own name
};

}  // namespace

void fold_batch_norms(OnnxFile& file) { OnnxBatchNormFold(file).run(); }

}  // namespace backflow::models
