// The naive reference of an elementwise op of two values, and the pairs of shapes over which each is proved.
#pragma once

#include <string>
#include <vector>

#include "tests/support/proof.h"

namespace backflow::proof {

/// Element `i` (row-major) of a value of shape `large`, read from `x` repeated to it.
template <class T>
const T& repeated(const Array<T>& x, const Shape& large, std::int64_t i) {
  std::int64_t offset = 0, stride = 1;
  for (std::size_t k = 0; k < large.size(); ++k) {
    const std::size_t axis = large.size() - 1 - k;
    const std::int64_t index = i % large[axis];
    i /= large[axis];
    if (k >= x.shape.size()) continue;
    const std::int64_t length = x.shape[x.shape.size() - 1 - k];
    if (length > 1) offset += index * stride;
    stride *= length;
  }
  return x.data[static_cast<std::size_t>(offset)];
}

inline Shape common_shape(const Shape& a, const Shape& b) {
  const Shape &large = a.size() >= b.size() ? a : b, &small = a.size() >= b.size() ? b : a;
  Shape result = large;
  for (std::size_t k = 1; k <= small.size(); ++k)
    result[large.size() - k] = std::max(large[large.size() - k], small[small.size() - k]);
  return result;
}

template <class F>
struct ElementwiseReference {
  F f;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y(common_shape(in[0].shape, in[1].shape));
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      y.data[i] = f(repeated(in[0], y.shape, at), repeated(in[1], y.shape, at));
    }
    return y;
  }
};

/// `mean_of_second` keeps divisors away from zero, `mean_of_first` bases of powers.
template <class F>
void prove_elementwise(const std::string& name, Value (*op)(Value, Value, const std::string&), F f,
                       double mean_of_second = 0, double mean_of_first = 0) {
  const Builder build = [op](Graph&, const std::vector<Value>& v) { return op(v[0], v[1], ""); };
  const double stddev = mean_of_first == 0 ? 1 : 0.5;
  struct Pair {
    Shape a, b;
  };
  const std::vector<Pair> pairs{{{1}, {1}},
                                {{3, 5}, {3, 5}},
                                {{2, 3, 5, 7}, {2, 3, 5, 7}},
                                {{3, 5}, {1}},
                                {{1}, {3, 5}},
                                {{3, 5}, {5}},
                                {{5}, {3, 5}},
                                {{3, 5}, {3, 1}},
                                {{1, 5}, {3, 1}},
                                {{1, 4}, {4}},
                                {{2, 3, 4, 5}, {1, 1, 1}},
                                {{2, 3, 4, 5}, {1, 3, 1, 1}},
                                {{3, 1, 1}, {2, 3, 4, 5}},
                                {{2, 1, 4, 1}, {3, 1, 5}},
                                {{1, 1}, {1, 1, 1, 1}},
                                {{}, {}},
                                {{}, {3, 5}},
                                {{2, 3}, {}}};
  for (const auto& [a, b] : pairs)
    prove(str_cat(name, " ", to_string(a), " ", to_string(b)),
          {{a, false, true, mean_of_first, stddev}, {b, false, true, mean_of_second, 0.5}}, build,
          ElementwiseReference<F>{f}, {.reduction = elements(common_shape(a, b))});
  for (const auto& [a, b] : {Pair{{300, 401}, {300, 401}}, {{300, 401}, {401}}, {{300, 401}, {300, 1}}})
    prove(name + " in tiles " + to_string(b),
          {{a, false, false, mean_of_first, stddev}, {b, false, false, mean_of_second, 0.5}}, build,
          ElementwiseReference<F>{f});
}

}  // namespace backflow::proof
