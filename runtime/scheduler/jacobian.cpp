#include <backflow/runtime/scheduler/jacobian.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/runtime/flow/flow.h>

namespace backflow {
namespace {

constexpr std::int64_t kSeeds = 4;  // backward passes that share a forward pass; never a function of the threads

std::string seed_name(std::int64_t k) { return str_cat("jacobian.seed.", k); }
std::string row_name(std::int64_t k) { return str_cat("jacobian.row.", k); }

/// What y and x depend on, as a graph of its own, so that seeds and gradients are not added to the caller's.
struct Slab {
  Graph graph;
  Value y, x;

  Slab(Value of, Value by) {
    require(of && by && of.graph == by.graph, "[jacobian] both values need to belong to one graph");
    for (const Value& v : {of, by})
      require(v.spec().type == Type::f32, "[jacobian] '", v.graph->node(v).name, "' needs to be f32, it is ",
              to_string(v.spec()));
    const Graph& source = *of.graph;
    std::vector<bool> needed(source.size());
    needed[of.node] = needed[by.node] = true;
    for (std::size_t n = source.size(); n-- > 0;)
      if (needed[n])
        for (const Value& v : source.node(n).in) needed[v.node] = true;
    std::vector<std::vector<Value>> copies(source.size());
    for (std::size_t n = 0; n < source.size(); ++n)
      if (needed[n]) copies[n] = copy(source.node(n), copies);
    y = copies[of.node].at(of.index);
    x = copies[by.node].at(by.index);
  }

 private:
  std::vector<Value> copy(const Node& node, const std::vector<std::vector<Value>>& copies) {
    switch (node.leaf) {
      case Leaf::input:
        return {graph.input(node.name, node.out[0])};
      case Leaf::parameter:
        return {graph.parameter(node.name, node.out[0], node.initial)};
      case Leaf::state:
        return {graph.state(node.name, node.out[0], node.initial)};
      case Leaf::constant:
        return {graph.constant(node.name, node.out[0], node.initial)};
      case Leaf::none:
        break;
    }
    for (std::size_t i = 0; i < node.out.size(); ++i)
      require(!node.op->overwrites(i), "[jacobian] '", node.name, "' would overwrite a stored value");
    std::vector<Value> in;
    for (const Value& v : node.in) in.push_back(copies[v.node].at(v.index));
    return graph.add(node.op, in, node.name);
  }
};

using Values = std::map<std::string, std::vector<float>>;

void fill(Tensor& input, const std::string& name, const std::vector<float>& values) {
  require(static_cast<std::int64_t>(values.size()) == elements(input.shape()), "[jacobian] input '", name,
          "' has shape ", to_string(input.spec()), ", but ", values.size(), " values were given");
  if (input.spec().type == Type::f32) std::copy(values.begin(), values.end(), input.as().begin());
  if (input.spec().type == Type::s32) std::copy(values.begin(), values.end(), input.as<std::int32_t>().begin());
  if (input.spec().type == Type::u8) std::copy(values.begin(), values.end(), input.as<std::uint8_t>().begin());
  require(input.spec().type != Type::bf16, "[jacobian] input '", name, "' of bf16 cannot be set");
}

/// Writes the point's inputs, but for those whose names begin with "jacobian.", which are ours.
void set_inputs(Flow& flow, const Graph& graph, const Values& given) {
  for (std::size_t n = 0; n < graph.size(); ++n) {
    const Node& node = graph.node(n);
    if (node.leaf != Leaf::input || !flow.has_input(node.name) || node.name.starts_with("jacobian.")) continue;
    auto found = given.find(node.name);
    require(found != given.end(), "[jacobian] input '", node.name, "' has no value");
    fill(flow.input(node.name), node.name, found->second);
  }
}

void check_vector(std::span<const float> v, Value like) {
  require(static_cast<std::int64_t>(v.size()) == elements(like.shape()),
          "[jacobian] the vector needs the elements of '", like.graph->node(like).name, "', ", to_string(like.spec()),
          ", got ", v.size());
}

/// The value of `result` at the point, in its shape, where our input `name` has the values v.
Tensor evaluate(Graph& graph, Value result, const Point& at, const std::string& name, std::span<const float> v) {
  graph.output(row_name(0), result);
  Flow flow(graph, at.store, at.scheduler, {.name = "jacobian"});
  set_inputs(flow, graph, at.inputs);
  if (flow.has_input(name)) std::copy(v.begin(), v.end(), flow.input(name).as().begin());
  flow.run();
  return {result.shape(), flow.output(row_name(0))};
}

/// What all jobs of one Jacobian share.
struct Progress {
  std::int64_t rows, columns, at_once;
  Tensor result;
  std::atomic<std::int64_t> next{0};

