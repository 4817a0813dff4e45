#include <backflow/graph/spec.h>

#include <algorithm>
#include <cctype>
#include <limits>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

struct LayoutPart {
  std::size_t axis;
  std::int64_t block;  // 0: the axis' outer part
};

/// "ABcd16b16a" → outer parts A B c d, then blocks 16b and 16a.
std::vector<LayoutPart> layout_parts(const Layout& layout, std::size_t axes) {
  std::vector<LayoutPart> result;
  std::int64_t number = 0;
  for (char c : layout.letters(axes)) {
    if (std::isdigit(static_cast<unsigned char>(c))) {
      number = number * 10 + (c - '0');
      continue;
    }
    result.push_back({static_cast<std::size_t>(std::tolower(c) - 'a'), number});
    number = 0;
  }
  return result;
}

}  // namespace

Layout::Layout(std::string order) : order_(std::move(order)) {
  if (order_ == Layout().letters(order_.size())) order_.clear();
}

Layout Layout::any() { return Layout("any"); }

bool Layout::is_blocked() const {
  return std::any_of(order_.begin(), order_.end(), [](unsigned char c) { return std::isdigit(c); });
}

std::string Layout::letters(std::size_t axes) const {
  if (!order_.empty()) return order_;
  std::string row_major(axes, 'a');
  for (std::size_t i = 0; i < axes; ++i) row_major[i] = static_cast<char>('a' + i);
  return row_major;
}

std::size_t size_of(Type type) {
  switch (type) {
    case Type::f32:
    case Type::s32:
      return 4;
    case Type::bf16:
      return 2;
    case Type::u8:
      return 1;
  }
  fail("unknown element type");
}

std::string to_string(Type type) {
  switch (type) {
    case Type::f32:
      return "f32";
    case Type::s32:
      return "s32";
    case Type::bf16:
      return "bf16";
    case Type::u8:
      return "u8";
  }
  fail("unknown element type");
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  const std::size_t shown = std::min(shape.size(), kMaxAxes);
  for (std::size_t i = 0; i < shown; ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return shown < shape.size() ? text + ", … " + std::to_string(shape.size()) + " in all]" : text + "]";
}

std::string to_string(const Spec& spec) {
  return to_string(spec.shape) + (spec.type == Type::f32 ? "" : " " + to_string(spec.type));
}

std::int64_t elements(const Shape& shape) {
  std::int64_t n = 1;
  for (auto d : shape)
    if (__builtin_mul_overflow(n, d, &n)) return std::numeric_limits<std::int64_t>::max();
  return n;
}

std::int64_t block(const Layout& layout, std::size_t axis) {
  if (!layout.is_blocked()) return 1;
  std::int64_t length = 1;
  for (const LayoutPart& p : layout_parts(layout, 0))
    if (p.axis == axis && p.block > 0) length *= p.block;
  return length;
}

std::int64_t physical_elements(const Shape& shape, const Layout& layout) {
  std::int64_t n = 1;
  for (std::size_t a = 0; a < shape.size(); ++a) {
    const std::int64_t b = block(layout, a);
    n *= (shape[a] + b - 1) / b * b;
  }
  return n;
}

Shape strides(const Shape& shape, const Layout& layout) {
  Shape result(shape.size(), 0);
  auto order = layout_parts(layout, shape.size());
  std::int64_t stride = 1;
  for (auto p = order.rbegin(); p != order.rend(); ++p) {
    if (p->block > 0) {
      stride *= p->block;
      continue;
    }
    const std::int64_t b = block(layout, p->axis);
    result[p->axis] = stride;
    stride *= (shape[p->axis] + b - 1) / b;
  }
  return result;
}

std::vector<std::int64_t> offsets(const Shape& shape, const Layout& layout, std::size_t axis) {
  const auto parts = layout_parts(layout, shape.size());
  const std::int64_t between_blocks = strides(shape, layout)[axis];
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    std::int64_t rest = i, offset = 0, stride = 1;
    for (auto p = parts.rbegin(); p != parts.rend() && p->block > 0; ++p) {
      if (p->axis == axis) {
        offset += rest % p->block * stride;
        rest /= p->block;
      }
      stride *= p->block;
    }
    result.push_back(offset + rest * between_blocks);
  }
  return result;
}

bool is_outermost(const Shape& shape, const Layout& layout, std::size_t axis) {
  for (const LayoutPart& p : layout_parts(layout, shape.size())) {
    if (p.axis == axis) return true;
    if (shape[p.axis] != 1) return false;
  }
  return false;
}

}  // namespace backflow
