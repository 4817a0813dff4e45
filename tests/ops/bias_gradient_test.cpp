#include <backflow/ops/bias_gradient.h>

#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct BiasGradientReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& dy = in[0];
    const std::int64_t channels = dy.shape[1];
    const std::int64_t pixels = elements(dy.shape) / dy.shape[0] / channels;
    Array<T> db({channels});
    for (std::size_t i = 0; i < dy.data.size(); ++i) db(static_cast<std::int64_t>(i) / pixels % channels) += dy.data[i];
    return db;
  }
};

void prove_bias_gradient(const Shape& shape, bool differentiate = true) {
  proof::prove("bias_gradient " + to_string(shape), {{shape, false, differentiate}},
               [](Graph&, const auto& v) { return bias_gradient(v[0]); }, BiasGradientReference(),
               {.reduction = elements(shape) / shape[1]});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bias_gradient_)

BOOST_AUTO_TEST_CASE(sums_over_all_axes_but_the_channels) {
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 7}, Shape{5, 3}, Shape{2, 3, 5, 7}, Shape{1, 4, 1, 3}})
    prove_bias_gradient(shape);
}

BOOST_AUTO_TEST_CASE(sums_the_tiles_of_a_large_batch_in_one_order) {
  prove_bias_gradient({1000, 257}, false);
  prove_bias_gradient({50, 5, 31, 33}, false);
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) {
  Graph g;
  CHECK_FAILS(bias_gradient(g.input("dy", {{4}})), "[bias_gradient] needs shape [N, C, …], got [4]");
}

BOOST_AUTO_TEST_CASE(reads_bf16, *needs_bf16()) {
  narrowness::prove("bias_gradient", {{9, 21}}, [](Graph&, const auto& v) { return bias_gradient(v[0]); });
}

BOOST_AUTO_TEST_SUITE_END()
