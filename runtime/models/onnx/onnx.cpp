#include <backflow/runtime/models/onnx/onnx.h>

#include <algorithm>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/transpose.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/models/onnx/onnx_graph.h>

namespace backflow::models {
namespace {

constexpr std::int64_t kMaxPixels = 1 << 24;  // of the image, where the file says its size

bool is_colours(std::int64_t channels) { return channels == 1 || channels == 3; }

/// Ops that hand on the numbers that they read.
bool moves_numbers(const std::string& op) {
  static const std::set<std::string> names{"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout", "Cast"};
  return names.contains(op);
}

}  // namespace

OnnxModel::OnnxModel(const std::filesystem::path& path) : file_(read_onnx(path)) {
  check_onnx_ops(file_, path.string());
  require(file_.inputs.size() == 1 && !file_.outputs.empty(), "[onnx] ", path.string(),
          " needs one input, the image, and an output, it has ", file_.inputs.size(), " and ", file_.outputs.size());
  const Shape& image = file_.inputs[0].shape;
  const bool is_open = image.empty(), is_image = image.size() == 4;
  is_channels_last_ = is_image && !is_colours(image[1]) && is_colours(image[3]);
  require(is_open || (is_image && (is_channels_last_ || image[1] < 0 || is_colours(image[1]))), "[onnx] ",
          path.string(), " reads ", to_string(image), ", not images [N, 3, H, W] or [N, 1, H, W], nor [N, H, W, 3]");
  const auto side = [&](std::size_t axis) { return is_open ? 0 : std::max<std::int64_t>(0, image[axis]); };
  const std::size_t rows = is_channels_last_ ? 1 : 2;
  const std::int64_t height = side(rows), width = side(rows + 1), channels = side(is_channels_last_ ? 3 : 1);
  require(elements({height, width}) <= kMaxPixels, "[onnx] ", path.string(), " reads images of ", height, " × ", width,
          ", more than ", kMaxPixels, " pixels");
  const bool fixed = height > 0 && width > 0;
  input_ = default_input(channels == 1 ? 1 : 3, fixed ? height : 0, fixed ? width : 0);
  if (is_integer(file_.inputs[0].type)) {  // 0 … 255
    std::fill(input_.mean.begin(), input_.mean.end(), 0.0F);
    std::fill(input_.stddev.begin(), input_.stddev.end(), 1 / 255.0F);
  }
  find_end();
  turn_onnx_weights(file_);
  classes_ = count_classes();
  read_metadata();
}

void OnnxModel::read_metadata() {
  const auto text = [&](const char* key) {
    const auto found = file_.metadata.find(key);
    return found == file_.metadata.end() ? std::string() : found->second;
  };
  if (text("pixels") == "0..1") {  // the file standardises them
    std::fill(input_.mean.begin(), input_.mean.end(), 0.0F);
    std::fill(input_.stddev.begin(), input_.stddev.end(), 1.0F);
  }
  std::int64_t side = 0;
  if (files::read_number(text("shorter_side"), side) && side >= 0 && side <= kMaxPixels) input_.shorter_side = side;
  std::istringstream lines(text("labels"));
  for (std::string line; std::getline(lines, line);) labels_.push_back(line);
  if (static_cast<std::int64_t>(labels_.size()) != classes_) labels_.clear();
}

void OnnxModel::find_end() {
  std::map<std::string, const OnnxNode*> makers;
  for (const OnnxNode& n : file_.nodes)
    if (!n.out.empty()) makers.try_emplace(n.out[0], &n);
  std::string name = file_.outputs[0].name;
  for (std::size_t steps = 0; steps < file_.nodes.size(); ++steps) {
    const auto found = makers.find(name);
    if (found == makers.end() || found->second->in.empty()) return;
    const OnnxNode& n = *found->second;
    if (n.op == "Softmax" || n.op == "Sigmoid") {
      passed_ = {n.out[0]};
      is_sigmoid_ = n.op == "Sigmoid";
      return;
    }
    if (!moves_numbers(n.op)) return;
    name = n.in[0];
  }
}

std::int64_t OnnxModel::count_classes() const {
  constexpr std::int64_t any_side = 224;  // of most classifiers
  Graph g;
  try {
    const auto side = [](std::int64_t n) { return n == 0 ? any_side : n; };
    const Value image =
        g.input("image", {.shape = {1, input_.channels, side(input_.height), side(input_.width)}, .image = true});
    return build(image).logits.shape()[1];
  } catch (const Error&) {
    return 0;  // it may fit images of another size
  }
}

Classifier OnnxModel::build(Value image) const {
  const Shape& s = image.shape();
  require(s.size() == 4 && s[1] == input_.channels, "[onnx] the image needs shape [N, ", input_.channels,
          ", H, W], got ", to_string(s));
  const OnnxPort& port = file_.inputs[0];
  const bool is_for_one = !port.shape.empty() && port.shape[0] == 1;
  const Value turned = is_channels_last_ ? transpose(image, {{0, 2, 3, 1}}) : image;
  OnnxBuilt built = build_onnx(
      file_, *image.graph,
      {.inputs = {{port.name, {turned, {}, "", port.type}}}, .passed = passed_, .samples = is_for_one ? s[0] : 1});
  const Value y = built.at(file_.outputs[0].name).value;
  require(static_cast<bool>(y), "[onnx] the output does not depend on the image");
  const Shape& out = y.shape();
  const bool places = out.size() == 4 && out[2] == 1 && out[3] == 1;
  require((out.size() == 2 || places) && out[0] == s[0], "[onnx] the output of a classifier has shape [", s[0],
          ", classes], this one ", to_string(out), is_for_one && s[0] > 1 ? "; the file is for one image" : "");
  Value logits = places ? flatten(y) : y;
  if (is_sigmoid_ && out[1] == 1) logits = concat({scale(logits, 0), logits}, {.axis = 1});
  return {logits, std::move(built.layers)};
}

}  // namespace backflow::models
