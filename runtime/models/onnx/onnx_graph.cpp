#include <backflow/runtime/models/onnx/onnx_graph.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_constants.h>

namespace backflow::models {
namespace {

// What a small file could ask for is bounded: numbers of all constants that are computed, beyond four times those of
// the file, and of one value.
constexpr std::int64_t kMaxConstants = 1 << 26;
// Numbers of one value: these, and a multiple of the inputs'.
constexpr std::int64_t kUsualNumbers = 1 << 26, kNumbersOfInput = 256;

/// Weights [in, out] as [out, in].
OnnxTensor transposed(const OnnxTensor& t) {
  const auto rows = static_cast<std::size_t>(t.shape[0]), columns = static_cast<std::size_t>(t.shape[1]);
  std::vector<float> values(t.floats->size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) values[c * rows + r] = (*t.floats)[r * columns + c];
  return onnx_floats({t.shape[1], t.shape[0]}, std::move(values));
}

class OnnxBuilder {
 public:
  OnnxBuilder(const OnnxFile& file, Graph& graph, OnnxRequest request)
      : file_(file), graph_(graph), request_(std::move(request)) {
    for (const auto& [name, tensor] : file.initializers) {
      built_.values[name] = {{}, tensor, name, tensor.element_type()};
      most_folded_ += 4 * elements(tensor.shape);
    }
    for (auto& [name, value] : request_.inputs) {
      numbers_ += elements(value.shape());
      if (batch_ == 0 && !value.shape().empty()) batch_ = value.shape()[0];
      built_.values[name] = std::move(value);
    }
  }

  OnnxBuilt run() {
    for (const OnnxNode& n : file_.nodes) visit(n);
    return std::move(built_);
  }

 private:
  using Inputs = std::vector<const OnnxValue*>;

  void visit(const OnnxNode& n) {
    require(!n.out.empty(), n.where(), " defines no value");
    const Inputs in = inputs_of(n);
    if (request_.passed.contains(n.out[0])) {
      require(!in.empty() && in[0], n.where(), " needs an input");
      define(n, {*in[0]});
    } else if (n.op == "Shape" || n.op == "Size") {
      define(n, {known(shape_of(n, in))});
    } else if (auto constant = fold(n, in)) {
      require(constant->shape.size() <= kMaxAxes, n.where(), " makes a constant of ", constant->shape.size(),
              " axes, at most ", kMaxAxes, " are supported");
      folded_ += elements(constant->shape);
      require(folded_ <= most_folded_, n.where(), " makes more constants than ", most_folded_, " numbers");
      define(n, {known(std::move(*constant))});
    } else {
      define(n, compute(n, in));
    }
  }

  Inputs inputs_of(const OnnxNode& n) const {
    Inputs in;
    for (const std::string& name : n.in) {
      const auto found = built_.values.find(name);
      require(name.empty() || found != built_.values.end(), n.where(), " reads '", files::printable(name),
              built_.missing.contains(name) ? "', " + built_.missing.at(name) + ", which is not supported"
                                            : "', which nothing before it computes");
      in.push_back(name.empty() ? nullptr : &found->second);
    }
    return in;
  }

  void define(const OnnxNode& n, std::vector<OnnxValue> results) {
    for (std::size_t i = 0; i < n.out.size(); ++i) {
      if (n.out[i].empty()) continue;
      require(!built_.values.contains(n.out[i]), n.where(), " defines '", files::printable(n.out[i]),
              "', which exists already");
      if (i < results.size())
        built_.values[n.out[i]] = std::move(results[i]);
      else
        built_.missing[n.out[i]] = str_cat("output ", i, " of ", n.where().substr(7));
    }
  }

  static OnnxValue known(OnnxTensor t) {
    const OnnxType type = t.element_type();
    return {{}, std::move(t), "", type};
  }

  static OnnxTensor shape_of(const OnnxNode& n, const Inputs& in) {
    require(in.size() == 1 && in[0], n.where(), " needs one input");
    const Shape& shape = in[0]->shape();
    if (n.op == "Size") return {{}, nullptr, {elements(shape)}};
    const auto rank = static_cast<std::int64_t>(shape.size());
    auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const std::int64_t begin = place(n.integer("start", 0)), end = std::max(begin, place(n.integer("end", rank)));
    return onnx_integers({shape.begin() + begin, shape.begin() + end});
  }

