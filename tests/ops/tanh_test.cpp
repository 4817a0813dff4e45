#include <backflow/ops/tanh.h>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct TanhReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    for (T& v : y.data) v = std::tanh(v);
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tanh_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& s : {Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}})
    proof::prove(
        "tanh " + to_string(s), {{s, false, true, 0, 2}}, [](Graph&, const auto& v) { return backflow::tanh(v[0]); },
        TanhReference());
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads_when_it_is_cut) {
  proof::prove(
      "tanh in tiles", {{{70, 3000}, false, false}}, [](Graph&, const auto& v) { return backflow::tanh(v[0]); },
      TanhReference());
}

BOOST_AUTO_TEST_CASE(saturates_without_overflow) {
  proof::prove(
      "tanh of large values", {{{4}, false, true, 0, 1, {-1000, -20, 20, 1000}}},
      [](Graph&, const auto& v) { return backflow::tanh(v[0]); },
      [](const auto& in) {
        auto y = in[0];
        for (auto& v : y.data) v = proof::real(v) > 0 ? 1 : -1;
        return y;
      });
}

BOOST_AUTO_TEST_SUITE_END()
