#include <backflow/ops/gram.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct GramReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    const double places = static_cast<double>(x.shape[2] * x.shape[3]);
    Array<T> y({x.shape[0], x.shape[1], x.shape[1]});
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t i = 0; i < x.shape[1]; ++i)
        for (std::int64_t j = 0; j < x.shape[1]; ++j)
          for (std::int64_t h = 0; h < x.shape[2]; ++h)
            for (std::int64_t w = 0; w < x.shape[3]; ++w) y(n, i, j) += x(n, i, h, w) * x(n, j, h, w) / places;
    return y;
  }
};

proof::Builder gram_builder() {
  return [](Graph&, const std::vector<Value>& v) { return gram(v[0]); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gram_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& x : {Shape{1, 1, 1, 1}, {1, 3, 4, 5}, {3, 5, 2, 3}, {2, 17, 1, 2}})
    proof::prove("gram " + to_string(x), {{x}}, gram_builder(), GramReference(), {.reduction = 20});
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  proof::check_samples_alone("gram", {{{1, 32, 30, 30}}}, gram_builder(), 6);
}

BOOST_AUTO_TEST_CASE(needs_images) {
  Graph g;
  CHECK_FAILS(gram(g.input("x", {{2, 3}})), "needs images [N, C, H, W] f32, got [2, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
