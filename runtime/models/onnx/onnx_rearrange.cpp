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

std::int64_t axis_of(const OnnxNode& node, std::int64_t fallback, std::size_t rank) {
  const std::int64_t axis = node.integer("axis", fallback), n = static_cast<std::int64_t>(rank);
  require(axis >= -n && axis < n, node.where(), " has no axis ", axis);
  return axis < 0 ? axis + n : axis;
}

std::int64_t product(Shape::const_iterator begin, Shape::const_iterator end) { return elements({begin, end}); }

OnnxTensor gather(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor &t = input(node, in, 0), &indices = input(node, in, 1);
  integers(node, in, 1);
  const auto cut = t.shape.begin() + axis_of(node, 0, t.shape.size());
  const std::int64_t n = *cut, inner = product(cut + 1, t.shape.end()), picks = count_of(indices);
  Shape shape(t.shape.begin(), cut);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), cut + 1, t.shape.end());
  check_folded(node, shape);
  return picked(t, shape, [&](std::size_t i) {
    const auto place = static_cast<std::int64_t>(i);
    const std::int64_t at = indices.integers.at(static_cast<std::size_t>(place / inner % picks));
    require(at >= -n && at < n, node.where(), " index ", at, " is not in a list of ", n);
    return static_cast<std::size_t>((place / inner / picks * n + (at < 0 ? at + n : at)) * inner + place % inner);
  });
}

OnnxTensor concatenation(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& first = input(node, in, 0);
  const auto axis = axis_of(node, 1, first.shape.size());
  Shape shape = first.shape;
  std::int64_t length = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    Shape part = input(node, in, i).shape;
    const bool fits = part.size() == shape.size() && in[i]->is_integer() == first.is_integer();
    if (fits) {
      length += part[static_cast<std::size_t>(axis)];
      part[static_cast<std::size_t>(axis)] = shape[static_cast<std::size_t>(axis)];
    }
    require(fits && part == shape, node.where(), " cannot put ", to_string(input(node, in, i).shape), " beside ",
            to_string(first.shape));
  }
  shape[static_cast<std::size_t>(axis)] = length;
  check_folded(node, shape);
  OnnxTensor result{shape, nullptr, {}, first.type};
  std::vector<float> floats;
  const std::int64_t outer = product(shape.begin(), shape.begin() + axis);
  const auto append = [outer](const auto& from, std::int64_t o, auto& to) {
    const auto run = static_cast<std::int64_t>(from.size()) / outer;
    to.insert(to.end(), from.begin() + o * run, from.begin() + (o + 1) * run);
  };
  for (std::int64_t o = 0; o < outer; ++o)
    for (const OnnxTensor* part : in) {
      if (first.is_integer())
        append(part->integers, o, result.integers);
      else
        append(*part->floats, o, floats);
    }
  if (!first.is_integer()) result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  return result;
}

OnnxTensor expand(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  const Shape wanted = integers(node, in, 1);
  check_folded(node, wanted);
  return repeated(t, broadcast(node, t.shape, wanted));
}

OnnxTensor tile(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  const auto& times = integers(node, in, 1);
  require(times.size() == t.shape.size(), node.where(), " needs a number for each axis of ", to_string(t.shape));
  Shape shape = t.shape;
  for (std::size_t a = 0; a < shape.size(); ++a) {
    require(times[a] >= 0 && times[a] <= kMaxFolded, node.where(), " repeats ", times[a], " times");
    shape[a] *= times[a];
  }
  check_folded(node, shape);
  const Shape from = strides(t.shape, Layout());
  return picked(t, shape, [&](std::size_t i) {
    auto rest = static_cast<std::int64_t>(i), at = std::int64_t{0};
    for (std::size_t a = shape.size(); a-- > 0; rest /= shape[a]) at += rest % shape[a] % t.shape[a] * from[a];
    return static_cast<std::size_t>(at);
  });
}

OnnxTensor flatten(const OnnxNode& node, const Inputs& in) {
  const OnnxTensor& t = input(node, in, 0);
  const auto rank = static_cast<std::int64_t>(t.shape.size());
  const std::int64_t axis = node.integer("axis", 1), cut = axis < 0 ? axis + rank : axis;
  require(cut >= 0 && cut <= rank, node.where(), " has no axis ", axis);
  const auto middle = t.shape.begin() + cut;
  return with_shape(t, {product(t.shape.begin(), middle), product(middle, t.shape.end())});
}

/// `t` with the elements of `r` along one axis.
OnnxTensor sliced(const OnnxTensor& t, std::size_t axis, const OnnxRange& r) {
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
    t = sliced(t, a, onnx_range(node, t.shape[a], starts[i], ends[i], steps.empty() ? 1 : steps[i]));
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

OnnxRange onnx_range(const OnnxNode& node, std::int64_t length, std::int64_t start, std::int64_t end,
                     std::int64_t step) {
  require(step != 0 && step >= -kMaxFolded && step <= kMaxFolded, node.where(), " has a step of ", step);
  const bool back = step < 0;
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + length : at, back ? -1 : 0, back ? length - 1 : length);
  };
  const std::int64_t begin = place(start), far = back ? begin - place(end) : place(end) - begin;
  return {begin, step, far > 0 ? (far + std::abs(step) - 1) / std::abs(step) : 0};
}

const std::map<std::string, Fold>& rearrangements() {
  static const std::map<std::string, Fold> table{
      {"Unsqueeze", unsqueeze}, {"Squeeze", squeeze},      {"Reshape", reshape},
      {"Gather", gather},       {"Concat", concatenation}, {"Slice", slice},
      {"Expand", expand},       {"Transpose", transpose},  {"Tile", tile},
      {"Flatten", flatten}};
  return table;
}

}  // namespace backflow::models::onnx_folding
