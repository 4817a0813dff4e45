#include <backflow/runtime/models/onnx/onnx_constants.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/onnx/onnx_folding.h>

namespace backflow::models {
namespace {

using namespace onnx_folding;

OnnxTensor constant(const OnnxNode& node, const Inputs&) {
  for (const auto& [name, value] : node.attributes) {
    if (const auto* t = std::get_if<OnnxTensor>(&value)) return *t;
    if (const auto* i = std::get_if<std::int64_t>(&value)) return {{}, nullptr, {*i}};
    if (const auto* f = std::get_if<float>(&value)) return onnx_floats({}, {*f});
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) return onnx_integers(*list);
    if (const auto* list = std::get_if<std::vector<float>>(&value))
      return onnx_floats({static_cast<std::int64_t>(list->size())}, *list);
  }
  fail(node.where(), " has no value of numbers");
}

/// Between floats of any width nothing changes, as all are computed in f32.
OnnxTensor cast(const OnnxNode& node, const Inputs& in) {
  OnnxTensor t = input(node, in, 0);
  const auto to = static_cast<OnnxType>(node.integer("to", static_cast<std::int64_t>(OnnxType::float32)));
  t.type = to;
  if (is_real(to)) {
    if (t.is_integer()) t.floats = std::make_shared<const std::vector<float>>(t.integers.begin(), t.integers.end());
    t.integers.clear();
    return t;
  }
  if (!t.is_integer()) {
    for (float v : *t.floats)
      require(to == OnnxType::boolean || std::abs(v) < 0x1p63F, node.where(), " cannot make an integer of ", v);
    for (float v : *t.floats)
      t.integers.push_back(to == OnnxType::boolean ? std::int64_t{v != 0} : static_cast<std::int64_t>(v));
    t.floats = nullptr;
  } else if (to == OnnxType::boolean) {
    for (auto& v : t.integers) v = v != 0 ? 1 : 0;
  }
  return t;
}

OnnxTensor constant_of_shape(const OnnxNode& node, const Inputs& in) {
  const Shape shape = integers(node, in, 0);
  check_folded(node, shape);
  OnnxTensor value = node.has("value") ? constant(node, in) : onnx_floats({1}, {0});
  require(count_of(value) == 1, node.where(), " needs one value");
  const auto n = static_cast<std::size_t>(elements(shape));
  if (value.is_integer()) return {shape, nullptr, std::vector<std::int64_t>(n, value.integers[0]), value.type};
  return onnx_floats(shape, std::vector<float>(n, value.floats->at(0)));
}

/// start, start + step, … up to a limit that is left out.
OnnxTensor range(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& start = input(node, in, 0);
  for (std::size_t i = 0; i < 3; ++i)
    require(count_of(input(node, in, i)) == 1 && input(node, in, i).is_integer() == start.is_integer(), node.where(),
            " needs three numbers of one type");
  const auto at = [&](std::size_t i) {
    const OnnxTensor& t = input(node, in, i);
    return t.is_integer() ? static_cast<double>(t.integers[0]) : static_cast<double>((*t.floats)[0]);
  };
  const double length = std::ceil((at(1) - at(0)) / at(2));
  require(length <= static_cast<double>(kMaxFolded), node.where(), " makes more than 2^24 elements");
  const auto n = static_cast<std::size_t>(length > 0 ? length : 0);
  OnnxTensor result{{static_cast<std::int64_t>(n)}, nullptr, {}, start.type};
  std::vector<float> floats;
  for (std::size_t i = 0; i < n; ++i) {
    const double value = at(0) + static_cast<double>(i) * at(2);
    if (start.is_integer())
      result.integers.push_back(static_cast<std::int64_t>(value));
    else
      floats.push_back(static_cast<float>(value));
  }
  if (!start.is_integer()) result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  return result;
}

const std::map<std::string, Fold>& constants() {
  static const std::map<std::string, Fold> table{
      {"Constant", constant},
      {"ConstantOfShape", constant_of_shape},
      {"Identity", [](const OnnxNode& node, const Inputs& in) { return input(node, in, 0); }},
      {"Cast", cast},
      {"Range", range},
  };
  return table;
}

const std::map<std::string, Fold>& folds() {
  static const std::map<std::string, Fold> table = [] {
    std::map<std::string, Fold> all = rearrangements();
    all.insert(arithmetics().begin(), arithmetics().end());
    all.insert(constants().begin(), constants().end());
    return all;
  }();
  return table;
}

/// Floats of one value that are more than a constant may have: weights of files that are for tests of speed.
bool is_large(const OnnxNode& node, const OnnxTensor& shape) {
  const bool sensible = std::all_of(shape.integers.begin(), shape.integers.end(), [](auto n) { return n > 0; });
  const std::int64_t n = sensible ? elements(shape.integers) : 0;
  return n > kMaxFolded && n <= kMaxElements && (!node.has("value") || !constant(node, {}).is_integer());
}

/// Reductions of what is no list are left to the graph, and what is_large.
bool is_folded(const OnnxNode& node, const std::vector<const OnnxTensor*>& in) {
  if (node.op == "ConstantOfShape") return in.empty() || !in[0] || !is_large(node, *in[0]);
  if (!node.op.starts_with("Reduce")) return true;
  return !in.empty() && in[0] && in[0]->shape.size() == 1 && node.integer("noop_with_empty_axes", 0) == 0;
}

}  // namespace

