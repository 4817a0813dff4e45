#include <backflow/runtime/models/onnx/onnx_constants.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include <backflow/graph/error.h>

namespace backflow::models {
namespace {

constexpr std::int64_t kMostFolded = 1 << 24, kMostElements = std::int64_t{1} << 31;

using Inputs = std::vector<const OnnxTensor*>;
using Fold = std::function<OnnxTensor(const OnnxNode&, const Inputs&)>;

const OnnxTensor& input(const OnnxNode& node, const Inputs& in, std::size_t i) {
  require(i < in.size() && in[i] != nullptr, node.where(), " needs input ", i);
  return *in[i];
}

const std::vector<std::int64_t>& integers(const OnnxNode& node, const Inputs& in, std::size_t i) {
  const OnnxTensor& t = input(node, in, i);
  require(t.is_integer(), node.where(), " input ", i, " needs to be integers");
  return t.integers;
}

/// Axes of an attribute (older files) or of an input.
std::vector<std::int64_t> axes_of(const OnnxNode& node, const Inputs& in) {
  return node.has("axes") || in.size() < 2 || !in[1] ? node.integers("axes") : integers(node, in, 1);
}

std::int64_t count_of(const OnnxTensor& t) {
  return static_cast<std::int64_t>(t.is_integer() ? t.integers.size() : t.floats->size());
}

OnnxTensor with_shape(OnnxTensor t, Shape shape) {
  t.shape = std::move(shape);
  return t;
}

/// New elements by their index in the old ones.
template <class Index>
OnnxTensor picked(const OnnxTensor& from, Shape shape, const Index& index) {
  const auto n = static_cast<std::size_t>(elements(shape));
  if (from.is_integer()) {
    OnnxTensor result{std::move(shape), nullptr, {}};
    for (std::size_t i = 0; i < n; ++i) result.integers.push_back(from.integers.at(index(i)));
    return result;
  }
  std::vector<float> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(from.floats->at(index(i)));
  return onnx_floats(std::move(shape), std::move(values));
}

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

OnnxTensor unsqueeze(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  auto axes = axes_of(node, in);
  const auto rank = static_cast<std::int64_t>(t.shape.size() + axes.size());
  for (auto& a : axes) a = a < 0 ? a + rank : a;
  std::sort(axes.begin(), axes.end());
  Shape shape = t.shape;
  for (auto a : axes) {
    require(a >= 0 && a <= static_cast<std::int64_t>(shape.size()), node.where(), " has no axis ", a);
    shape.insert(shape.begin() + a, 1);
  }
  return with_shape(t, shape);
}

OnnxTensor squeeze(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  auto axes = axes_of(node, in);
  for (auto& a : axes) a = a < 0 ? a + static_cast<std::int64_t>(t.shape.size()) : a;
  Shape shape;
  for (std::size_t a = 0; a < t.shape.size(); ++a) {
    const bool listed = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(a)) != axes.end();
    if (!(listed || (axes.empty() && t.shape[a] == 1))) shape.push_back(t.shape[a]);
  }
  require(elements(shape) == count_of(t), node.where(), " can only drop axes of length 1");
  return with_shape(t, shape);
}

OnnxTensor reshape(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  return with_shape(t, resolve_onnx_shape(node, integers(node, in, 1), t.shape));
}

OnnxTensor gather(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor &t = input(node, in, 0), &indices = input(node, in, 1);
  require(node.integer("axis", 0) == 0 && t.shape.size() == 1, node.where(), " is supported on lists alone");
  const std::int64_t n = t.shape[0];
  integers(node, in, 1);
  return picked(t, indices.shape, [&](std::size_t i) {
    const std::int64_t at = indices.integers.at(i);
    require(at >= -n && at < n, node.where(), " index ", at, " is not in a list of ", n);
    return static_cast<std::size_t>(at < 0 ? at + n : at);
  });
}

OnnxTensor concatenation(const OnnxNode& node, const Inputs& in) {
  std::vector<std::int64_t> list;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto& part = integers(node, in, i);
    require(input(node, in, i).shape.size() == 1, node.where(), " of constants is supported on lists alone");
    require(list.size() + part.size() <= static_cast<std::size_t>(kMostFolded), node.where(),
            " makes a list of more than ", kMostFolded, " elements");
    list.insert(list.end(), part.begin(), part.end());
  }
  return onnx_integers(std::move(list));
}

/// Elements of one axis that a slice takes.
struct Range {
  std::int64_t begin, step, count;
};

/// ONNX's rule: negative places count from the end, and those outside are cut to the ends.
Range range_of(const OnnxNode& node, std::int64_t length, std::int64_t start, std::int64_t end, std::int64_t step) {
  require(step != 0 && step >= -kMostFolded && step <= kMostFolded, node.where(), " has a step of ", step);
  const bool back = step < 0;
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + length : at, back ? -1 : 0, back ? length - 1 : length);
  };
  const std::int64_t begin = place(start), far = back ? begin - place(end) : place(end) - begin;
  return {begin, step, far > 0 ? (far + std::abs(step) - 1) / std::abs(step) : 0};
}

