// Tiles of rows of one image: what a batch of one is cut into. Internal to ops/.
#pragma once

#include <optional>

#include <backflow/graph/op.h>
#include <backflow/ops/window.h>

namespace backflow {

/// A sliding window along rows: `kernel` rows, those between included.
struct RowWindow {
  std::int64_t kernel, stride, padding;  // padding above
};

/// An op with a window that reads images (input 0) and writes images: rows of the outputs, each with the rows of the
/// input that its windows see. Inputs in `beside` lie as the output, others are read whole. Nothing where there is more
/// than one image, or a tile could see no row at all.
inline std::optional<Tiling> row_window_tiling(const Signature& s, double nanoseconds, const RowWindow& w,
                                               std::int64_t grain, std::initializer_list<std::size_t> beside = {}) {
  const Shape &x = s.in[0].shape, &y = s.out[0].shape;
  if (x[0] != 1 || y[2] < 2 * grain || w.padding >= w.kernel) return {};
  if ((y[2] - 1) * w.stride - w.padding >= x[2]) return {};  // the last window sees padding alone
  Tiling t;
  t.extent = y[2];
  t.grain = grain;
  t.nanoseconds = nanoseconds;
  t.in.assign(s.in.size(), Access{});
  t.in[0] = {Access::range, 2, w.stride, w.padding, w.kernel - 1 - w.padding};
  for (std::size_t i : beside) t.in.at(i) = Access::along(2);
  t.out.assign(s.out.size(), Access::along(2));
  return t;
}

/// The gradient of such an op: `stride` rows of dx at a time, each with all rows of dy whose windows reach it. Inputs
/// in `beside` lie as dy.
inline std::optional<Tiling> row_window_gradient_tiling(const Signature& s, double nanoseconds, const RowWindow& w,
                                                        std::initializer_list<std::size_t> beside = {}) {
  const Shape &dy = s.in[0].shape, &dx = s.out[0].shape;
  Tiling t;
  t.extent = (dx[2] + w.stride - 1) / w.stride;
  if (dx[0] != 1 || t.extent < 4 || w.padding >= w.kernel || w.kernel < w.stride) return {};
  const std::int64_t before = (w.kernel - 1 - w.padding) / w.stride, after = (w.stride - 1 + w.padding) / w.stride;
  if (t.extent - 1 - before >= dy[2]) return {};  // the last rows are seen by no window
  t.nanoseconds = nanoseconds;
  t.in.assign(s.in.size(), Access{});
  t.in[0] = {Access::range, 2, 1, before, after};
  for (std::size_t i : beside) t.in.at(i) = t.in[0];
  t.out = {Access{Access::range, 2, w.stride, 0, w.stride - 1}};
  return t;
}

/// Padding above a tile's rows: of windows over `x` that make `y`.
inline std::int64_t padding_above(const RowWindow& w, const View& x, const View& y) {
  return w.padding - y.begin[2] * w.stride + x.begin[2];
}

}  // namespace backflow