const std::set<std::string>& foldable_onnx_ops() {
  static const std::set<std::string> names = [] {
    std::set<std::string> result{"Shape", "Size"};
    for (const auto& [name, fold] : folds()) result.insert(name);
    return result;
  }();
  return names;
}

std::optional<OnnxTensor> fold_onnx(const OnnxNode& node, std::int64_t opset,
                                    const std::vector<const OnnxTensor*>& in) {
  const auto found = folds().find(node.op);
  if (found == folds().end() || !is_folded(node, in)) return {};
  if (arithmetics().contains(node.op) && in.size() > 1 && in[0] && in[1]) {
    OnnxTensor second = *in[1];
    second.shape = onnx_operand_shape(node, opset, in[0]->shape, second.shape);
    std::vector<const OnnxTensor*> placed = in;
    placed[1] = &second;
    return found->second(node, placed);
  }
  return found->second(node, in);
}

Shape onnx_operand_shape(const OnnxNode& node, std::int64_t opset, const Shape& a, const Shape& b) {
  constexpr std::int64_t numpy = 7;  // the first opset that broadcasts as NumPy does
  if (opset >= numpy || !node.has("axis") || node.integer("broadcast", 0) == 0) return b;
  const auto rank = static_cast<std::int64_t>(a.size()), own = static_cast<std::int64_t>(b.size());
  const std::int64_t axis = node.integer("axis", 0) + (node.integer("axis", 0) < 0 ? rank : 0);
  require(axis >= 0 && axis + own <= rank, node.where(), " puts axes of ", to_string(b), " at axis ", axis, " of ",
          to_string(a));
  Shape placed = b;
  placed.resize(static_cast<std::size_t>(rank - axis), 1);
  return placed;
}

Shape resolve_onnx_shape(const OnnxNode& node, const std::vector<std::int64_t>& wanted, const Shape& input) {
  Shape shape;
  std::int64_t known = 1, open = -1;
  for (std::size_t a = 0; a < wanted.size(); ++a) {
    const bool keep = wanted[a] == 0 && node.integer("allowzero", 0) == 0;
    require(wanted[a] >= -1 && (!keep || a < input.size()), node.where(), " cannot make shape ", to_string(wanted),
            " of ", to_string(input));
    shape.push_back(keep ? input[a] : wanted[a]);
    if (wanted[a] == -1) {
      require(open < 0, node.where(), " leaves two lengths open: ", to_string(wanted));
      open = static_cast<std::int64_t>(a);
    } else {
      require(shape[a] <= kMaxElements && known <= kMaxElements, node.where(), " asks for shape ", to_string(wanted));
      known *= shape[a];
    }
  }
  const std::int64_t n = elements(input);
  if (open >= 0) shape[static_cast<std::size_t>(open)] = known > 0 ? n / known : 0;
  require(elements(shape) == n, node.where(), " cannot make shape ", to_string(wanted), " of ", to_string(input));
  return shape;
}

}  // namespace backflow::models