/// `t` with the elements of `r` along one axis.
OnnxTensor sliced(const OnnxTensor& t, std::size_t axis, const Range& r) {
  Shape shape = t.shape;
  const std::int64_t length = shape[axis];
  shape[axis] = r.count;
  const std::int64_t inner = elements({shape.begin() + static_cast<std::int64_t>(axis) + 1, shape.end()});
  return picked(t, shape, [=](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i), outer = at / (inner * r.count), place = at / inner % r.count;
    return static_cast<std::size_t>((outer * length + r.begin + place * r.step) * inner + at % inner);
  });
}

OnnxTensor slice(const OnnxNode& node, const Inputs& in) {
  auto list = [&](const char* attribute, std::size_t i) {
    return node.has(attribute) || i >= in.size() || !in[i] ? node.integers(attribute) : integers(node, in, i);
  };
  OnnxTensor t = input(node, in, 0);
  const auto starts = list("starts", 1), ends = list("ends", 2), axes = list("axes", 3), steps = list("steps", 4);
  const auto rank = static_cast<std::int64_t>(t.shape.size());
  const auto fits = [&](const auto& values) { return values.empty() || values.size() == starts.size(); };
  require(ends.size() == starts.size() && fits(axes) && fits(steps), node.where(),
          " needs as many ends, axes and steps as starts");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    std::int64_t axis = axes.empty() ? static_cast<std::int64_t>(i) : axes[i];
    require(axis >= -rank && axis < rank, node.where(), " has no axis ", axis);
    const auto a = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    t = sliced(t, a, range_of(node, t.shape[a], starts[i], ends[i], steps.empty() ? 1 : steps[i]));
  }
  return t;
}

OnnxTensor constant_of_shape(const OnnxNode& node, const Inputs& in) {
  const Shape shape = integers(node, in, 0);
  std::int64_t n = 1;
  for (auto d : shape) {
    require(d >= 0 && d <= kMostFolded && n * d <= kMostFolded, node.where(), " asks for an impossible shape ",
            to_string(shape));
    n *= d;
  }
  OnnxTensor value = node.has("value") ? constant(node, in) : onnx_floats({1}, {0});
  require(count_of(value) == 1, node.where(), " needs one value");
  return picked(value, shape, [](std::size_t) { return std::size_t{0}; });
}

OnnxTensor transpose(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  const Shape from = strides(t.shape, Layout());
  auto order = node.integers("perm");
  for (std::size_t a = t.shape.size(); a > 0 && !node.has("perm"); --a)
    order.push_back(static_cast<std::int64_t>(a) - 1);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool is_permutation = order.size() == t.shape.size();
  for (std::size_t a = 0; is_permutation && a < order.size(); ++a)
    is_permutation = sorted[a] == static_cast<std::int64_t>(a);
  require(is_permutation, node.where(), " needs a permutation of ", t.shape.size(), " axes, got ", to_string(order));
  Shape shape;
  for (auto a : order) shape.push_back(t.shape[static_cast<std::size_t>(a)]);
  return picked(t, shape, [&](std::size_t i) {
    std::int64_t rest = static_cast<std::int64_t>(i), at = 0;
    for (std::size_t a = shape.size(); a > 0; --a) {
      at += rest % shape[a - 1] * from[static_cast<std::size_t>(order[a - 1])];
      rest /= shape[a - 1];
    }
    return static_cast<std::size_t>(at);
  });
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

const std::map<std::string, Fold>& folds() {
  static const std::map<std::string, Fold> table{
      {"Constant", constant},
      {"ConstantOfShape", constant_of_shape},
      {"Identity", [](const OnnxNode& node, const Inputs& in) { return input(node, in, 0); }},
      {"Cast", cast},
      {"Unsqueeze", unsqueeze},
      {"Squeeze", squeeze},
      {"Reshape", reshape},
      {"Gather", gather},
      {"Concat", concatenation},
      {"Slice", slice},
      {"Transpose", transpose},
      {"Add", arithmetic([](const OnnxNode&, auto a, auto b) { return wrapped(a, b, std::plus<>()); })},
      {"Sub", arithmetic([](const OnnxNode&, auto a, auto b) { return wrapped(a, b, std::minus<>()); })},
      {"Mul", arithmetic([](const OnnxNode&, auto a, auto b) { return wrapped(a, b, std::multiplies<>()); })},
      {"Div", arithmetic([](const OnnxNode& node, auto a, auto b) { return quotient(node, a, b); })},
  };
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
      require(shape[a] <= kMostElements && known <= kMostElements, node.where(), " asks for shape ", to_string(wanted));
      known *= shape[a];
    }
  }
  const std::int64_t n = elements(input);
  if (open >= 0) shape[static_cast<std::size_t>(open)] = known > 0 ? n / known : 0;
  require(elements(shape) == n, node.where(), " cannot make shape ", to_string(wanted), " of ", to_string(input));
  return shape;
}

}  // namespace backflow::models
