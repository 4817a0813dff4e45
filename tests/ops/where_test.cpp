#include <backflow/ops/where.h>

#include <backflow/ops/multiply.h>
#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;
using proof::Array;

namespace {

struct WhereReference {
  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y(proof::common_shape(proof::common_shape(in[0].shape, in[1].shape), in[2].shape));
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      const auto of = [&](std::size_t k) { return proof::repeated(in[k], y.shape, static_cast<std::int64_t>(i)); };
      y.data[i] = proof::real(of(0)) != 0 ? of(1) : of(2);
    }
    return y;
  }
};

/// 0, 1, 0, 1, 1, 0, … in an order without a short period.
proof::Input truths(const Shape& shape, bool differentiate) {
  proof::Input i{shape, false, differentiate};
  for (std::int64_t k = 0; k < elements(shape); ++k) i.values.push_back(static_cast<double>(k * k % 7 % 2));
  return i;
}

void prove_where(const Shape& condition, const Shape& a, const Shape& b, bool differentiate = true) {
  proof::prove(str_cat("where ", to_string(condition), " ", to_string(a), " ", to_string(b)),
               {truths(condition, differentiate), {a, false, differentiate}, {b, false, differentiate}},
               [](Graph&, const auto& v) { return where(v[0], v[1], v[2]); }, WhereReference{}, {.reduction = 60});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(where_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_for_all_pairs_of_shapes) {
  prove_where({3, 5}, {3, 5}, {3, 5});
  prove_where({2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5});
  prove_where({3, 1}, {5}, {});
  prove_where({}, {5}, {3, 1});
  prove_where({1}, {2, 3, 4, 5}, {3, 1, 1});
  prove_where({3, 1, 1}, {1}, {2, 1, 4, 5});
  prove_where({4, 5}, {2, 1, 1, 1}, {1, 3, 1, 1});
  prove_where({}, {}, {});
  prove_where({2, 3, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3}, {3}, {1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads_when_it_is_cut) {
  prove_where({300, 401}, {300, 401}, {300, 401}, false);
  prove_where({300, 1}, {300, 401}, {401}, false);
  prove_where({401}, {}, {300, 1}, false);
}

BOOST_AUTO_TEST_CASE(what_is_not_taken_leaks_neither_forward_nor_into_a_gradient) {
  using proof::kInf, proof::kNan;
  const std::vector<proof::Input> in{proof::row({1, 0, kNan, 1e-40, 1}), proof::row({5, kNan, 6, 7, kInf}),
                                     proof::row({kInf, 8, kNan, kNan, kNan})};
  const proof::Builder build = [](Graph&, const std::vector<Value>& v) { return where(v[0], v[1], v[2]); };
  proof::check_values("where", in, build, {5, 8, 6, 7, kInf}, {{0, 0, 0, 0, 0}, {1, 0, 1, 1, 1}, {0, 1, 0, 0, 0}});
  const std::vector<proof::Input> squares{proof::row({1, 0}), proof::row({2, kInf}), proof::row({kNan, 3})};
  proof::check_values("where of squares", squares,
                      [](Graph&, const auto& v) {
                        const Value y = where(v[0], v[1], v[2]);
                        return multiply(y, y);
                      },
                      {4, 9}, {{0, 0}, {4, 0}, {0, 6}});
}

BOOST_AUTO_TEST_CASE(its_gradient_can_be_differentiated_by_the_gradient_of_the_output) {
  for (std::size_t by : {1, 2})
    proof::prove(
        "where twice", {truths({3, 5}, false), {{3, 5}, false, false}, {{5}, false, false}, {{3, 5}}},
        [&](Graph&, const auto& v) { return gradient({where(v[0], v[1], v[2])}, {v[by]}, {v[3]})[0]; },
        [&](const auto& in) {
          auto d = in[by];
          for (auto& x : d.data) x = 0;
          for (std::size_t i = 0; i < in[3].data.size(); ++i)
            if ((proof::real(in[0].data[i]) != 0) == (by == 1)) d.data[i % d.data.size()] += in[3].data[i];
          return d;
        },
        {.linear_in = {3}});
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(where(x, x, g.input("b", {{4}})), "[where] shapes [4, 3] and [4] do not fit");
  CHECK_FAILS(where(g.input("c", {{3}, Type::s32}), x, x), "[where] needs f32 values, got [3] s32 and [4, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
