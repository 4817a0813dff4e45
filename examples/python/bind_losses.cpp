#include <backflow/graph/error.h>
#include <backflow/ops/accuracy.h>
#include <backflow/ops/adaline_loss.h>
#include <backflow/ops/bce_loss.h>
#include <backflow/ops/bce_with_logits.h>
#include <backflow/ops/huber_loss.h>
#include <backflow/ops/l1_loss.h>
#include <backflow/ops/logistic_tanh_loss.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/perceptron_loss.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/squared_distance.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

Reduction reduction_called(const std::string& name) {
  if (name == "mean") return Reduction::mean;
  if (name == "batch_mean") return Reduction::batch_mean;
  require(name == "sum", "[loss] there is no reduction '", name, "'; there are mean, batch_mean and sum");
  return Reduction::sum;
}

template <Value (*Loss)(Value, Value, const LossOptions&)>
void def_loss(py::module_& m, const char* name, const char* reduction = "mean") {
  def_op(
      m, name,
      [](Value predictions, Value targets, const std::string& how, const std::string& node) {
        return Loss(predictions, targets, {.reduction = reduction_called(how), .name = node});
      },
      "predictions"_a, "targets"_a, "reduction"_a = reduction, "name"_a = "");
}

}  // namespace

void bind_losses(py::module_& m) {
  def_op(m, "accuracy", &accuracy, "logits"_a, "labels"_a, "name"_a = "");
  def_loss<&adaline_loss>(m, "adaline_loss");
  def_loss<&bce_loss>(m, "bce_loss");
  def_loss<&bce_with_logits>(m, "bce_with_logits");
  def_loss<&l1_loss>(m, "l1_loss");
  def_loss<&logistic_tanh_loss>(m, "logistic_tanh_loss");
  def_loss<&mse_loss>(m, "mse_loss");
  def_loss<&perceptron_loss>(m, "perceptron_loss");
  def_loss<&squared_distance>(m, "squared_distance", "batch_mean");
  def_op(
      m, "huber_loss",
      [](Value predictions, Value targets, float delta, const std::string& reduction, const std::string& name) {
        return huber_loss(predictions, targets,
                          {.delta = delta, .reduction = reduction_called(reduction), .name = name});
      },
      "predictions"_a, "targets"_a, "delta"_a = 1.0F, "reduction"_a = "mean", "name"_a = "");
  def_op(
      m, "softmax_cross_entropy",
      [](Value logits, Value labels, float label_smoothing, std::vector<float> class_weights,
         std::optional<Value> total_weight, const std::string& name) {
        return softmax_cross_entropy(logits, labels,
                                     {.label_smoothing = label_smoothing,
                                      .class_weights = std::move(class_weights),
                                      .total_weight = total_weight.value_or(Value()),
                                      .name = name});
      },
      "logits"_a, "labels"_a, "label_smoothing"_a = 0.0F, "class_weights"_a = std::vector<float>(),
      "total_weight"_a = py::none(), "name"_a = "");
  def_op(m, "label_weight", &label_weight, "labels"_a, "class_weights"_a, "name"_a = "");
}

}  // namespace backflow::python
