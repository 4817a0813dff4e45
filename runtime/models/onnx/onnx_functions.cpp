#ifdef BACKFLOW_ONNX

#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_proto.h>

namespace backflow::models::onnx_proto {
namespace {

using Functions = std::map<std::pair<std::string, std::string>, const onnx::FunctionProto*>;

/// What a small file could ask for is bounded.
constexpr int kMaxDepth = 32, kMaxNodes = 1 << 20;

class Expansion {
 public:
  Expansion(const Functions& functions, onnx::GraphProto& graph) : functions_(functions), graph_(graph) {}

  void add(const onnx::NodeProto& node, int depth) {
    const auto found = functions_.find({node.domain(), node.op_type()});
    require(++visited_ < kMaxNodes, "[onnx] the functions of the file become more than ", kMaxNodes, " nodes");
    if (found == functions_.end()) {
      *graph_.add_node() = node;
      return;
    }
    require(depth < kMaxDepth, "[onnx] the function '", files::printable(node.op_type()),
            "' calls itself, or more than ", kMaxDepth, " others in each other");
    const onnx::FunctionProto& function = *found->second;
    const Scope scope = scope_of(function, node);
    for (const onnx::NodeProto& inner : function.node()) add(renamed(inner, node, scope), depth + 1);
  }

 private:
  /// What the function's values are called outside.
  struct Scope {
    std::string prefix;  // of those that are not the call's
    std::map<std::string, std::string> names;
  };

  Scope scope_of(const onnx::FunctionProto& function, const onnx::NodeProto& call) const {
    const std::string& name = call.name().empty() && call.output_size() > 0 ? call.output(0) : call.name();
    Scope scope{str_cat(name, ".", visited_, "."), {{"", ""}}};
    for (int i = 0; i < function.input_size(); ++i)
      scope.names[function.input(i)] = i < call.input_size() ? call.input(i) : "";
    for (int i = 0; i < function.output_size() && i < call.output_size(); ++i)
      if (!call.output(i).empty()) scope.names[function.output(i)] = call.output(i);
    return scope;
  }

  static onnx::NodeProto renamed(const onnx::NodeProto& inner, const onnx::NodeProto& call, const Scope& scope) {
    onnx::NodeProto result = inner;
    const auto rename = [&](auto& values) {
      for (std::string& value : values) {
        const auto found = scope.names.find(value);
        value = found == scope.names.end() ? scope.prefix + value : found->second;
      }
    };
    rename(*result.mutable_input());
    rename(*result.mutable_output());
    result.set_name(scope.prefix + inner.name());
    result.clear_attribute();
    for (const onnx::AttributeProto& a : inner.attribute()) copy(a, call, result);
    return result;
  }

  /// An attribute, or that of the call to which it refers; one that the call leaves out stays out.
  static void copy(const onnx::AttributeProto& a, const onnx::NodeProto& call, onnx::NodeProto& result) {
    if (a.ref_attr_name().empty()) {
      *result.add_attribute() = a;
      return;
    }
    for (const onnx::AttributeProto& given : call.attribute()) {
      if (given.name() != a.ref_attr_name()) continue;
      onnx::AttributeProto& added = *result.add_attribute();
      added = given;
      added.set_name(a.name());
    }
  }

  const Functions& functions_;
  onnx::GraphProto& graph_;
  int visited_ = 0;
};

}  // namespace

void expand_functions(onnx::ModelProto& model) {
  if (model.functions_size() == 0) return;
  Functions functions;
  for (const onnx::FunctionProto& f : model.functions()) functions[{f.domain(), f.name()}] = &f;
  onnx::GraphProto graph = std::move(*model.mutable_graph());
  onnx::GraphProto& expanded = *model.mutable_graph();
  expanded = graph;
  expanded.clear_node();
  Expansion expansion(functions, expanded);
  for (const onnx::NodeProto& n : graph.node()) expansion.add(n, 0);
}

}  // namespace backflow::models::onnx_proto

#endif
