#include <backflow/ops/gather.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/detail/indices.h>

namespace backflow {
namespace {

/// x as [outer, length, inner], y as [outer, count, inner]; all row-major.
struct GatherSizes {
  std::int64_t outer, length, inner, count;

  /// Of tiles of x and y that are cut along no axis after `axis`.
  GatherSizes(const View& x, const View& y, const View& index, std::size_t axis)
      : length(x.whole.shape[axis]), inner(1), count(elements(index.shape)) {
    for (std::size_t a = axis + 1; a < x.shape.size(); ++a) inner *= x.shape[a];
    outer = elements(y.shape) / (count * inner);
  }
};

/// How x, `index` and y are cut, y along its first axis unless that has length 1; x is [A…, length, B…].
struct GatherCut {
  std::int64_t extent = 1;
  Access x, index, y;

  GatherCut(const Shape& x_shape, const Shape& index_shape, int axis) {
    if (axis != 0 && (x_shape[0] > 1 || index_shape.empty())) {
      extent = x_shape[0];
      x = y = Access::along(0);
    } else if (!index_shape.empty()) {
      extent = index_shape[0];
      index = Access::along(0);
      y = Access::along(axis);
    }
  }
};

class Gather final : public Op {
 public:
  explicit Gather(int axis) : axis_(axis) {}
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "gather"; }
  std::string details() const override { return str_cat("axis ", axis_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_indices("gather", in[1]);
    Shape y = in[0].shape;
    const auto at = y.erase(y.begin() + axis_);
    y.insert(at, in[1].shape.begin(), in[1].shape.end());
    return {{y}};
  }

  void gradient(Backward& b) const override;

  Tiling tiling(const Signature& s) const override {
    const GatherCut cut(s.in[0].shape, s.in[1].shape, axis_);
    Tiling t;
    t.extent = cut.extent;
    t.nanoseconds = time_of_bytes(16.0 * static_cast<double>(elements(s.out[0].shape)));
    t.in = {cut.x, cut.index};
    t.out = {cut.y};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const GatherSizes s(in[0], out[0], in[1], static_cast<std::size_t>(axis_));
    const std::int64_t y_step = elements(in[1].whole.shape) * s.inner;  // a tile may have some of the indices
    return loop_kernel([s, y_step, type = in[1].whole.type](const Buffers& b) {
      with_indices("gather", type, b.in[1], s.length, [&](auto at) {
        for (std::int64_t o = 0; o < s.outer; ++o)
          for (std::int64_t i = 0; i < s.count; ++i)
            std::copy_n(b.input() + (o * s.length + at(i)) * s.inner, s.inner, b.output() + o * y_step + i * s.inner);
      });
    });
  }

 private:
  int axis_;
};

/// dx from dy and the indices. Where dx is cut along `axis`, each tile adds what belongs to it.
class GatherGradient final : public Op {
 public:
  GatherGradient(int axis, Shape x) : axis_(axis), x_(std::move(x)) {}
  std::string kind() const override { return "gather_gradient"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{x_}}; }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, gather(b.grad_output(), b.input(1), {.axis = axis_}));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    const bool by_rows = axis_ != 0 && x_[0] > 1;
    t.extent = x_[by_rows ? 0 : static_cast<std::size_t>(axis_)];
    t.nanoseconds = time_of_bytes(bytes_of(s) + 8.0 * static_cast<double>(elements(s.in[0].shape)));
    t.in = {by_rows ? Access::along(0) : Access{}, Access{}};
    t.out = {Access::along(by_rows ? 0 : axis_)};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto axis = static_cast<std::size_t>(axis_);
    const GatherSizes s(out[0], in[0], in[1], axis);
    const std::int64_t begin = out[0].begin[axis], end = begin + out[0].shape[axis];
    return loop_kernel([s, begin, end, type = in[1].whole.type](const Buffers& b) {
      with_indices("gather", type, b.in[1], s.length, [&](auto at) {
        const float* dy = b.input();
        for (std::int64_t o = 0; o < s.outer; ++o) {
          float* dx = b.output() + o * s.length * s.inner;
          std::fill_n(dx, (end - begin) * s.inner, 0.0F);
          for (std::int64_t i = 0; i < s.count; ++i, dy += s.inner) {
            const std::int64_t to = at(i);
            if (to < begin || to >= end) continue;
            for (std::int64_t k = 0; k < s.inner; ++k) dx[(to - begin) * s.inner + k] += dy[k];
          }
        }
      });
    });
  }

 private:
  int axis_;
  Shape x_;
};

void Gather::gradient(Backward& b) const {
  if (b.wants(0))
    b.set(0, b.add(std::make_shared<GatherGradient>(axis_, b.input(0).shape()), {b.grad_output(), b.input(1)}));
}

}  // namespace

Value gather(Value x, Value index, const GatherOptions& o) {
  return x.graph->add(std::make_shared<Gather>(axis_of("gather", x, o.axis)), {x, index}, o.name)[0];
}

}  // namespace backflow