  std::optional<OnnxTensor> fold(const OnnxNode& n, const Inputs& in) const {
    std::vector<const OnnxTensor*> constants;
    for (const OnnxValue* v : in) {
      if (v && !v->constant) return {};
      constants.push_back(v ? &*v->constant : nullptr);
    }
    return fold_onnx(n, file_.opset, constants);
  }

  std::vector<OnnxValue> compute(const OnnxNode& n, const Inputs& in) {
    const auto op = onnx_ops().find(n.op);
    require(op != onnx_ops().end(), n.where(), " needs a constant as each input");
    const std::string name = n.name.empty() ? n.out[0] : n.name;
    const bool taken = file_.initializers.contains(name);
    try {
      OnnxCall call(graph_, n, taken ? name + ".node" : name, file_.opset, in);
      call.samples = request_.samples;
      auto results = op->second(call);
      for (const OnnxValue& y : results) check_size(n, y.shape());
      const OnnxValue& first = results.at(0);
      if (first.value && (first.shape().size() == 2 || first.value.spec().image) && first.shape()[0] == batch_)
        built_.layers.push_back({name, first.value});
      return results;
    } catch (const Error& e) {
      if (std::string(e.what()).starts_with("[onnx]")) throw;
      fail(n.where(), ": ", e.what());
    }
  }

  void check_size(const OnnxNode& n, const Shape& s) const {
    const std::int64_t most = std::min(kMaxElements, kUsualNumbers + kNumbersOfInput * numbers_);
    require(elements(s) <= most, n.where(), " would have shape ", to_string(s), ", more than ", most,
            " numbers, for inputs of ", numbers_);
  }

  const OnnxFile& file_;
  Graph& graph_;
  OnnxRequest request_;
  OnnxBuilt built_;
  std::int64_t folded_ = 0, most_folded_ = kMaxConstants;
  std::int64_t numbers_ = 0, batch_ = 0;  // of the inputs, of the first one
};

}  // namespace

const OnnxValue& OnnxBuilt::at(const std::string& name) const {
  const auto found = values.find(name);
  const auto left_out = missing.find(name);
  if (left_out != missing.end())
    fail("[onnx] '", files::printable(name), "' is ", left_out->second, ", which is not supported");
  require(found != values.end(), "[onnx] nothing computes the output '", files::printable(name), "'");
  return found->second;
}

void check_onnx_ops(const OnnxFile& file, const std::string& path) {
  std::map<std::string, int> missing;
  for (const OnnxNode& n : file.nodes)
    if (!onnx_ops().contains(n.op) && !foldable_onnx_ops().contains(n.op)) ++missing[n.op];
  constexpr std::size_t longest = 400;  // more than any file has that is not damaged
  std::string list;
  for (const auto& [op, count] : missing)
    if (list.size() < longest) list += str_cat(list.empty() ? "" : ", ", files::printable(op), " (", count, "×)");
  require(missing.empty(), "[onnx] ", path, " has ops that are not supported: ", list);
}

void turn_onnx_weights(OnnxFile& file) {
  std::map<std::string, int> readers;
  for (const OnnxNode& n : file.nodes)
    for (const std::string& name : n.in) ++readers[name];
  for (OnnxNode& n : file.nodes) {
    const bool product = (n.op == "Gemm" && n.integer("transB", 0) == 0) || n.op == "MatMul";
    if (!product || n.in.size() < 2 || readers[n.in[1]] != 1) continue;
    const auto weights = file.initializers.find(n.in[1]);
    if (weights == file.initializers.end() || weights->second.is_integer() || weights->second.shape.size() != 2)
      continue;
    weights->second = transposed(weights->second);
    n.attributes["transB"] = std::int64_t{1};
  }
}

OnnxBuilt build_onnx(const OnnxFile& file, Graph& graph, OnnxRequest request) {
  return OnnxBuilder(file, graph, std::move(request)).run();
}

}  // namespace backflow::models
