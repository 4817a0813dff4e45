// The naive reference of an op along one axis whose result has the input's shape, and where it is proved.
#pragma once

#include <string>
#include <vector>

#include "tests/support/proof.h"

namespace backflow::proof {

/// `f` turns a line of elements, a std::vector<T>, into another of the same length.
template <class F>
struct LinesReference {
  int axis;
  F f;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    const auto a = static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(y.shape.size()) : axis);
    std::size_t inner = 1;
    for (std::size_t k = a + 1; k < y.shape.size(); ++k) inner *= static_cast<std::size_t>(y.shape[k]);
    const auto length = static_cast<std::size_t>(y.shape[a]);
    for (std::size_t first = 0; first < y.data.size(); ++first) {
      if (first / inner % length != 0) continue;
      std::vector<T> line;
      for (std::size_t i = 0; i < length; ++i) line.push_back(in[0].data[first + i * inner]);
      line = f(line);
      for (std::size_t i = 0; i < length; ++i) y.data[first + i * inner] = line[i];
    }
    return y;
  }
};

/// `op` makes the value from x and an axis.
template <class F>
void prove_lines(const std::string& name, const std::function<Value(Value, int)>& op, F f) {
  struct Case {
    Shape shape;
    int axis;
  };
  for (const auto& [shape, axis] : {Case{{1}, 0},
                                    {{7}, -1},
                                    {{5, 3}, 0},
                                    {{5, 3}, 1},
                                    {{2, 3, 4, 5}, 1},
                                    {{2, 3, 4, 5}, -2},
                                    {{3, 1, 2}, 1},
                                    {{2, 1, 3, 1, 1, 2, 1, 1, 1, 1, 1, 2}, 2},
                                    {{900, 40}, 1},
                                    {{40, 900}, 0}})
    prove(str_cat(name, " ", to_string(shape), " along ", axis), {{shape, false, elements(shape) < 1000}},
          [&, axis = axis](Graph&, const auto& v) { return op(v[0], axis); }, LinesReference<F>{axis, f},
          {.reduction = *std::max_element(shape.begin(), shape.end())});
}

}  // namespace backflow::proof
