// Sizes of sliding windows: kernels, strides and paddings of convolutions and pools.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow {

/// Height and width; an int stands for both.
struct Pair {
  std::int64_t h = 1, w = 1;
  Pair(std::int64_t both) : h(both), w(both) {}  // NOLINT(google-explicit-constructor): conv2d(x, {.kernel = 3})
  Pair(std::int64_t height, std::int64_t width) : h(height), w(width) {}
  bool operator==(const Pair&) const = default;
};

/// Rows and columns added at each side; an int stands for all four.
struct Padding {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  Padding(std::int64_t all) : top(all), left(all), bottom(all), right(all) {}  // NOLINT(google-explicit-constructor)
  Padding(std::int64_t t, std::int64_t l, std::int64_t b, std::int64_t r) : top(t), left(l), bottom(b), right(r) {}
  bool operator==(const Padding&) const = default;
};

/// Depth, height and width; an int stands for all.
struct Triple {
  std::int64_t d = 1, h = 1, w = 1;
  Triple(std::int64_t all) : d(all), h(all), w(all) {}  // NOLINT(google-explicit-constructor): as Pair
  Triple(std::int64_t depth, std::int64_t height, std::int64_t width) : d(depth), h(height), w(width) {}
  Pair plane() const { return {h, w}; }
};

/// Planes, rows and columns added at each side; an int stands for all six.
struct Padding3d {
  std::int64_t front = 0, back = 0;
  Padding plane = 0;
  Padding3d(std::int64_t all) : front(all), back(all), plane(all) {}  // NOLINT(google-explicit-constructor)
  Padding3d(std::int64_t f, std::int64_t b, const Padding& p) : front(f), back(b), plane(p) {}
};

/// As an op's options have them.
inline std::vector<double> numbers(const Pair& p) { return {static_cast<double>(p.h), static_cast<double>(p.w)}; }
inline std::vector<double> numbers(const Padding& p) {
  return {static_cast<double>(p.top), static_cast<double>(p.left), static_cast<double>(p.bottom),
          static_cast<double>(p.right)};
}

/// Places of a window of `kernel` pixels, `dilation` apart, in `length` pixels with `padding` at both sides together;
/// 0 or less if it does not fit.
inline std::int64_t places(std::int64_t length, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                           std::int64_t padding) {
  const std::int64_t free = length + padding - ((kernel - 1) * dilation + 1);
  return free < 0 ? 0 : free / stride + 1;
}

}  // namespace backflow
