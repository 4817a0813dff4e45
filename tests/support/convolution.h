// The naive convolution that proofs compare with.
#pragma once

#include "ops/conv2d.h"
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

}  // namespace backflow::proof
