#include <algorithm>

#include <backflow/runtime/models/onnx/onnx_folding.h>

namespace backflow::models::onnx_folding {
namespace {

/// Axes of an attribute (older files) or of an input.
std::vector<std::int64_t> axes_of(const OnnxNode& node, const Inputs& in) {
  return node.has("axes") || in.size() < 2 || !in[1] ? node.integers("axes") : integers(node, in, 1);
}

OnnxTensor with_shape(OnnxTensor t, Shape shape) {
  t.shape = std::move(shape);
  return t;
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
    require(list.size() + part.size() <= static_cast<std::size_t>(kMaxFolded), node.where(),
            " makes a list of more than ", kMaxFolded, " elements");
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
  require(step != 0 && step >= -kMaxFolded && step <= kMaxFolded, node.where(), " has a step of ", step);
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

}  // namespace

const std::map<std::string, Fold>& rearrangements() {
  static const std::map<std::string, Fold> table{
      {"Unsqueeze", unsqueeze},  {"Squeeze", squeeze}, {"Reshape", reshape},    {"Gather", gather},
      {"Concat", concatenation}, {"Slice", slice},     {"Transpose", transpose}};
  return table;
}

}  // namespace backflow::models::onnx_folding
