#include <backflow/ops/affine_resample.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct AffineReference {
  AffineResampleOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto &x = in[0], &a = in[1];
    Array<T> y({a.shape[0], x.shape[1], o.height, o.width});
    for (std::int64_t m = 0; m < a.shape[0]; ++m)
      for (std::int64_t c = 0; c < x.shape[1]; ++c)
        for (std::int64_t i = 0; i < o.height; ++i)
          for (std::int64_t j = 0; j < o.width; ++j) {
            auto coordinate = [&](int row) {
              return proof::real(a(m, row, 0)) * static_cast<double>(j) +
                     proof::real(a(m, row, 1)) * static_cast<double>(i) + proof::real(a(m, row, 2));
            };
            y(m, c, i, j) = at(x, m / o.copies, c, coordinate(0), coordinate(1));
          }
    return y;
  }

  template <class T>
  T at(const Array<T>& x, std::int64_t n, std::int64_t c, double u, double v) const {
    const double left = std::floor(u), top = std::floor(v);
    T total = 0;
    for (int dy : {0, 1})
      for (int dx : {0, 1}) {
        const double weight = (dx ? u - left : 1 - u + left) * (dy ? v - top : 1 - v + top);
        const auto column = static_cast<std::int64_t>(left) + dx, row = static_cast<std::int64_t>(top) + dy;
        const bool inside = column >= 0 && column < x.shape[3] && row >= 0 && row < x.shape[2];
        total += weight * (inside ? x(n, c, row, column) : T(o.fill));
      }
    return total;
  }
};

proof::Input matrices(std::vector<double> values) {
  const auto count = static_cast<std::int64_t>(values.size() / 6);
  return {{count, 2, 3}, false, false, 0, 1, std::move(values)};
}

void check(const std::string& name, const Shape& x, std::vector<double> values, const AffineResampleOptions& o) {
  auto build = [=](Graph&, const std::vector<Value>& v) { return affine_resample(v[0], v[1], o); };
  proof::Options options{.tolerance = 2e-5};
  if (o.fill == 0) options.linear_in = {0};
  proof::prove(name, {{x}, matrices(std::move(values))}, build, AffineReference{o}, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(affine_resample_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  check("identity", {1, 3, 4, 5}, {1, 0, 0, 0, 1, 0}, {.height = 4, .width = 5});
  check("scale, rotation and shift", {1, 3, 6, 5}, {.875, .25, -.5, -.25, .875, 1.25}, {.height = 7, .width = 4});
  check("fill beyond the border", {1, 1, 3, 3}, {1.5, 0, -1.25, 0, 1.5, 1.5}, {.height = 4, .width = 4, .fill = .5F});
  check("copies of two images", {2, 2, 4, 4},
        {1, 0, .5, 0, 1, 0, .5, 0, 1, 0, .5, 1, 1, 0, 0, 0, 1, -1, 0, 1, 0, 1, 0, 0},
        {.height = 3, .width = 4, .copies = 2});
  check("far away", {1, 1, 2, 2}, {1e9, 0, 1e9, 0, 1, -1e12}, {.height = 2, .width = 2, .fill = .25F});
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  for (std::int64_t copies : {1, 2}) {
    auto build = [=](Graph&, const std::vector<Value>& v) {
      return affine_resample(v[0], v[1], {.height = 80, .width = 90, .copies = copies});
    };
    std::vector<double> values = {.9, .1, 2, -.1, .9, 7};
    if (copies == 2) values.insert(values.end(), {1.1, 0, -2, 0, 1.1, 0});
    proof::check_samples_alone("affine_resample", {{{1, 3, 96, 96}}, matrices(values)}, build, 5);
  }
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3, 4, 4}});
  CHECK_FAILS(affine_resample(x, g.input("a", {{2, 3, 2}})), "matrices need shape [2, 2, 3], got [2, 3, 2]");
  CHECK_FAILS(affine_resample(x, g.input("b", {{2, 2, 3}}), {.height = -1}), "need to be positive, got -1, 4, 1");
  Value a = g.input("matrix", {{2, 2, 3}});
  g.output("y", affine_resample(x, a));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  flow.input("matrix").as()[3] = NAN;
  CHECK_FAILS(flow.run(), "a matrix is not finite");
}

BOOST_AUTO_TEST_SUITE_END()
