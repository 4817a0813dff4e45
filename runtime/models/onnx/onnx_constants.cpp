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
  constexpr std::int64_t to_float = 1, to_half = 10, to_double = 11;
  const OnnxTensor& t = input(node, in, 0);
  const std::int64_t to = node.integer("to", to_float);
  const bool integer = to != to_float && to != to_half && to != to_double;
  if (integer == t.is_integer()) return t;
  if (!integer) return onnx_floats(t.shape, {t.integers.begin(), t.integers.end()});
  for (float v : *t.floats) require(std::abs(v) < 0x1p63F, node.where(), " cannot make an integer of ", v);
  return {t.shape, nullptr, {t.floats->begin(), t.floats->end()}};
}

OnnxTensor constant_of_shape(const OnnxNode& node, const Inputs& in) {
  const Shape shape = integers(node, in, 0);
  std::int64_t n = 1;
  for (auto d : shape) {
    require(d >= 0 && d <= kMaxFolded && n * d <= kMaxFolded, node.where(), " asks for an impossible shape ",
            to_string(shape));
    n *= d;
  }
  OnnxTensor value = node.has("value") ? constant(node, in) : onnx_floats({1}, {0});
  require(count_of(value) == 1, node.where(), " needs one value");
  return picked(value, shape, [](std::size_t) { return std::size_t{0}; });
}

/// Elementwise on two constants of one size, or one of a single element.
template <class F>
Fold arithmetic(F f) {
  return [f](const OnnxNode& node, const Inputs& in) {
    const OnnxTensor &a = input(node, in, 0), &b = input(node, in, 1);
    const std::int64_t na = count_of(a), nb = count_of(b), n = std::max(na, nb);
    require(a.is_integer() == b.is_integer() && (na == n || na == 1) && (nb == n || nb == 1), node.where(),
            " cannot combine constants of ", na, " and ", nb, " elements");
    auto at = [](const auto& values, std::int64_t i) {
      return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(i)];
    };
    const Shape& shape = a.shape.size() >= b.shape.size() && na == n ? a.shape : b.shape;
    if (!a.is_integer()) {
      std::vector<float> values;
      for (std::int64_t i = 0; i < n; ++i) values.push_back(f(node, at(*a.floats, i), at(*b.floats, i)));
      return onnx_floats(shape, std::move(values));
    }
    OnnxTensor result{shape, nullptr, {}};
    for (std::int64_t i = 0; i < n; ++i) result.integers.push_back(f(node, at(a.integers, i), at(b.integers, i)));
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
