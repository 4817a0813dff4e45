#include <backflow/runtime/models/onnx/onnx_export_call.h>

#include <backflow/graph/error.h>

namespace backflow::models {
namespace {

/// Constants are nodes of their own, with names that do not depend on where they come from.
OnnxNode node_reading(std::vector<OnnxNode>& made, const std::string& name, const std::string& op,
                      const std::vector<OnnxOperand>& operands, OnnxAttributes attributes) {
  OnnxNode node{op, name, {}, {name}, std::move(attributes)};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (const auto* value = std::get_if<std::string>(&operands[i])) {
      node.in.push_back(*value);
      continue;
    }
    const std::string constant = str_cat(name, ".constant", i);
    made.push_back({"Constant", constant, {}, {constant}, {{"value", std::get<OnnxTensor>(operands[i])}}});
    node.in.push_back(constant);
  }
  while (!node.in.empty() && node.in.back().empty()) node.in.pop_back();  // what is left out at the end
  return node;
}

std::map<std::string, OnnxExport> elementwise_exports() {
  std::map<std::string, OnnxExport> table;
  const std::map<std::string, std::string> names{
      {"abs", "Abs"},     {"acos", "Acos"},
      {"acosh", "Acosh"}, {"add", "Add"},
      {"asin", "Asin"},   {"asinh", "Asinh"},
      {"atan", "Atan"},   {"atanh", "Atanh"},
      {"ceil", "Ceil"},   {"cos", "Cos"},
      {"cosh", "Cosh"},   {"divide", "Div"},
      {"erf", "Erf"},     {"exp", "Exp"},
      {"floor", "Floor"}, {"identity", "Identity"},
      {"log", "Log"},     {"maximum", "Max"},
      {"minimum", "Min"}, {"multiply", "Mul"},
      {"power", "Pow"},   {"reciprocal", "Reciprocal"},
      {"round", "Round"}, {"sign", "Sign"},
      {"sin", "Sin"},     {"sinh", "Sinh"},
      {"sqrt", "Sqrt"},   {"subtract", "Sub"},
      {"tan", "Tan"},
  };
  for (const auto& [kind, op] : names) table[kind] = onnx_renamed(op);
  return table;
}

}  // namespace

std::vector<std::int64_t> OnnxExportCall::integers(const std::string& option) const {
  const std::vector<double>& list = options.at(option);
  return {list.begin(), list.end()};
}

OnnxOperand OnnxExportCall::step(const std::string& suffix, const std::string& op, std::vector<OnnxOperand> operands,
                                 OnnxAttributes attributes) {
  const std::string name = node.name + "." + suffix;
  made.push_back(node_reading(made, name, op, operands, std::move(attributes)));
  return name;
}

void OnnxExportCall::result(const std::string& op, std::vector<OnnxOperand> operands, OnnxAttributes attributes) {
  made.push_back(node_reading(made, node.name, op, operands, std::move(attributes)));
}

std::string OnnxExportCall::where() const { return str_cat("[onnx] node '", node.name, "' (", node.op->kind(), ")"); }

OnnxExport onnx_renamed(const std::string& op) {
  return [op](OnnxExportCall& c) { c.result(op, c.in); };
}

const std::map<std::string, OnnxExport>& onnx_exports() {
  static const auto table = [] {
    auto all = elementwise_exports();
    all.merge(onnx_exports_of_activations());
    all.merge(onnx_exports_of_layers());
    all.merge(onnx_exports_of_shapes());
    return all;
  }();
  return table;
}

}  // namespace backflow::models
