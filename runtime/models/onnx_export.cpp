#include <backflow/runtime/models/onnx_export.h>

#include <algorithm>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/models/onnx/onnx_batch_norm_fold.h>
#include <backflow/runtime/models/onnx/onnx_export_call.h>
#include <backflow/runtime/models/onnx/onnx_writer.h>

namespace backflow::models {
namespace {

constexpr std::int64_t kOldestOpset = 13, kNewestOpset = 17;

/// A graph on its way into an ONNX file.
class OnnxExporter {
 public:
  OnnxExporter(const Graph& graph, const Store& store, const std::map<std::string, Value>& inputs,
               const std::map<std::string, Value>& outputs, const OnnxExportOptions& options)
      : graph_(graph), store_(store), inputs_(inputs), outputs_(outputs), options_(options) {}

  OnnxFile run() {
    check_request();
    find_nodes();
    check_nodes();
    name_values();
    for (const std::size_t i : nodes_)
      if (graph_.node(i).op) add_node(i);
    add_outputs();
    add_ports();
    if (options_.fold_batch_norm) fold_batch_norms(file_);
    remove_unused();
    return std::move(file_);
  }

 private:
  void check_request() {
    file_.opset = options_.opset;
    file_.metadata = options_.metadata;
    require(options_.opset >= kOldestOpset && options_.opset <= kNewestOpset, "[onnx] opset needs to be ", kOldestOpset,
            " … ", kNewestOpset, ", got ", options_.opset);
    require(!outputs_.empty(), "[onnx] a file needs an output");
    for (const auto* values : {&inputs_, &outputs_})
      for (const auto& [name, v] : *values) {
        require(v.graph == &graph_, "[onnx] '", name, "' is no value of the graph");
        require(!name.empty(), "[onnx] inputs and outputs need names");
      }
    if (!options_.dynamic_batch) return;
    for (const auto& [name, v] : inputs_) {
      const Shape& s = v.shape();
      require(!s.empty() && (batch_ == 0 || s[0] == batch_), "[onnx] inputs of an open batch need one number of ",
              "samples as their first axis, '", name, "' has shape ", to_string(s));
      batch_ = s[0];
      open_.insert(v);
    }
  }

  /// What the outputs depend on, up to the inputs.
  void find_nodes() {
    std::set<std::size_t> wanted, given;
    for (const auto& [name, v] : inputs_) given.insert(v.node);
    for (const auto& [name, v] : outputs_) wanted.insert(v.node);
    for (std::size_t i = graph_.size(); i-- > 0;)
      if (wanted.contains(i) && !given.contains(i))
        for (const Value& v : graph_.node(i).in) wanted.insert(v.node);
    for (const std::size_t i : wanted)
      if (!given.contains(i)) nodes_.push_back(i);
  }

  /// Everything that cannot be written is said at once.
  void check_nodes() const {
    std::map<std::string, std::string> refused;
    for (const std::size_t i : nodes_) {
      const Node& n = graph_.node(i);
      require(n.leaf != Leaf::input, "[onnx] the outputs depend on '", n.name, "', which is not among the inputs");
      require(n.out[0].type == Type::f32, "[onnx] '", n.name, "' is ", to_string(n.out[0]), ", expected f32");
      if (!n.op) continue;
      for (const Value& v : n.in)
        require(v.index == 0, "[onnx] node '", n.name, "' reads another result of '", graph_.node(v).name,
                "' than its first, which has no ONNX form");
      if (onnx_exports().contains(n.op->kind())) continue;
      std::string& list = refused[n.op->kind()];
      list += (list.empty() ? "'" : ", '") + n.name + "'";
    }
    std::string text;
    for (const auto& [kind, names] : refused) text += str_cat(text.empty() ? "" : ", ", kind, " (", names, ")");
    require(text.empty(), "[onnx] ops that have no ONNX form: ", text);
  }

  std::string free_name(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !taken_.insert(name).second; ++i) name = str_cat(wanted, ".", i);
    return name;
  }

  /// Outputs and inputs have the names that were asked for, parameters their own; other values that of their node where
  /// it is free.
  void name_values() {
    const auto take = [&](const std::string& name) {
      require(taken_.insert(name).second, "[onnx] two values of the file would be called '", name, "'");
    };
    for (const auto& [name, v] : inputs_) {
      take(name);
      names_[v] = name;
    }
    for (const auto& [name, v] : outputs_) {
      take(name);
      if (!options_.softmax && graph_.node(v).op) names_.try_emplace(v, name);
    }
    for (const std::size_t i : nodes_)
      if (graph_.node(i).leaf == Leaf::parameter || graph_.node(i).leaf == Leaf::state) take(graph_.node(i).name);
  }

  OnnxTensor tensor_of(const Node& n) const {
    const Tensor t = store_.contains(n.name) ? store_.plain(n.name) : draw(n.name, n.out[0], n.initial, store_.seed());
    require(t.spec() == n.out[0], "[onnx] '", n.name, "' is ", to_string(t.spec()), " in the store, the graph has ",
            to_string(n.out[0]));
    return onnx_floats(t.shape(), {t.as().begin(), t.as().end()});
  }

  OnnxOperand operand(Value v) {
    const auto named = names_.find(v);
    if (named != names_.end()) return named->second;
    const Node& n = graph_.node(v);
    require(!n.op, "[onnx] nothing before it computes '", n.name, "'");
    if (n.leaf == Leaf::constant) return tensor_of(n);
    file_.initializers.emplace(n.name, tensor_of(n));
    return names_[v] = n.name;
  }

