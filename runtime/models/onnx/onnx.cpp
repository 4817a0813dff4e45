#include <backflow/runtime/models/onnx/onnx.h>

#include <algorithm>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_constants.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

// What a small file could ask for is bounded: numbers of all constants that are computed, beyond four times those of
// the file, and of one value.
constexpr std::int64_t kMaxConstants = 1 << 26;
constexpr std::int64_t kMaxPixels = 1 << 24;  // of the image, where the file says its size
// Numbers of one value: these, and a multiple of the image's.
constexpr std::int64_t kUsualNumbers = 1 << 26, kNumbersOfImage = 256;

/// All that is not supported, in one sentence.
void check_ops(const OnnxFile& file, const std::string& path) {
  std::map<std::string, int> missing;
  for (const OnnxNode& n : file.nodes)
    if (!onnx_ops().contains(n.op) && !foldable_onnx_ops().contains(n.op)) ++missing[n.op];
  constexpr std::size_t longest = 400;  // more than any file has that is not damaged
  std::string list;
  for (const auto& [op, count] : missing)
    if (list.size() < longest) list += str_cat(list.empty() ? "" : ", ", files::printable(op), " (", count, "×)");
  require(missing.empty(), "[onnx] ", path, " has ops that are not supported: ", list);
}

/// Weights [in, out] as [out, in].
OnnxTensor transposed(const OnnxTensor& t) {
  const auto rows = static_cast<std::size_t>(t.shape[0]), columns = static_cast<std::size_t>(t.shape[1]);
  std::vector<float> values(t.floats->size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) values[c * rows + r] = (*t.floats)[r * columns + c];
  return onnx_floats({t.shape[1], t.shape[0]}, std::move(values));
}

/// Products with a weight matrix [in, out] that nobody else reads become those with [out, in]: linear layers.
void turn_weights(OnnxFile& file) {
  std::map<std::string, int> readers;
  for (const OnnxNode& n : file.nodes)
    for (const std::string& name : n.in) ++readers[name];
  for (OnnxNode& n : file.nodes) {
    const bool product = (n.op == "Gemm" && n.integer("transB", 0) == 0) || n.op == "MatMul";
    if (!product || n.in.size() < 2 || readers[n.in[1]] != 1) continue;
    const auto weights = file.initializers.find(n.in[1]);
    if (weights == file.initializers.end() || weights->second.is_integer() || weights->second.shape.size() != 2)
      continue;
    weights->second = transposed(weights->second);
    n.op = "Gemm";
    n.attributes["transB"] = std::int64_t{1};
  }
}

class Builder {
 public:
  Builder(const OnnxFile& file, Value image) : file_(file), image_(image) {
    for (const auto& [name, tensor] : file.initializers) {
      values_[name] = {{}, tensor, name};
      most_folded_ += 4 * elements(tensor.shape);
    }
    values_[file.inputs[0].name] = {image, {}, ""};
  }

  Classifier run() {
    for (const OnnxNode& n : file_.nodes) visit(n);
    return {logits(), std::move(layers_)};
  }

 private:
  void visit(const OnnxNode& n) {
    require(!n.out.empty() && !values_.contains(n.out[0]), n.where(), " defines no value, or one that exists already");
    std::vector<const OnnxValue*> in;
    bool all_constant = true;
    for (const std::string& name : n.in) {
      const auto found = values_.find(name);
      require(name.empty() || found != values_.end(), n.where(), " reads '", files::printable(name),
              "', which nothing before it computes");
      in.push_back(name.empty() ? nullptr : &found->second);
      all_constant = all_constant && (name.empty() || found->second.constant.has_value());
    }
    if (n.op == "Shape") {
      values_[n.out[0]] = {{}, shape_of(n, in), ""};
    } else if (all_constant && foldable_onnx_ops().contains(n.op)) {
      auto constant = fold(n, in);
      require(constant->shape.size() <= kMaxAxes, n.where(), " makes a constant of ", constant->shape.size(),
              " axes, at most ", kMaxAxes, " are supported");
      folded_ += elements(constant->shape);
      require(folded_ <= most_folded_, n.where(), " makes more constants than ", most_folded_, " numbers");
      values_[n.out[0]] = {{}, std::move(constant), ""};
    } else {
      values_[n.out[0]] = {compute(n, in), {}, ""};
    }
  }

