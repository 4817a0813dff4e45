#include <cmath>
#include <numbers>

#include <backflow/runtime/models/onnx/onnx_export_call.h>

namespace backflow::models {
namespace {

/// Attributes under ONNX's names, from options under ours.
OnnxExport with_numbers(const std::string& op, const std::map<std::string, std::string>& names) {
  return [op, names](OnnxExportCall& c) {
    OnnxAttributes attributes;
    for (const auto& [attribute, option] : names) attributes[attribute] = static_cast<float>(c.number(option));
    c.result(op, c.in, attributes);
  };
}

void export_clip(OnnxExportCall& c, double low, double high) {
  const auto bound = [](double v) { return std::isfinite(v) ? OnnxOperand(onnx_number(v)) : OnnxOperand(""); };
  c.result("Clip", {c.in[0], bound(low), bound(high)});
}

/// x/2 (1 + erf(x/√2)), or with tanh x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
void export_gelu(OnnxExportCall& c) {
  const OnnxOperand x = c.in[0];
  OnnxOperand y;
  if (c.options.contains("tanh")) {
    const OnnxOperand square = c.step("square", "Mul", {x, x});
    const OnnxOperand small = c.step("small", "Mul", {square, onnx_number(0.044715)});
    const OnnxOperand factor = c.step("factor", "Add", {small, onnx_number(1)});
    const OnnxOperand argument = c.step(
        "argument", "Mul", {c.step("product", "Mul", {x, factor}), onnx_number(std::sqrt(2 * std::numbers::inv_pi))});
    y = c.step("tanh", "Tanh", {argument});
  } else {
    y = c.step("erf", "Erf", {c.step("argument", "Mul", {x, onnx_number(std::sqrt(0.5))})});
  }
  const OnnxOperand half = c.step("half", "Mul", {x, onnx_number(0.5)});
  c.result("Mul", {half, c.step("plus_one", "Add", {y, onnx_number(1)})});
}

void export_hardswish(OnnxExportCall& c) {
  constexpr std::int64_t named = 14;
  if (c.opset >= named) return c.result("HardSwish", c.in);
  c.result("Mul", {c.in[0], c.step("hard_sigmoid", "HardSigmoid", c.in, {{"alpha", 1.0F / 6}, {"beta", 0.5F}})});
}

/// log(1 + exp(β x)) / β
void export_softplus(OnnxExportCall& c) {
  const double beta = c.number("beta");
  if (beta == 1) return c.result("Softplus", c.in);
  const OnnxOperand y = c.step("softplus", "Softplus", {c.step("argument", "Mul", {c.in[0], onnx_number(beta)})});
  c.result("Div", {y, onnx_number(beta)});
}

void export_along_axis(OnnxExportCall& c, const std::string& op) {
  c.result(op, c.in, {{"axis", c.integers("axis")[0]}});
}

}  // namespace

std::map<std::string, OnnxExport> onnx_exports_of_activations() {
  return {
      {"celu", with_numbers("Celu", {{"alpha", "alpha"}})},
      {"clip", [](OnnxExportCall& c) { export_clip(c, c.number("low"), c.number("high")); }},
      {"elu", with_numbers("Elu", {{"alpha", "alpha"}})},
      {"gelu", export_gelu},
      {"hard_sigmoid", with_numbers("HardSigmoid", {{"alpha", "alpha"}, {"beta", "beta"}})},
      {"hardswish", export_hardswish},
      {"leaky_relu", with_numbers("LeakyRelu", {{"alpha", "alpha"}})},
      {"log_softmax", [](OnnxExportCall& c) { export_along_axis(c, "LogSoftmax"); }},
      {"mish",
       [](OnnxExportCall& c) {
         c.result("Mul", {c.in[0], c.step("tanh", "Tanh", {c.step("softplus", "Softplus", c.in)})});
       }},
      {"prelu", onnx_renamed("PRelu")},
      {"relu", onnx_renamed("Relu")},
      {"relu6", [](OnnxExportCall& c) { export_clip(c, 0, 6); }},
      {"selu", with_numbers("Selu", {{"alpha", "alpha"}, {"gamma", "gamma"}})},
      {"shrink", with_numbers("Shrink", {{"lambd", "threshold"}, {"bias", "bias"}})},
      {"sigmoid", onnx_renamed("Sigmoid")},
      {"silu",
       [](OnnxExportCall& c) {
         c.result("Mul", {c.in[0], c.step("sigmoid", "Sigmoid", c.in)});
       }},
      {"softmax", [](OnnxExportCall& c) { export_along_axis(c, "Softmax"); }},
      {"softplus", export_softplus},
      {"softsign", onnx_renamed("Softsign")},
      {"tanh", onnx_renamed("Tanh")},
      {"thresholded_relu", with_numbers("ThresholdedRelu", {{"alpha", "alpha"}})},
  };
}

}  // namespace backflow::models
