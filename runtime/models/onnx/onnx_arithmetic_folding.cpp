#include <algorithm>
#include <cmath>

#include <backflow/runtime/models/onnx/onnx_folding.h>

namespace backflow::models::onnx_folding {
namespace {

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

/// Elementwise on one constant.
template <class F>
Fold mapped(F f) {
  return [f](const OnnxNode& node, const Inputs& in) {
    OnnxTensor t = input(node, in, 0);
    if (t.is_integer()) {
      for (auto& v : t.integers) v = static_cast<std::int64_t>(f(v));
      return t;
    }
    std::vector<float> values = *t.floats;
    for (float& v : values) v = static_cast<float>(f(v));
    t.floats = std::make_shared<const std::vector<float>>(std::move(values));
    return t;
  };
}

/// A comparison or a connective: 0 or 1.
template <class F>
Fold compared(F f) {
  return [f](const OnnxNode& node, const Inputs& in) {
    const OnnxTensor difference =
        arithmetic([f](const OnnxNode&, auto a, auto b) -> decltype(a) { return f(a, b) ? 1 : 0; })(node, in);
    if (difference.is_integer()) return OnnxTensor{difference.shape, nullptr, difference.integers, OnnxType::boolean};
    return OnnxTensor{
        difference.shape, nullptr, {difference.floats->begin(), difference.floats->end()}, OnnxType::boolean};
  };
}

OnnxTensor choice(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor &condition = input(node, in, 0), &a = input(node, in, 1), &b = input(node, in, 2);
  require(a.is_integer() == b.is_integer() && condition.is_integer(), node.where(),
          " cannot choose between integers and floats");
  const Shape shape = broadcast(node, broadcast(node, condition.shape, a.shape), b.shape);
  const OnnxTensor c = repeated(condition, shape), x = repeated(a, shape), y = repeated(b, shape);
  OnnxTensor result{shape, nullptr, {}, a.type};
  std::vector<float> floats;
  for (std::size_t i = 0; i < c.integers.size(); ++i) {
    const OnnxTensor& from = c.integers[i] != 0 ? x : y;
    if (a.is_integer())
      result.integers.push_back(from.integers[i]);
    else
      floats.push_back((*from.floats)[i]);
  }
  if (!a.is_integer()) result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  return result;
}

/// Of the divisor's sign, or with fmod of the dividend's.
template <class T>
T remainder(const OnnxNode& node, T a, T b) {
  const bool truncated = node.integer("fmod", 0) != 0;
  T rest;
  if constexpr (std::is_integral_v<T>) {
    require(b != 0, node.where(), " divides by zero");
    rest = b == -1 ? 0 : a % b;
  } else {
    rest = std::fmod(a, b);
  }
  return !truncated && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/// All elements of a list as one; see is_folded.
template <class F>
Fold reduced(F f) {
  return [f](const OnnxNode& node, const Inputs& in) {
    const OnnxTensor& t = input(node, in, 0);
    require(count_of(t) > 0, node.where(), " reduces a list without elements");
    Shape shape(node.integer("keepdims", 1) != 0 ? 1 : 0, 1);
    const auto all = [&](const auto& values) {
      auto result = values[0];
      for (std::size_t i = 1; i < values.size(); ++i) result = f(result, values[i]);
      return result;
    };
    if (t.is_integer()) return OnnxTensor{shape, nullptr, {all(t.integers)}, t.type};
    return onnx_floats(shape, {all(*t.floats)});
  };
}

/// Of any number of constants.
template <class F>
Fold chained(F f) {
  const Fold two = arithmetic([f](const OnnxNode&, auto a, auto b) { return f(a, b); });
  return [two](const OnnxNode& node, const Inputs& in) {
    OnnxTensor result = input(node, in, 0);
    for (std::size_t i = 1; i < in.size(); ++i) result = two(node, {&result, in[i]});
    return result;
  };
}

template <class F>
auto whole(F f) {
  return [f](const OnnxNode&, auto a, auto b) { return wrapped(a, b, f); };
}

}  // namespace

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

const std::map<std::string, Fold>& arithmetics() {
  const auto power = [](const OnnxNode&, auto a, auto b) -> decltype(a) {
    const double y = std::pow(static_cast<double>(a), static_cast<double>(b));
    if constexpr (std::is_integral_v<decltype(a)>)
      return std::abs(y) < 0x1p62 ? static_cast<std::int64_t>(y) : 0;
    else
      return static_cast<float>(y);
  };
  const auto low = [](auto a, auto b) { return a < b ? a : b; };
  const auto high = [](auto a, auto b) { return a < b ? b : a; };
  static const std::map<std::string, Fold> table{
      {"Add", arithmetic(whole(std::plus<>()))},
      {"Sub", arithmetic(whole(std::minus<>()))},
      {"Mul", arithmetic(whole(std::multiplies<>()))},
      {"Div", arithmetic([](const OnnxNode& node, auto a, auto b) { return quotient(node, a, b); })},
      {"Mod", arithmetic([](const OnnxNode& node, auto a, auto b) { return remainder(node, a, b); })},
      {"Pow", arithmetic(power)},
      {"Min", chained(low)},
      {"Max", chained(high)},
      {"Equal", compared([](auto a, auto b) { return a == b; })},
      {"Less", compared([](auto a, auto b) { return a < b; })},
      {"LessOrEqual", compared([](auto a, auto b) { return a <= b; })},
      {"Greater", compared([](auto a, auto b) { return a > b; })},
      {"GreaterOrEqual", compared([](auto a, auto b) { return a >= b; })},
      {"And", compared([](auto a, auto b) { return a != 0 && b != 0; })},
      {"Or", compared([](auto a, auto b) { return a != 0 || b != 0; })},
      {"Not", mapped([](auto x) { return x == 0 ? 1 : 0; })},
      {"Neg", mapped([](auto x) { return wrapped(decltype(x){0}, x, std::minus<>()); })},
      {"Abs", mapped([](auto x) { return x < 0 ? wrapped(decltype(x){0}, x, std::minus<>()) : x; })},
      {"Floor", mapped([](auto x) { return std::floor(static_cast<double>(x)); })},
      {"Ceil", mapped([](auto x) { return std::ceil(static_cast<double>(x)); })},
      {"Sqrt", mapped([](auto x) { return std::sqrt(static_cast<double>(x)); })},
      {"Reciprocal", mapped([](auto x) { return 1 / static_cast<double>(x); })},
      {"Where", choice},
      {"ReduceProd", reduced([](auto a, auto b) { return wrapped(a, b, std::multiplies<>()); })},
      {"ReduceSum", reduced([](auto a, auto b) { return wrapped(a, b, std::plus<>()); })},
      {"ReduceMin", reduced(low)},
      {"ReduceMax", reduced(high)},
  };
  return table;
}

}  // namespace backflow::models::onnx_folding