  void add_node(std::size_t i) {
    const Node& n = graph_.node(i);
    const auto options = n.op->traits().options;
    OnnxExportCall call{.graph = graph_,
                        .node = n,
                        .opset = options_.opset,
                        .batch = batch_,
                        .in = {},
                        .open = {},
                        .options = options ? options() : OpOptions(),
                        .operand = [this](Value v) { return operand(v); }};
    for (const Value& v : n.in) {
      call.in.push_back(operand(v));
      call.open.push_back(open_.contains(v));
    }
    onnx_exports().at(n.op->kind())(call);
    const Value y{n.in.at(0).graph, i, 0};
    const bool reads_samples = std::find(call.open.begin(), call.open.end(), true) != call.open.end();
    if (reads_samples && call.keeps_open) {
      require(!n.out[0].shape.empty() && n.out[0].shape[0] % batch_ == 0, call.where(),
              " mixes the samples of a batch, which has no ONNX form while the batch is open");
      open_.insert(y);
    }
    append(std::move(call.made), y);
  }

  /// Names that are taken get a number.
  void append(std::vector<OnnxNode> made, Value y) {
    std::map<std::string, std::string> renamed;
    const std::string own = made.back().out[0];
    if (const auto output = names_.find(y); output != names_.end()) renamed[own] = output->second;
    for (OnnxNode& n : made) {
      for (std::string& name : n.in)
        if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
      std::string& out = n.out[0];
      if (!renamed.contains(out)) renamed[out] = free_name(out);
      out = renamed[out];
      file_.nodes.push_back(std::move(n));
    }
    names_[y] = renamed[own];
  }

  void add_outputs() {
    for (const auto& [name, v] : outputs_) {
      if (options_.softmax) {
        const std::int64_t last = -1;
        file_.nodes.push_back({"Softmax", name + ".softmax", {read(v)}, {name}, {{"axis", last}}});
      } else if (names_.at(v) != name) {
        file_.nodes.push_back({"Identity", name + ".identity", {read(v)}, {name}, {}});
      }
    }
  }

  std::string read(Value v) {
    const OnnxOperand from = operand(v);
    require(std::holds_alternative<std::string>(from), "[onnx] the output '", graph_.node(v).name, "' is a constant");
    return std::get<std::string>(from);
  }

  /// What several of our ops were and one node of ONNX is.
  void remove_unused() {
    std::set<std::string> read;
    for (const auto& [name, v] : outputs_) read.insert(name);
    for (auto n = file_.nodes.rbegin(); n != file_.nodes.rend(); ++n)
      if (read.contains(n->out[0])) read.insert(n->in.begin(), n->in.end());
    std::erase_if(file_.nodes, [&](const OnnxNode& n) { return !read.contains(n.out[0]); });
    std::erase_if(file_.initializers, [&](const auto& entry) { return !read.contains(entry.first); });
  }

  OnnxPort port_of(const std::string& name, Value v) const {
    OnnxPort port{name, v.shape(), OnnxType::float32};
    if (open_.contains(v)) port.shape[0] = -1;
    return port;
  }

  void add_ports() {
    for (const auto& [name, v] : inputs_) file_.inputs.push_back(port_of(name, v));
    for (const auto& [name, v] : outputs_) file_.outputs.push_back(port_of(name, v));
  }

  const Graph& graph_;
  const Store& store_;
  const std::map<std::string, Value>&inputs_, &outputs_;
  const OnnxExportOptions& options_;
  OnnxFile file_;
  std::int64_t batch_ = 0;  // 0: not open
  std::set<Value> open_;    // whose first axis is
  std::vector<std::size_t> nodes_;
  std::map<Value, std::string> names_;
  std::set<std::string> taken_;
};

/// Pixels in 0 … 1 as the network reads them.
Value standardized_pixels(Value pixels, const InputSpec& input) {
  Graph& g = *pixels.graph;
  const auto by_channel = [&](const char* name, const std::vector<float>& values) {
    return g.constant(name, {{1, input.channels, 1, 1}}, from_values(values));
  };
  const auto all_are = [](const std::vector<float>& values, float v) {
    return std::all_of(values.begin(), values.end(), [v](float x) { return x == v; });
  };
  Value x = pixels;
  if (!all_are(input.mean, 0)) x = subtract(x, by_channel("input.mean", input.mean), "input.centred");
  if (!all_are(input.stddev, 1)) x = divide(x, by_channel("input.stddev", input.stddev), "input.standardized");
  return x;
}

}  // namespace

void write_onnx(const Graph& graph, const Store& store, const std::map<std::string, Value>& inputs,
                const std::map<std::string, Value>& outputs, const std::filesystem::path& file,
                const OnnxExportOptions& options) {
  write_onnx_file(OnnxExporter(graph, store, inputs, outputs, options).run(), file, options.external_data);
}

void write_onnx(const Model& model, const std::filesystem::path& file, OnnxExportOptions options) {
  constexpr std::int64_t samples = 2;
  Graph g;
  g.set_mode(Mode::prediction);
  const InputSpec& input = model.input();
  const Value image = g.input(
      "image", {.shape = {samples, input.channels, picture_height(input), picture_width(input)}, .image = true});
  const Value logits = model.build(standardized_pixels(image, input)).logits;
  std::string labels;
  for (const std::string& label : model.labels()) labels += (labels.empty() ? "" : "\n") + label;
  if (!labels.empty()) options.metadata.try_emplace("labels", labels);
  options.metadata.try_emplace("pixels", "0..1");
  options.metadata.try_emplace("shorter_side", std::to_string(input.shorter_side));
  write_onnx(g, Store(), {{"image", image}}, {{options.softmax ? "probabilities" : "logits", logits}}, file, options);
}

}  // namespace backflow::models
