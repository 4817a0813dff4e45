// A sum whose order is fixed and that still becomes vector instructions: eight running sums in double.
#pragma once

#include <array>
#include <cstdint>

namespace backflow {

/// term(0) + … + term(n − 1)
template <class Term>
double ordered_sum(std::int64_t n, const Term& term) {
  constexpr std::int64_t lanes = 8;
  std::array<double, lanes> sums{};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (std::int64_t k = 0; k < lanes; ++k) sums[static_cast<std::size_t>(k)] += term(i + k);
  double total = 0;
  for (double s : sums) total += s;
  for (; i < n; ++i) total += term(i);
  return total;
}

}  // namespace backflow
