// Checks an op at chosen elements, NaN, infinities and ties among them, where a naive reference has no gradient.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/proof.h"

namespace backflow::proof {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();

/// An input of shape [values].
inline Input row(const std::vector<double>& values) {
  Input i{{static_cast<std::int64_t>(values.size())}};
  i.values = values;
  return i;
}

namespace detail {

inline void check_same(const std::string& what, const std::vector<float>& got, const std::vector<double>& expected) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double e = expected[i], g = got[i];
    const bool same = std::isnan(e) ? std::isnan(g) : std::isinf(e) ? g == e : std::abs(g - e) <= 1e-6 * std::abs(e);
    BOOST_CHECK_MESSAGE(same, what << " at index " << i << ": expected " << e << ", got " << g);
  }
}

}  // namespace detail

/// y, and the gradients of its sum by the first inputs. Numbers may differ by 1e-6 of themselves, so that a zero has to
/// be one.
inline void check_values(const std::string& name, const std::vector<Input>& inputs, const Builder& build,
                         const std::vector<double>& y, const std::vector<std::vector<double>>& gradients = {}) {
  std::vector<double> ones(y.size(), 1);
  const auto got = detail::run(inputs, detail::make_values(inputs, {}), build, ones, 1);
  detail::check_same(name + " output", got.y, y);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    detail::check_same(str_cat(name, " gradient of input ", i), got.gradients.at(i), gradients[i]);
}

}  // namespace backflow::proof
