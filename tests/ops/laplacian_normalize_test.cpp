#include <backflow/ops/laplacian_normalize.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

constexpr double kKernel[] = {1, 4, 6, 4, 1};

struct LaplacianReference {
  int levels;

  Array<double> operator()(const std::vector<Array<double>>& in) const {
    Array<double> y(in[0].shape);
    const auto& s = y.shape;
    const std::size_t length = y.data.size() / static_cast<std::size_t>(s[0]);
    for (std::size_t n = 0; n < static_cast<std::size_t>(s[0]); ++n) {
      Array<double> image({s[1], s[2], s[3]});
      std::copy_n(in[0].data.begin() + static_cast<std::ptrdiff_t>(n * length), length, image.data.begin());
      const auto result = merged(image, levels);
      std::copy(result.data.begin(), result.data.end(), y.data.begin() + static_cast<std::ptrdiff_t>(n * length));
    }
    return y;
  }
  Array<std::complex<double>> operator()(const std::vector<Array<std::complex<double>>>&) const { return {}; }

  static Array<double> merged(const Array<double>& x, int levels) {
    if (levels == 0) return normalized(x);
    Array<double> low({x.shape[0], (x.shape[1] + 1) / 2, (x.shape[2] + 1) / 2});
    each(x.shape, low.shape, [&](auto c, auto h, auto w, auto i, auto j, double k) { low(c, i, j) += k * x(c, h, w); });
    Array<double> high = x;
    each(x.shape, low.shape,
         [&](auto c, auto h, auto w, auto i, auto j, double k) { high(c, h, w) -= 4 * k * low(c, i, j); });
    Array<double> y = normalized(high);
    const auto rest = merged(low, levels - 1);
    each(x.shape, low.shape,
         [&](auto c, auto h, auto w, auto i, auto j, double k) { y(c, h, w) += 4 * k * rest(c, i, j); });
    return y;
  }

  /// TensorFlow's "SAME" padding of a 5 × 5 convolution of stride 2: (total + 1) / 2 goes behind.
  template <class Body>
  static void each(const Shape& fine, const Shape& coarse, Body body) {
    auto before = [](std::int64_t length, std::int64_t half) { return ((half - 1) * 2 + 5 - length) / 2; };
    for (std::int64_t c = 0; c < fine[0]; ++c)
      for (std::int64_t i = 0; i < coarse[1]; ++i)
        for (std::int64_t j = 0; j < coarse[2]; ++j)
          for (std::int64_t a = 0; a < 5; ++a)
            for (std::int64_t b = 0; b < 5; ++b) {
              const std::int64_t h = 2 * i + a - before(fine[1], coarse[1]), w = 2 * j + b - before(fine[2], coarse[2]);
              if (h >= 0 && h < fine[1] && w >= 0 && w < fine[2]) body(c, h, w, i, j, kKernel[a] * kKernel[b] / 256);
            }
  }

  static Array<double> normalized(Array<double> x) {
    double squares = 0;
    for (double v : x.data) squares += v * v;
    const double rms = std::max(std::sqrt(squares / static_cast<double>(x.data.size())), 1e-10);
    for (double& v : x.data) v /= rms;
    return x;
  }
};

proof::Builder builder(int levels) {
  return [=](Graph&, const std::vector<Value>& v) { return laplacian_normalize(v[0], levels); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(laplacian_normalize_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference) {
  for (const auto& [x, levels] :
       {std::pair{Shape{1, 1, 4, 4}, 1}, {{2, 3, 16, 12}, 2}, {{1, 3, 17, 23}, 4}, {{1, 2, 3, 1}, 3}})
    proof::prove("laplacian_normalize " + to_string(x), {{x, false, false}}, builder(levels),
                 LaplacianReference{levels}, {.reduction = 100});
}

BOOST_AUTO_TEST_CASE(leaves_zero_as_it_is) {
  proof::prove("zero", {{{1, 1, 4, 4}, false, false, 0, 0}}, builder(2), LaplacianReference{2});
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  proof::check_samples_alone("laplacian_normalize", {{{1, 3, 60, 50}, false, false}}, builder(4), 6);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  CHECK_FAILS(laplacian_normalize(g.input("x", {{2, 3}})), "needs images");
  CHECK_FAILS(laplacian_normalize(g.input("y", {{2, 3, 4, 4}}), 0), "levels needs to be in 1 … 16, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