  static std::optional<OnnxTensor> shape_of(const OnnxNode& n, const std::vector<const OnnxValue*>& in) {
    require(in.size() == 1 && in[0], n.where(), " needs one input");
    const Shape& shape = in[0]->value ? in[0]->value.shape() : in[0]->constant->shape;
    const auto rank = static_cast<std::int64_t>(shape.size());
    auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const std::int64_t begin = place(n.integer("start", 0)), end = std::max(begin, place(n.integer("end", rank)));
    return onnx_integers({shape.begin() + begin, shape.begin() + end});
  }

  static std::optional<OnnxTensor> fold(const OnnxNode& n, const std::vector<const OnnxValue*>& in) {
    std::vector<const OnnxTensor*> constants;
    for (const OnnxValue* v : in) constants.push_back(v ? &*v->constant : nullptr);
    return fold_onnx(n, constants);
  }

  Value compute(const OnnxNode& n, const std::vector<const OnnxValue*>& in) {
    const auto op = onnx_ops().find(n.op);
    require(op != onnx_ops().end(), n.where(), " is supported on constants alone");
    const std::string name = n.name.empty() ? n.out[0] : n.name;
    const bool taken = file_.initializers.contains(name);
    try {
      const Value y = op->second({*image_.graph, n, taken ? name + ".node" : name, file_.opset, in});
      const Shape& s = y.shape();
      const std::int64_t most = std::min(kMaxElements, kUsualNumbers + kNumbersOfImage * elements(image_.shape()));
      require(elements(s) <= most, n.where(), " would have shape ", to_string(s), ", more than ", most,
              " numbers, for an image ", to_string(image_.shape()));
      if ((s.size() == 2 || y.spec().image) && s[0] == image_.shape()[0]) layers_.push_back({name, y});
      return y;
    } catch (const Error& e) {
      if (std::string(e.what()).starts_with("[onnx]")) throw;
      fail(n.where(), ": ", e.what());
    }
  }

  Value logits() const {
    std::string name = file_.outputs[0];
    for (const OnnxNode& n : file_.nodes)
      if (n.op == "Softmax" && n.out[0] == name) name = n.in[0];
    const auto found = values_.find(name);
    require(found != values_.end() && found->second.value, "[onnx] nothing computes the output '",
            files::printable(name), "'");
    const Value y = found->second.value;
    const Shape& s = y.shape();
    const bool places = s.size() == 4 && s[2] == 1 && s[3] == 1;
    require((s.size() == 2 || places) && s[0] == image_.shape()[0], "[onnx] the output of a classifier has shape [",
            image_.shape()[0], ", classes], this one ", to_string(s));
    return places ? flatten(y) : y;
  }

  const OnnxFile& file_;
  Value image_;
  std::int64_t folded_ = 0, most_folded_ = kMaxConstants;
  std::map<std::string, OnnxValue> values_;
  std::vector<Layer> layers_;
};

}  // namespace

OnnxModel::OnnxModel(const std::filesystem::path& path) : file_(read_onnx(path)) {
  check_ops(file_, path.string());
  require(file_.inputs.size() == 1 && !file_.outputs.empty(), "[onnx] ", path.string(),
          " needs one input, the image, and an output, it has ", file_.inputs.size(), " and ", file_.outputs.size());
  const Shape& image = file_.inputs[0].shape;
  const bool is_open = image.empty();
  require(is_open || (image.size() == 4 && (image[1] == 1 || image[1] == 3 || image[1] < 0)), "[onnx] ", path.string(),
          " reads ", to_string(image), ", not images [N, 3, H, W] or [N, 1, H, W]");
  const auto side = [&](std::size_t axis) { return is_open ? 0 : std::max<std::int64_t>(0, image[axis]); };
  const bool fixed = side(2) > 0 && side(3) > 0;
  require(elements({side(2), side(3)}) <= kMaxPixels, "[onnx] ", path.string(), " reads images of ", side(2), " × ",
          side(3), ", more than ", kMaxPixels, " pixels");
  input_ = default_input(side(1) == 1 ? 1 : 3, fixed ? side(2) : 0, fixed ? side(3) : 0);
  turn_weights(file_);
  classes_ = count_classes();
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
  return Builder(file_, image).run();
}

}  // namespace backflow::models
