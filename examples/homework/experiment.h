// A small graph whose inputs are matrices and whose results are read as matrices.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/jacobian.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/homework/matrix.h"

namespace backflow::homework {

class Experiment {
 public:
  Graph& graph() { return graph_; }

  /// An input with the values of `m`: of shape [rows, columns], or of `shape` if there is one.
  Value input(const std::string& name, const Matrix& m, const Shape& shape = {}) {
    inputs_[name] = m;
    return graph_.input(name, {shape.empty() ? shape_of(m) : shape});
  }

  /// A parameter with these first values, which updates change.
  Value parameter(const std::string& name, const Matrix& m, const Shape& shape = {}) {
    return graph_.parameter(name, {shape.empty() ? shape_of(m) : shape}, from_values(floats(m)));
  }

  /// New values of an input for the runs that follow.
  void set(const std::string& name, const Matrix& m) { inputs_.at(name) = m; }

  /// Makes a value readable.
  Value keep(const std::string& name, Value v) {
    graph_.output(name, v);
    shapes_[name] = v.shape();
    return v;
  }

  /// The first run compiles the graph.
  void run() {
    if (!flow_) flow_.emplace(graph_, store_, scheduler_);
    for (const auto& [name, m] : inputs_)
      if (flow_->has_input(name)) std::copy(m.values().begin(), m.values().end(), flow_->input(name).as().begin());
    flow_->run();
  }

  /// A value that was kept, of the last run, or a parameter. A vector [n] is a row, 1×n.
  Matrix operator[](const std::string& name) const {
    if (!shapes_.contains(name)) return matrix(store_.plain(name));
    return matrix(Tensor(shapes_.at(name), flow_->output(name)));
  }
  /// ∂y/∂x in numerator layout, and its products vᵀ ∂y/∂x and ∂y/∂x t, at the inputs and parameters as they are.
  Matrix jacobian_of(Value y, Value x) { return matrix(jacobian(y, x, point())); }
  Matrix left_product(const Matrix& v, Value y, Value x) {
    return matrix(vector_jacobian_product(y, x, floats(v), point()));
  }
  Matrix right_product(Value y, Value x, const Matrix& t) {
    return matrix(jacobian_vector_product(y, x, floats(t), point()));
  }

  double number(const std::string& name) const { return (*this)[name](0, 0); }

 private:
  static Shape shape_of(const Matrix& m) {
    return {static_cast<std::int64_t>(m.rows()), static_cast<std::int64_t>(m.columns())};
  }
  static std::vector<float> floats(const Matrix& m) { return {m.values().begin(), m.values().end()}; }
  static Matrix matrix(const Tensor& t) {
    const auto columns = static_cast<std::size_t>(t.shape().back());
    return {t.as().size() / columns, columns, {t.as().begin(), t.as().end()}};
  }
  Point point() {
    Point at{store_, scheduler_};
    for (const auto& [name, m] : inputs_) at.inputs[name] = floats(m);
    return at;
  }

  Graph graph_;
  Store store_;
  Scheduler scheduler_;
  std::map<std::string, Matrix> inputs_;
  std::map<std::string, Shape> shapes_;
  std::optional<Flow> flow_;
};

/// Numbers from N(0, 1), a function of the seed alone.
inline Matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  const Tensor t =
      draw("homework", {{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}}, normal(0, 1), seed);
  return {rows, columns, {t.as().begin(), t.as().end()}};
}

}  // namespace backflow::homework
