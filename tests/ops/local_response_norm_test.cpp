#include <backflow/ops/local_response_norm.h>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct LrnReference {
  LocalResponseNormOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Array<T>& x = in[0];
    const std::int64_t channels = x.shape[1], places = elements(x.shape) / x.shape[0] / channels;
    Array<T> y(x.shape);
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t p = 0; p < places; ++p) {
          auto at = [&](std::int64_t k) { return static_cast<std::size_t>((n * channels + k) * places + p); };
          T sum = 0;
          for (std::int64_t k = c - o.size / 2; k <= c + o.size / 2; ++k)
            if (k >= 0 && k < channels) sum += x.data[at(k)] * x.data[at(k)];
          const T base = static_cast<double>(o.k) + static_cast<double>(o.alpha) / static_cast<double>(o.size) * sum;
          y.data[at(c)] = x.data[at(c)] * std::pow(base, -static_cast<double>(o.beta));
        }
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(local_response_norm_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  const LocalResponseNormOptions alexnet{.size = 5, .alpha = 1e-4F, .beta = 0.75F, .k = 1}, strong{3, 2, 0.75F, 2},
      other{.size = 3, .alpha = 1.5F, .beta = 1.2F, .k = 1}, one{.size = 1, .alpha = 1, .beta = 0.5F, .k = 0.5F};
  for (const auto& o : {alexnet, strong, other, one})
    for (const Shape& s : {Shape{1, 1}, {4, 7}, {3, 4, 2, 3}, {2, 9, 3, 1}})
      proof::prove("local_response_norm " + to_string(s), {{s}},
                   [&](Graph&, const auto& v) { return local_response_norm(v[0], o); }, LrnReference{o},
                   {.reduction = 9});
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(local_response_norm(x, {.size = 4}), "size needs to be odd, got 4");
  CHECK_FAILS(local_response_norm(x, {.k = 0}), "needs k > 0 and α ≥ 0, got 0");
  CHECK_FAILS(local_response_norm(g.input("y", {{4}})), "needs shape [N, C] or [N, C, H, W] f32, got [4]");
}

BOOST_AUTO_TEST_SUITE_END()
