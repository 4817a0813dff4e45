#include <backflow/ops/total_variation.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct TotalVariationReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    Array<T> y({x.shape[0]});
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t c = 0; c < x.shape[1]; ++c)
        for (std::int64_t h = 0; h < x.shape[2]; ++h)
          for (std::int64_t w = 0; w < x.shape[3]; ++w) {
            if (h + 1 < x.shape[2]) y(n) += magnitude(x(n, c, h + 1, w) - x(n, c, h, w));
            if (w + 1 < x.shape[3]) y(n) += magnitude(x(n, c, h, w + 1) - x(n, c, h, w));
          }
    return y;
  }

  template <class T>
  static T magnitude(const T& d) {
    return proof::real(d) > 0 ? d : proof::real(d) < 0 ? -d : T(0);
  }
};

proof::Builder total_variation_builder() {
  return [](Graph&, const std::vector<Value>& v) { return total_variation(v[0]); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(total_variation_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& x : {Shape{1, 1, 1, 1}, {1, 3, 5, 4}, {3, 2, 4, 7}, {2, 1, 1, 9}, {1, 3, 6, 1}})
    proof::prove("total_variation " + to_string(x), {{x}}, total_variation_builder(), TotalVariationReference(),
                 {.reduction = 300});
}

BOOST_AUTO_TEST_CASE(has_gradient_zero_where_pixels_are_equal) {
  proof::prove("flat image", {{{1, 1, 2, 3}, false, true, 0, 1, {.5, .5, .5, .5, .5, .75}}}, total_variation_builder(),
               TotalVariationReference());
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  proof::check_samples_alone("total_variation", {{{1, 3, 90, 80}}}, total_variation_builder(), 9);
}

BOOST_AUTO_TEST_CASE(needs_images) {
  Graph g;
  CHECK_FAILS(total_variation(g.input("x", {{2, 3}})), "needs images [N, C, H, W] f32, got [2, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
