#include <backflow/ops/guided_match.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct MatchReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &x = in[0], &guide = in[1];
    Array<T> y({x.shape[0]});
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t h = 0; h < x.shape[2]; ++h)
        for (std::int64_t w = 0; w < x.shape[3]; ++w) {
          T best = -1e30;
          for (std::int64_t k = 0; k < guide.shape[0]; ++k) {
            T product = 0;
            for (std::int64_t c = 0; c < x.shape[1]; ++c) product += x(n, c, h, w) * guide(k, c);
            if (proof::real(product) > proof::real(best)) best = product;
          }
          y(n) += best / static_cast<double>(x.shape[2] * x.shape[3]);
        }
    return y;
  }
};

proof::Builder guided_match_builder() {
  return [](Graph&, const std::vector<Value>& v) { return guided_match(v[0], v[1]); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guided_match_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const auto& [x, places] : {std::pair{Shape{1, 1, 1, 1}, 1}, {{1, 3, 4, 5}, 7}, {{3, 5, 2, 3}, 40}})
    proof::prove("guided_match " + to_string(x), {{x}, {{places, x[1]}, false, false}}, guided_match_builder(),
                 MatchReference(), {.reduction = 20});
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  proof::check_samples_alone("guided_match", {{{1, 16, 20, 20}}, {{64, 16}, false, false}}, guided_match_builder(), 6,
                             {1});
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3, 4, 4}}), guide = g.input("guide", {{5, 4}});
  CHECK_FAILS(guided_match(x, guide), "the guide needs shape [K, 3], got [5, 4]");
  Value own = g.input("own", {{5, 3}});
  CHECK_FAILS(gradient(guided_match(x, own), own), "no gradient by its input 1");
}

BOOST_AUTO_TEST_SUITE_END()
