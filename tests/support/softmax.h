// The naive reference of softmax and log_softmax, and the shapes and axes over which they are proved.
#pragma once

#include <string>
#include <vector>

#include <backflow/ops/softmax.h>
#include "tests/support/proof.h"

namespace backflow::proof {

struct SoftmaxReference {
  std::size_t axis;
  bool logarithm;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    std::int64_t inner = 1;
    for (std::size_t a = axis + 1; a < y.shape.size(); ++a) inner *= y.shape[a];
    const std::int64_t length = y.shape[axis];
    for (std::int64_t i = 0; i < elements(y.shape); ++i) {
      const std::int64_t first = i / (inner * length) * inner * length + i % inner;
      T total = 0;
      for (std::int64_t k = 0; k < length; ++k)
        total += std::exp(in[0].data[static_cast<std::size_t>(first + k * inner)]);
      T& v = y.data[static_cast<std::size_t>(i)];
      v = logarithm ? v - std::log(total) : std::exp(v) / total;
    }
    return y;
  }
};

inline void prove_softmax(const std::string& name, Value (*op)(Value, const SoftmaxOptions&), bool logarithm) {
  struct Case {
    Shape shape;
    int axis;
  };
  for (const auto& [shape, axis] : {Case{{1}, 0},
                                    {{7}, -1},
                                    {{1, 10}, 1},
                                    {{5, 3}, -1},
                                    {{5, 3}, 0},
                                    {{2, 3, 4, 5}, 1},
                                    {{2, 3, 4, 5}, 2},
                                    {{2, 3, 4, 5}, -1},
                                    {{3, 1, 2}, 1},
                                    {{900, 40}, 1}}) {
    const std::size_t positive =
        axis < 0 ? shape.size() - static_cast<std::size_t>(-axis) : static_cast<std::size_t>(axis);
    prove(str_cat(name, " ", to_string(shape), " axis ", axis), {{shape, false, elements(shape) < 1000, 0, 2}},
          [&, axis = axis](Graph&, const auto& v) { return op(v[0], {.axis = axis}); },
          SoftmaxReference{positive, logarithm}, {.reduction = shape[positive]});
  }
}

inline void check_softmax_errors(const std::string& kind, Value (*op)(Value, const SoftmaxOptions&)) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(op(x, {.axis = 2}), "[" + kind + "] has no axis 2 in shape [4, 3]");
  CHECK_FAILS(op(x, {.axis = -3}), "[" + kind + "] has no axis -3 in shape [4, 3]");
  CHECK_FAILS(op(g.input("t", {{4}, Type::s32}), {}), "[" + kind + "] needs an f32 value, got [4] s32");
}

}  // namespace backflow::proof
