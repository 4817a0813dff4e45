#include <backflow/ops/blur.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct BlurReference {
  float max_sigma;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const double sigma = proof::real(in[1](0));
    if (sigma == 0) return in[0];
    const auto radius = static_cast<std::int64_t>(std::ceil(3 * max_sigma));
    std::vector<double> weights;
    double total = 0;
    for (std::int64_t t = -radius; t <= radius; ++t)
      weights.push_back(std::exp(-static_cast<double>(t * t) / (2 * sigma * sigma)));
    for (double w : weights) total += w;
    const auto& x = in[0];
    Array<T> y(x.shape);
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t c = 0; c < x.shape[1]; ++c)
        for (std::int64_t h = 0; h < x.shape[2]; ++h)
          for (std::int64_t w = 0; w < x.shape[3]; ++w)
            for (std::int64_t i = -radius; i <= radius; ++i)
              for (std::int64_t j = -radius; j <= radius; ++j)
                y(n, c, h, w) += weights[static_cast<std::size_t>(i + radius)] *
                                 weights[static_cast<std::size_t>(j + radius)] / (total * total) *
                                 x(n, c, mirrored(h + i, x.shape[2]), mirrored(w + j, x.shape[3]));
    return y;
  }

  /// By walking: one step beyond the border turns round and stays at the edge.
  static std::int64_t mirrored(std::int64_t i, std::int64_t length) {
    while (i < 0 || i >= length) i = i < 0 ? -1 - i : 2 * length - 1 - i;
    return i;
  }
};

proof::Input sigma(double value) { return {{1}, false, false, 0, 1, {value}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(blur_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    double sigma;
    float max_sigma;
  };
  for (const auto& [x, s, most] : {Case{{1, 3, 7, 5}, .5, .5F},
                                   {{2, 1, 4, 6}, .25, 1},
                                   {{1, 2, 3, 2}, 1.5, 1.5F},
                                   {{1, 1, 1, 1}, 1, 1},
                                   {{1, 2, 3, 3}, 0, 1}}) {
    auto build = [most = most](Graph&, const std::vector<Value>& v) { return blur(v[0], v[1], {.max_sigma = most}); };
    proof::prove(str_cat("blur ", to_string(x), " σ ", s), {{x}, sigma(s)}, build, BlurReference{most},
                 {.reduction = 49, .linear_in = {0}});
  }
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  auto build = [](Graph&, const std::vector<Value>& v) { return blur(v[0], v[1], {.max_sigma = 2}); };
  proof::check_samples_alone("blur", {{{1, 3, 70, 50}}, sigma(1.25)}, build, 7, {1});
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3, 4, 4}}), s = g.input("s", {{1}});
  CHECK_FAILS(blur(x, s, {.max_sigma = 0}), "max_sigma needs to be above 0");
  CHECK_FAILS(blur(x, x), "sigma needs shape [1], got [2, 3, 4, 4]");
  g.output("y", blur(x, s, {.max_sigma = 1}));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  flow.input("s").as()[0] = 1.5;
  CHECK_FAILS(flow.run(), "sigma needs to be in 0 … 1, got 1.5");
}

BOOST_AUTO_TEST_SUITE_END()
