// For frozen weights: what scales and shifts channels goes into the weights of the neighbouring convolution.
#include <algorithm>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class FoldPass {
 public:
  explicit FoldPass(Plan plan)
      : plan_(std::move(plan)), producers_(plan_.producers()), readers_(plan_.readers()), before_(plan_.nodes.size()) {}

  Plan run() {
    std::vector<bool> gone(plan_.nodes.size());
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      if (const auto fold = plan_.nodes[n].op->traits().fold) gone[n] = into_producer(n, fold) || into_reader(n, fold);
    std::vector<PlanNode> nodes;
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      std::move(before_[n].begin(), before_[n].end(), std::back_inserter(nodes));
      if (!gone[n]) nodes.push_back(std::move(plan_.nodes[n]));
    }
    plan_.nodes = std::move(nodes);
    return std::move(plan_);
  }

 private:
  using Fold = decltype(OpTraits::fold);

  bool into_producer(std::size_t n, const Fold& folding) {
    PlanNode& node = plan_.nodes[n];
    const auto producer = producers_[node.in[0]];
    if (!producer || !is_between_two(node.in[0]) || !fold(n, *producer, ChannelScaling::of_output, folding))
      return false;
    PlanNode& convolution = plan_.nodes[*producer];
    convolution.name += "+" + node.op->kind();
    convolution.out = node.out;
    producers_[node.out[0]] = producer;
    return true;
  }

  bool into_reader(std::size_t n, const Fold& folding) {
    PlanNode& node = plan_.nodes[n];
    if (node.out.size() != 1 || !is_between_two(node.out[0])) return false;
    const std::size_t reader = readers_[node.out[0]][0];
    if (plan_.nodes[reader].in[0] != node.out[0] || !fold(n, reader, ChannelScaling::of_input, folding)) return false;
    plan_.nodes[reader].in[0] = node.in[0];
    std::replace(readers_[node.in[0]].begin(), readers_[node.in[0]].end(), n, reader);
    return true;
  }

  bool is_between_two(std::size_t value) const { return !plan_.values[value].kept && readers_[value].size() == 1; }

  /// Gives `into` the forms of its weights, if it can scale the channels that lie between the two and all that the
  /// forms are made of is frozen.
  bool fold(std::size_t n, std::size_t into, ChannelScaling between, const Fold& folding) {
    const PlanNode& node = plan_.nodes[n];
    PlanNode& convolution = plan_.nodes[into];
    const bool has_bias = convolution.in.size() > 2;
    const auto forms = convolution.op->traits().channel_scaling == between ? folding(between, has_bias) : std::nullopt;
    const auto is_frozen = [&](std::size_t v) {
      const Leaf leaf = plan_.values[v].leaf;
      return leaf == Leaf::parameter || leaf == Leaf::state || leaf == Leaf::constant;
    };
    if (!forms || !std::all_of(convolution.in.begin() + 1, convolution.in.end(), is_frozen) ||
        !std::all_of(node.in.begin() + 1, node.in.end(), is_frozen))
      return false;
    const auto inputs = [&](std::vector<std::size_t> in, const std::vector<std::size_t>& more) {
      for (std::size_t i : more) in.push_back(node.in[i]);
      return in;
    };
    convolution.in[1] = form(into, forms->weights, inputs({convolution.in[1]}, forms->weights_in));
    if (!forms->bias) return true;
    const std::vector<std::size_t> first(convolution.in.begin() + 2, convolution.in.end());
    convolution.in.resize(2);
    convolution.in.push_back(form(into, forms->bias, inputs(first, forms->bias_in)));
    return true;
  }

  std::size_t form(std::size_t into, const std::shared_ptr<const Op>& op, const std::vector<std::size_t>& in) {
    auto& known = forms_[{op->traits().weight_form, in}];
    if (known) return *known;
    std::vector<Spec> specs;
    for (std::size_t v : in) specs.push_back(plan_.values[v].spec);
    const std::string name = plan_.values[in[0]].name + "." + op->kind();
    const std::size_t id = plan_.add({name, op->infer(specs)[0], Leaf::none, {}});
    producers_.resize(plan_.values.size());
    readers_.resize(plan_.values.size());
    before_[into].push_back({name, plan_.nodes[into].role, op, in, {id}, {}, 1, 1, {}, {}});
    known = id;
    return id;
  }

  Plan plan_;
  std::vector<std::optional<std::size_t>> producers_;
  std::vector<std::vector<std::size_t>> readers_;
  std::vector<std::vector<PlanNode>> before_;  // forms that a node is the first to read
  std::map<std::pair<std::string, std::vector<std::size_t>>, std::optional<std::size_t>> forms_;
};

}  // namespace

Plan fold(Plan plan) { return FoldPass(std::move(plan)).run(); }

}  // namespace backflow
