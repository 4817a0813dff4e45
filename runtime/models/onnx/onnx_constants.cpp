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

OnnxTensor cast(const OnnxNode& node, const Inputs& in) {
  constexpr std::int64_t to_float = 1, to_half = 10, to_double = 11, to_bfloat16 = 16;
  const OnnxTensor& t = input(node, in, 0);
  const std::int64_t to = node.integer("to", to_float);
  const bool integer = to != to_float && to != to_half && to != to_double && to != to_bfloat16;
  if (integer == t.is_integer()) return t;
  if (!integer) return onnx_floats(t.shape, {t.integers.begin(), t.integers.end()});
  for (float v : *t.floats) require(std::abs(v) < 0x1p63F, node.where(), " cannot make an integer of ", v);
  return {t.shape, nullptr, {t.floats->begin(), t.floats->end()}};
}

OnnxTensor constant_of_shape(const OnnxNode& node, const Inputs& in) {
  const Shape shape = integers(node, in, 0);
  const bool sensible = std::none_of(shape.begin(), shape.end(), [](auto d) { return d < 0; });
  require(sensible && elements(shape) <= kMaxFolded, node.where(), " asks for the impossible shape ", to_string(shape),
          "; a constant has at most 2^24 elements");
  OnnxTensor value = node.has("value") ? constant(node, in) : onnx_floats({1}, {0});
  require(count_of(value) == 1, node.where(), " needs one value");
  return picked(value, shape, [](std::size_t) { return std::size_t{0}; });
}

/// The shape that NumPy's broadcasting makes of two.
Shape broadcast(const OnnxNode& node, const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()));
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto length = [&](const Shape& s) {
      const std::size_t missing = shape.size() - s.size();
      return axis < missing ? 1 : s[axis - missing];
    };
    const std::int64_t m = length(a), n = length(b);
    require(m == n || m == 1 || n == 1, node.where(), " cannot combine constants of shapes ", to_string(a), " and ",
            to_string(b));
    shape[axis] = m == 1 ? n : m;
  }
  require(elements(shape) <= kMaxFolded, node.where(), " makes ", to_string(shape),
          "; a constant has at most 2^24 elements");
  return shape;
}

OnnxTensor repeated(const OnnxTensor& t, const Shape& shape) {
  if (t.shape == shape) return t;
  const Shape step = strides(t.shape, Layout());
  const std::size_t missing = shape.size() - t.shape.size();
  return picked(t, shape, [&](std::size_t i) {
    auto rest = static_cast<std::int64_t>(i), at = std::int64_t{0};
    for (std::size_t axis = shape.size(); axis-- > missing; rest /= shape[axis])
      if (t.shape[axis - missing] != 1) at += rest % shape[axis] * step[axis - missing];
    return static_cast<std::size_t>(at);
  });
}

/// Elementwise on two constants.
template <class F>
Fold arithmetic(F f) {
  return [f](const OnnxNode& node, const Inputs& in) {
    const OnnxTensor &x = input(node, in, 0), &y = input(node, in, 1);
    require(x.is_integer() == y.is_integer(), node.where(), " cannot combine integers and floats");
    const Shape shape = broadcast(node, x.shape, y.shape);
    const OnnxTensor a = repeated(x, shape), b = repeated(y, shape);
    const auto n = static_cast<std::size_t>(elements(shape));
    if (!a.is_integer()) {
      std::vector<float> values(n);
      for (std::size_t i = 0; i < n; ++i) values[i] = f(node, (*a.floats)[i], (*b.floats)[i]);
      return onnx_floats(shape, std::move(values));
    }
    OnnxTensor result{shape, nullptr, std::vector<std::int64_t>(n)};
    for (std::size_t i = 0; i < n; ++i) result.integers[i] = f(node, a.integers[i], b.integers[i]);
    return result;
  };
}

/// Integer results wrap around, which a hostile file may ask for.
template <class T, class F>
T wrapped(T a, T b, F f) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(f(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
  else
    return f(a, b);
}

template <class T>
T quotient(const OnnxNode& node, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    require(b != 0, node.where(), " divides by zero");
    return b == -1 ? wrapped(T{0}, a, std::minus<>()) : a / b;
  } else {
    return a / b;
  }
}

std::map<std::string, Fold> arithmetics() {
  return {
      {"Constant", constant},
      {"ConstantOfShape", constant_of_shape},
      {"Identity", [](const OnnxNode& node, const Inputs& in) { return input(node, in, 0); }},
      {"Cast", cast},
      {"Add", arithmetic([](const OnnxNode&, auto a, auto b) { return wrapped(a, b, std::plus<>()); })},
      {"Sub", arithmetic([](const OnnxNode&, auto a, auto b) { return wrapped(a, b, std::minus<>()); })},
      {"Mul", arithmetic([](const OnnxNode&, auto a, auto b) { return wrapped(a, b, std::multiplies<>()); })},
      {"Div", arithmetic([](const OnnxNode& node, auto a, auto b) { return quotient(node, a, b); })},
  };
}

const std::map<std::string, Fold>& folds() {
  static const std::map<std::string, Fold> table = [] {
    std::map<std::string, Fold> all = rearrangements();
    all.merge(arithmetics());
    return all;
  }();
  return table;
}

}  // namespace

OnnxTensor onnx_integers(std::vector<std::int64_t> values) {
  return {{static_cast<std::int64_t>(values.size())}, nullptr, std::move(values)};
}

OnnxTensor onnx_floats(Shape shape, std::vector<float> values) {
  return {std::move(shape), std::make_shared<const std::vector<float>>(std::move(values)), {}};
}

const std::set<std::string>& foldable_onnx_ops() {
  static const std::set<std::string> names = [] {
    std::set<std::string> result{"Shape"};
    for (const auto& [name, fold] : folds()) result.insert(name);
    return result;
  }();
  return names;
}

std::optional<OnnxTensor> fold_onnx(const OnnxNode& node, const std::vector<const OnnxTensor*>& in) {
  const auto found = folds().find(node.op);
  if (found == folds().end()) return {};
  return found->second(node, in);
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