  Progress(std::int64_t m, std::int64_t n) : rows(m), columns(n), at_once(std::min(m, kSeeds)), result({{m, n}}) {}
};

/// Computes rows until none is left. Which job computes a row does not change its bits: all have the same flow.
class Rows final : public Job {
 public:
  Rows(std::unique_ptr<Flow> flow, Progress& progress) : flow_(std::move(flow)), progress_(progress) {}

  Flow* next() override {
    if (first_ >= 0) take();
    first_ = progress_.next.fetch_add(progress_.at_once);
    if (first_ >= progress_.rows) return nullptr;
    for (std::int64_t k = 0; k < progress_.at_once; ++k) set_seed(k, 1);
    return flow_.get();
  }

 private:
  void set_seed(std::int64_t k, float value) {
    if (first_ + k < progress_.rows && flow_->has_input(seed_name(k)))
      flow_->input(seed_name(k)).as()[static_cast<std::size_t>(first_ + k)] = value;
  }

  void take() {
    for (std::int64_t k = 0; k < progress_.at_once && first_ + k < progress_.rows; ++k) {
      const auto row = flow_->output(row_name(k));
      std::copy(row.begin(), row.end(), progress_.result.as().begin() + (first_ + k) * progress_.columns);
      set_seed(k, 0);
    }
  }

  std::unique_ptr<Flow> flow_;
  Progress& progress_;
  std::int64_t first_ = -1;
};

/// Waits for all, then throws what the first that failed threw.
void wait_for_all(std::vector<JobHandle>& jobs, Progress& progress) {
  std::exception_ptr first;
  for (JobHandle& job : jobs) {
    try {
      job.wait();
    } catch (...) {
      if (!first) first = std::current_exception();
      progress.next = progress.rows;
    }
  }
  if (first) std::rethrow_exception(first);
}

/// J v as the gradient of vᵀ J, with the inputs seed 0, of which it is independent, and seed 1, which is v; empty where
/// an op's gradient has no gradient.
Value tangent(Slab& part) {
  const Value seed = part.graph.input(seed_name(0), part.y.spec());
  const Value direction = part.graph.input(seed_name(1), part.x.spec());
  const Value product = gradient({part.y}, {part.x}, {seed}).front();
  try {
    return gradient({product}, {seed}, {direction}).front();
  } catch (const Error&) {
    return {};
  }
}

/// J v row by row, each sum from left to right.
Tensor multiplied(const Tensor& j, std::span<const float> v, const Spec& y) {
  Tensor result(y);
  for (std::size_t i = 0; i < result.as().size(); ++i) {
    double total = 0;
    for (std::size_t k = 0; k < v.size(); ++k) total += static_cast<double>(j.as()[i * v.size() + k]) * v[k];
    result.as()[i] = static_cast<float>(total);
  }
  return result;
}

}  // namespace

Tensor jacobian(Value y, Value x, const Point& at) {
  Slab part(y, x);
  Progress progress(elements(y.shape()), elements(x.shape()));
  for (std::int64_t k = 0; k < progress.at_once; ++k) {
    const Value seed = part.graph.input(seed_name(k), y.spec());
    part.graph.output(row_name(k), gradient({part.y}, {part.x}, {seed}).front());
  }
  const std::int64_t steps = (progress.rows + progress.at_once - 1) / progress.at_once;
  std::vector<std::unique_ptr<Flow>> flows;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(at.scheduler.threads(), steps); ++i) {
    flows.push_back(std::make_unique<Flow>(part.graph, at.store, at.scheduler, FlowOptions{.name = "jacobian"}));
    set_inputs(*flows.back(), part.graph, at.inputs);
  }
  std::vector<JobHandle> jobs;
  for (auto& flow : flows)
    jobs.push_back(at.scheduler.submit(std::make_unique<Rows>(std::move(flow), progress), {.name = "jacobian"}));
  wait_for_all(jobs, progress);
  return std::move(progress.result);
}

Tensor vector_jacobian_product(Value y, Value x, std::span<const float> v, const Point& at) {
  check_vector(v, y);
  Slab part(y, x);
  const Value seed = part.graph.input(seed_name(0), y.spec());
  return evaluate(part.graph, gradient({part.y}, {part.x}, {seed}).front(), at, seed_name(0), v);
}

Tensor jacobian_vector_product(Value y, Value x, std::span<const float> v, const Point& at) {
  check_vector(v, x);
  Slab part(y, x);
  const Value product = tangent(part);
  if (!product) return multiplied(jacobian(y, x, at), v, y.spec());
  return evaluate(part.graph, product, at, seed_name(1), v);
}

}  // namespace backflow
