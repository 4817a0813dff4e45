// What ops on images share: sizes of a [N, C, H, W] value, nhwc everywhere. Internal to ops/.
#pragma once

#include <backflow/graph/error.h>
#include <backflow/graph/op.h>

namespace backflow {

struct ImageSize {
  std::int64_t n, c, h, w;

  explicit ImageSize(const Shape& s) : n(s[0]), c(s[1]), h(s[2]), w(s[3]) {}
  std::int64_t row() const { return w * c; }  // elements of one nhwc row
  std::int64_t sample() const { return h * row(); }
};

/// Where an nhwc image lies; strides in elements, channels are neighbours.
struct NhwcPlace {
  std::int64_t sample, row, pixel;

  std::int64_t offset(std::int64_t n, std::int64_t i, std::int64_t j) const { return n * sample + i * row + j * pixel; }
};

inline NhwcPlace place_of(const View& v) {
  const Shape s = strides(v.whole.shape, v.layout);
  return {s[0], s[2], s[3]};
}

inline void require_images(const char* op, const Spec& x) {
  require(x.shape.size() == 4 && x.type == Type::f32, "[", op, "] needs images [N, C, H, W] f32, got ", to_string(x));
}

/// nhwc for values of four axes, row-major for all others.
inline Layouts image_layouts(const Signature& s) {
  Layouts result;
  for (const Spec& v : s.in) result.in.push_back(Layout::channels_last(v.shape.size()));
  for (const Spec& v : s.out) result.out.push_back(Layout::channels_last(v.shape.size()));
  return result;
}

inline double bytes_of(const Signature& s) {
  std::int64_t count = 0;
  for (const Spec& v : s.in) count += elements(v.shape);
  for (const Spec& v : s.out) count += elements(v.shape);
  return 4.0 * static_cast<double>(count);
}

}  // namespace backflow
