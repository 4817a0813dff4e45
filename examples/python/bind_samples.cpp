// What is measured or changed sample by sample, and statistics of a batch.
#include <backflow/ops/batch_statistics.h>
#include <backflow/ops/bias_gradient.h>
#include <backflow/ops/cosine.h>
#include <backflow/ops/gram.h>
#include <backflow/ops/guided_match.h>
#include <backflow/ops/inverse_dft.h>
#include <backflow/ops/local_response_norm.h>
#include <backflow/ops/polar.h>
#include <backflow/ops/standardize.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {

void bind_samples(py::module_& m) {
  def_op(m, "batch_mean", &batch_mean);
  def_op(m, "batch_variance", &batch_variance, "x"_a, "mean"_a, "name"_a = "");
  def_op(m, "update_running_average", &update_running_average, "running"_a, "batch"_a, "momentum"_a, "factor"_a = 1.0F);
  def_op(m, "bias_gradient", &bias_gradient, "dy"_a, "name"_a = "");
  def_op(m, "cosine", &cosine);
  def_op(m, "gram", &gram);
  def_op(m, "guided_match", &guided_match, "x"_a, "guide"_a, "name"_a = "");
  def_op(m, "inverse_dft", &inverse_dft, "spectrum"_a, "width"_a, "name"_a = "");
  def_op(m, "polar", &polar, "phase"_a, "magnitude"_a, "name"_a = "");
  def_op(m, "standardize", &standardize, "x"_a, "epsilon"_a = 1e-10F, "name"_a = "");
  def_op(
      m, "local_response_norm",
      [](Value x, std::int64_t size, float alpha, float beta, float k, const std::string& name) {
        return local_response_norm(x, {.size = size, .alpha = alpha, .beta = beta, .k = k, .name = name});
      },
      "x"_a, "size"_a = 5, "alpha"_a = 1e-4F, "beta"_a = 0.75F, "k"_a = 1.0F, "name"_a = "");
}

}  // namespace backflow::python
