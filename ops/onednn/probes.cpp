// The problems of self_check.h and the naive loops that know their answers.
#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/onednn/self_check.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/reorder.h>
#include <backflow/ops/silu.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/tanh.h>

namespace backflow::onednn {
namespace {

float& at(Array& a, const Shape& index) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) offset = offset * a.shape[axis] + index[axis];
  return a.data[static_cast<std::size_t>(offset)];
}

float at(const Array& a, const Shape& index) { return at(const_cast<Array&>(a), index); }

template <class Body>
void for_each_index(const Shape& lengths, Body body) {
  Shape index(lengths.size(), 0);
  for (std::int64_t n = elements(lengths); n > 0; --n) {
    body(index);
    for (std::size_t axis = lengths.size(); axis-- > 0;) {
      if (++index[axis] < lengths[axis]) break;
      index[axis] = 0;
    }
  }
}

/// Calls body(pixel of the output, pixel of the input, tap) for each tap inside the image. A pixel: n, row, column.
template <class Body>
void for_each_tap(const Shape& x, const Shape& y, Pair kernel, Pair stride, const Padding& padding, Body body) {
  for_each_index({y[0], y[2], y[3], kernel.h, kernel.w}, [&](const Shape& i) {
    const std::int64_t row = i[1] * stride.h - padding.top + i[3], column = i[2] * stride.w - padding.left + i[4];
    if (row >= 0 && column >= 0 && row < x[2] && column < x[3])
      body(Shape{i[0], i[1], i[2]}, Shape{i[0], row, column}, Shape{i[3], i[4]});
  });
}

std::vector<Array> convolved(std::span<const Array> in, const Conv2dOptions& o) {
  const Array &x = in[0], &w = in[1], &dy = in[2];
  Array y(dy.shape), dx(x.shape), dw(w.shape);
  const std::int64_t outs = w.shape[0] / o.groups;
  for_each_tap(x.shape, y.shape, o.kernel, o.stride, o.padding,
               [&](const Shape& to, const Shape& from, const Shape& t) {
                 for_each_index({w.shape[0], w.shape[1]}, [&](const Shape& c) {
                   const Shape out{to[0], c[0], to[1], to[2]}, weight{c[0], c[1], t[0], t[1]},
                       pixel{from[0], c[0] / outs * w.shape[1] + c[1], from[1], from[2]};
                   at(y, out) += at(x, pixel) * at(w, weight);
                   at(dx, pixel) += at(dy, out) * at(w, weight);
                   at(dw, weight) += at(dy, out) * at(x, pixel);
                 });
               });
  return {y, dx, dw};
}

Probe convolution(const Shape& x, const Shape& w, Conv2dOptions o) {
  o.kernel = {w[2], w[3]};
  return {Kind::convolution,
          str_cat("conv2d ", to_string(x), " * ", to_string(w)),
          {x, w},
          [o](Graph&, const std::vector<Value>& in) { return conv2d(in[0], in[1], Value{}, o); },
          [o](std::span<const Array> in) { return convolved(in, o); }};
}

Probe average(const Shape& x, const AveragePool2dOptions& o) {
  const auto answer = [o](std::span<const Array> in) {
    const Array& dy = in[1];
    Array y(dy.shape), dx(in[0].shape);
    const auto count = static_cast<float>(o.kernel.h * o.kernel.w);
    for_each_tap(dx.shape, y.shape, o.kernel, o.stride.value_or(o.kernel), o.padding,
                 [&](const Shape& to, const Shape& from, const Shape&) {
                   for (std::int64_t c = 0; c < y.shape[1]; ++c) {
                     const Shape out{to[0], c, to[1], to[2]}, pixel{from[0], c, from[1], from[2]};
                     at(y, out) += at(in[0], pixel) / count;
                     at(dx, pixel) += at(dy, out) / count;
                   }
                 });
    return std::vector{y, dx};
  };
  return {Kind::pooling,
          str_cat("average_pool2d ", to_string(x)),
          {x},
          [o](Graph&, const std::vector<Value>& in) { return average_pool2d(in[0], o); },
          answer};
}

std::vector<Array> linear_answer(std::span<const Array> in) {
  const Array &x = in[0], &w = in[1], &b = in[2], &dy = in[3];
  Array y(dy.shape), dx(x.shape), dw(w.shape), db(b.shape);
  for_each_index(y.shape, [&](const Shape& i) {
    at(y, i) = at(b, {i[1]});
    at(db, {i[1]}) += at(dy, i);
    for (std::int64_t k = 0; k < x.shape[1]; ++k) {
      at(y, i) += at(x, {i[0], k}) * at(w, {i[1], k});
      at(dx, {i[0], k}) += at(dy, i) * at(w, {i[1], k});
      at(dw, {i[1], k}) += at(dy, i) * at(x, {i[0], k});
    }
  });
  return {y, dx, dw, db};
}

