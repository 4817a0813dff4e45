// The naive convolution that proofs compare with.
#pragma once

#include <backflow/ops/conv2d.h>
#include "tests/support/proof.h"

namespace backflow::proof {

struct ConvReference {
  Conv2dOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &x = in[0], &w = in[1];
    const std::int64_t kh = w.shape[2], kw = w.shape[3], per_group = w.shape[1], outs = w.shape[0] / o.groups;
    const std::int64_t height = places(x.shape[2], kh, o.stride.h, o.dilation.h, o.padding.top + o.padding.bottom);
    const std::int64_t width = places(x.shape[3], kw, o.stride.w, o.dilation.w, o.padding.left + o.padding.right);
    Array<T> y({x.shape[0], w.shape[0], height, width});
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t c = 0; c < w.shape[0]; ++c)
        for (std::int64_t i = 0; i < height; ++i)
          for (std::int64_t j = 0; j < width; ++j) {
            T total = in.size() > 2 ? in[2](c) : T(0);
            for (std::int64_t d = 0; d < per_group; ++d)
              for (std::int64_t k = 0; k < kh * kw; ++k) {
                const std::int64_t row = i * o.stride.h - o.padding.top + k / kw * o.dilation.h;
                const std::int64_t column = j * o.stride.w - o.padding.left + k % kw * o.dilation.w;
                if (row < 0 || column < 0 || row >= x.shape[2] || column >= x.shape[3]) continue;
                total += x(n, c / outs * per_group + d, row, column) * w(c, d, k / kw, k % kw);
              }
            y(n, c, i, j) = total;
          }
    return y;
  }
};

/// Σ over samples and places of dy times what each weight sees there.
inline Array<double> conv_weight_gradient(const Array<double>& x, const Array<double>& dy, const Shape& w,
                                          const Conv2dOptions& o) {
  Array<double> dw(w);
  const Shape &s = dy.shape, &in = x.shape;
  for (std::int64_t k = 0; k < w[0]; ++k)
    for (std::int64_t c = 0; c < w[1]; ++c)
      for (std::int64_t e = 0; e < w[2] * w[3]; ++e)
        for (std::int64_t p = 0; p < s[0] * s[2] * s[3]; ++p) {
          const std::int64_t n = p / (s[2] * s[3]), i = p / s[3] % s[2], j = p % s[3];
          const std::int64_t row = i * o.stride.h - o.padding.top + e / w[3] * o.dilation.h;
          const std::int64_t column = j * o.stride.w - o.padding.left + e % w[3] * o.dilation.w;
          if (row >= 0 && column >= 0 && row < in[2] && column < in[3])
            dw(k, c, e / w[3], e % w[3]) += dy(n, k, i, j) * x(n, c, row, column);
        }
  return dw;
}

/// Each place of dy gives each pixel that it saw dy times the weight that it saw it with.
inline Array<double> conv_data_gradient(const Array<double>& dy, const Array<double>& w, const Shape& x,
                                        const Conv2dOptions& o) {
  Array<double> dx(x);
  const Shape &s = dy.shape, &f = w.shape;
  for (std::int64_t k = 0; k < f[0]; ++k)
    for (std::int64_t c = 0; c < f[1]; ++c)
      for (std::int64_t e = 0; e < f[2] * f[3]; ++e)
        for (std::int64_t p = 0; p < s[0] * s[2] * s[3]; ++p) {
          const std::int64_t n = p / (s[2] * s[3]), i = p / s[3] % s[2], j = p % s[3];
          const std::int64_t row = i * o.stride.h - o.padding.top + e / f[3] * o.dilation.h;
          const std::int64_t column = j * o.stride.w - o.padding.left + e % f[3] * o.dilation.w;
          if (row >= 0 && column >= 0 && row < x[2] && column < x[3])
            dx(n, c, row, column) += dy(n, k, i, j) * w(k, c, e / f[3], e % f[3]);
        }
  return dx;
}

}  // namespace backflow::proof
