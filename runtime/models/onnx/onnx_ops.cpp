#include <backflow/runtime/models/onnx/onnx_ops.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/model.h>

namespace backflow::models {

const OnnxTensor& OnnxCall::constant(std::size_t i) const {
  require(is_constant(i), node.where(), " needs a constant as input ", i);
  return *in_[i]->constant;
}

namespace {

/// The elements of `t` as floats.
std::shared_ptr<const std::vector<float>> floats_of(const OnnxTensor& t, const std::string& where) {
  require(elements(t.shape) > 0, where, " is empty: ", to_string(t.shape));
  if (!t.is_integer()) return t.floats;
  for (std::int64_t n : t.integers)
    require(n >= -kExactIntegers && n <= kExactIntegers, where, " holds ", n, ", which f32 does not have");
  return std::make_shared<const std::vector<float>>(t.integers.begin(), t.integers.end());
}

}  // namespace

Value onnx_constant(Graph& graph, const std::string& name, const OnnxTensor& t) {
  const auto floats = floats_of(t, "[onnx] '" + files::printable(name) + "'");
  std::string free = name;
  for (int i = 2; const Value found = graph.find_leaf(free); ++i) {
    const Node& node = graph.node(found);
    const bool same = node.leaf == Leaf::constant && node.out[0].shape == t.shape && node.initial.data &&
                      *node.initial.data == *floats;
    if (same) return found;
    free = str_cat(name, ".", i);
  }
  return graph.constant(free, {t.shape}, {Initializer::values, 0, 0, floats});
}

Value OnnxCall::value(std::size_t i, Leaf weight) const {
  require(has(i), node.where(), " needs input ", i);
  if (in_[i]->value) return in_[i]->value;
  const OnnxTensor& t = constant(i);
  const bool is_weight = !in_[i]->weight.empty() && !t.is_integer();
  if (!is_weight) return onnx_constant(graph, str_cat(name, ".constant", i), t);
  const auto floats = floats_of(t, str_cat(node.where(), " input ", i));
  return shared_leaf(graph, weight, in_[i]->weight, {t.shape}, {Initializer::values, 0, 0, floats});
}

Value OnnxCall::scalar(const std::string& what, float number) const {
  return onnx_constant(graph, name + "." + what, onnx_floats({}, {number}));
}

float OnnxCall::number(std::size_t i, const char* attribute, float fallback) const {
  if (!has(i)) return node.number(attribute, fallback);
  const OnnxTensor& t = constant(i);
  require(elements(t.shape) == 1, node.where(), " input ", i, " needs to be one number");
  return t.is_integer() ? static_cast<float>(t.integers[0]) : (*t.floats)[0];
}

std::vector<std::int64_t> OnnxCall::list(const char* attribute, std::size_t i) const {
  if (node.has(attribute) || !has(i)) return node.integers(attribute);
  require(constant(i).is_integer(), node.where(), " input ", i, " needs to be integers");
  return constant(i).integers;
}

std::vector<std::int64_t> OnnxCall::axes(std::vector<std::int64_t> axes, std::int64_t rank) const {
  for (auto& a : axes) {
    require(a >= -rank && a < rank, node.where(), " has no axis ", a);
    a = a < 0 ? a + rank : a;
  }
  return axes;
}

std::int64_t OnnxCall::axis(std::int64_t fallback, std::int64_t rank) const {
  return axes({node.integer("axis", fallback)}, rank)[0];
}

OnnxOp onnx_op(std::function<Value(const OnnxCall&)> f, OnnxType type) {
  return [f = std::move(f), type](const OnnxCall& c) {
    return std::vector<OnnxValue>{{f(c), {}, "", type == OnnxType::undefined ? c.type(0) : type}};
  };
}

const OnnxTable& onnx_ops() {
  static const OnnxTable table = [] {
    OnnxTable all;
    for (const auto& part : {onnx_activations, onnx_arithmetic, onnx_einsum, onnx_grid_sample, onnx_legacy, onnx_losses,
                             onnx_norms, onnx_places, onnx_products, onnx_quantization, onnx_reductions, onnx_resizing,
                             onnx_selections, onnx_shapes, onnx_windows})
      all.merge(part());
    return all;
  }();
  return table;
}

}  // namespace backflow::models