Probe product(const Shape& x, const Shape& w) {
  return {Kind::matmul,
          str_cat("linear ", to_string(x), " * ", to_string(w)),
          {x, w, {w[0]}},
          [](Graph&, const std::vector<Value>& in) { return linear(in[0], in[1], in[2]); },
          linear_answer};
}

Probe elementwise(const std::string& name, Value (*op)(Value), double (*f)(double)) {
  const auto answer = [f](std::span<const Array> in) {
    Array y(in[0].shape), dx(in[0].shape);
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      constexpr double h = 1e-5;
      const double x = in[0].data[i];
      y.data[i] = static_cast<float>(f(x));
      dx.data[i] = static_cast<float>((f(x + h) - f(x - h)) / (2 * h)) * in[1].data[i];
    }
    return std::vector{y, dx};
  };
  return {Kind::eltwise, name, {{3, 37}}, [op](Graph&, const std::vector<Value>& in) { return op(in[0]); }, answer};
}

std::vector<Array> softmax_answer(std::span<const Array> in) {
  const Array &x = in[0], &dy = in[1];
  Array y(x.shape), dx(x.shape);
  for (std::int64_t row = 0; row < x.shape[0]; ++row) {
    float sum = 0, product = 0;
    for (std::int64_t i = 0; i < x.shape[1]; ++i) sum += std::exp(at(x, {row, i}));
    for (std::int64_t i = 0; i < x.shape[1]; ++i) {
      at(y, {row, i}) = std::exp(at(x, {row, i})) / sum;
      product += at(y, {row, i}) * at(dy, {row, i});
    }
    for (std::int64_t i = 0; i < x.shape[1]; ++i) at(dx, {row, i}) = at(y, {row, i}) * (at(dy, {row, i}) - product);
  }
  return {y, dx};
}

Probe softmax_of(const Shape& x) {
  return {Kind::softmax,
          "softmax",
          {x},
          [](Graph&, const std::vector<Value>& in) { return softmax(in[0]); },
          softmax_answer};
}

/// The runner offers nhwc.
Probe reorder_to(const Shape& x, const Layout& layout) {
  return {Kind::reorder,
          str_cat("reorder ", to_string(x), " to ", layout.letters(x.size())),
          {x},
          [layout](Graph& g, const std::vector<Value>& in) { return g.add(std::make_shared<Reorder>(layout), in)[0]; },
          [](std::span<const Array> in) { return std::vector{in[0]}; }};
}

std::vector<Probe> activations() {
  return {elementwise(
              "relu", [](Value x) { return relu(x); }, [](double x) { return std::max(x, 0.0); }),
          elementwise(
              "relu6", [](Value x) { return relu6(x); }, [](double x) { return std::clamp(x, 0.0, 6.0); }),
          elementwise(
              "leaky_relu", [](Value x) { return leaky_relu(x, {.slope = 0.25F}); },
              [](double x) { return x > 0 ? x : x / 4; }),
          elementwise(
              "elu", [](Value x) { return elu(x); }, [](double x) { return x > 0 ? x : std::expm1(x); }),
          elementwise(
              "tanh", [](Value x) { return tanh(x); }, [](double x) { return std::tanh(x); }),
          elementwise(
              "silu", [](Value x) { return silu(x); }, [](double x) { return x / (1 + std::exp(-x)); }),
          elementwise(
              "gelu", [](Value x) { return gelu(x); }, [](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }),
          elementwise(
              "hardswish", [](Value x) { return hardswish(x); },
              [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); })};
}

}  // namespace

std::vector<Probe> probes() {
  std::vector<Probe> all{convolution({2, 3, 5, 7}, {4, 3, 3, 3}, {.padding = 1}),
                         convolution({1, 20, 5, 4}, {33, 20, 3, 3}, {.stride = 2, .padding = 1}),
                         convolution({2, 32, 6, 6}, {16, 32, 3, 3}, {.padding = 1}),
                         convolution({2, 24, 7, 7}, {6, 24, 1, 1}, {.stride = 2}),
                         convolution({1, 3, 12, 12}, {8, 3, 7, 7}, {.stride = 2}),
                         convolution({1, 32, 7, 6}, {32, 1, 3, 3}, {.padding = 1, .groups = 32}),
                         product({5, 20}, {7, 20}),
                         product({33, 64}, {48, 64}),
                         average({2, 20, 7, 7}, {.kernel = 3, .stride = 2, .padding = 1}),
                         softmax_of({5, 19}),
                         reorder_to({2, 20, 3, 5}, {}),
                         reorder_to({32, 16, 3, 3}, Layout("ABcd16b16a")),
                         reorder_to({32, 16, 3, 3}, Layout("cdba"))};
  for (Probe& probe : activations()) all.push_back(std::move(probe));
  return all;
}

}  // namespace backflow::onednn
