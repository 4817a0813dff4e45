// Small graphs and test-only ops for the tests of the runtime.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow::graphs {

/// A training step of linear and relu layers: inputs "x" [N, widths[0]], "labels" [N], "lr" [1]; output "loss".
inline void mlp_step(Graph& g, std::int64_t batch, const std::vector<std::int64_t>& widths,
                     const SgdOptions& options = {.momentum = 0.9F}) {
  Value h = g.input("x", {{batch, widths[0]}});
  const Value labels = g.input("labels", {{batch}, Type::s32}), rate = g.input("lr", {{1}});
  for (std::size_t i = 1; i < widths.size(); ++i) {
    h = linear(h, {.out = widths[i], .name = "fc" + std::to_string(i)});
    if (i + 1 < widths.size()) h = relu(h);
  }
  const Value loss = softmax_cross_entropy(h, labels);
  const auto parameters = g.parameters();
  const auto gradients = gradient({loss}, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate, options);
  g.output("loss", loss);
}

/// y = x; calls `body` with the tile's first row before it copies. Cut by rows as if it took `nanoseconds`.
class Probe final : public Op {
 public:
  using Body = std::function<void(std::int64_t)>;
  Probe(Body body, double nanoseconds, bool in_place)
      : body_(std::move(body)), nanoseconds_(nanoseconds), in_place_(in_place) {}

  std::string kind() const override { return "probe"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  void gradient(Backward& b) const override { b.set(0, b.grad_output()); }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, nanoseconds_); }
  std::optional<std::size_t> may_overwrite(std::size_t) const override {
    return in_place_ ? std::optional<std::size_t>(0) : std::nullopt;
  }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const auto n = static_cast<std::size_t>(elements(out[0].shape)) * size_of(out[0].whole.type);
    return loop_kernel([body = body_, row = out[0].begin[0], n](const Buffers& b) {
      if (body) body(row);
      std::memmove(b.out[0], b.in[0], n);
    });
  }

 private:
  Body body_;
  double nanoseconds_;
  bool in_place_;
};

inline Value probe(Value x, Probe::Body body, const std::string& name = "", double nanoseconds = 1000,
                   bool in_place = false) {
  return x.graph->add(std::make_shared<Probe>(std::move(body), nanoseconds, in_place), {x}, name)[0];
}

/// y = x; reads and writes one memory order alone. Not cut.
class InLayout final : public Op {
 public:
  explicit InLayout(std::string order) : layout_(std::move(order)) {}
  std::string kind() const override { return "in_layout"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Layouts layouts(const Signature&, std::span<const Layout>) const override { return {{layout_}, {layout_}}; }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const auto n = static_cast<std::size_t>(physical_elements(out[0].shape, out[0].layout));
    return loop_kernel([n](const Buffers& b) { std::copy_n(b.input(), n, b.output()); });
  }

 private:
  Layout layout_;
};

inline Value in_layout(Value x, const std::string& order, const std::string& name = "") {
  return x.graph->add(std::make_shared<InLayout>(order), {x}, name)[0];
}

inline std::string names(const Plan& plan) {
  std::string text;
  for (const PlanNode& n : plan.nodes) text += (text.empty() ? "" : " ") + n.name;
  return text;
}

inline const PlanNode& node(const Plan& plan, std::string_view name) {
  for (const PlanNode& n : plan.nodes)
    if (n.name == name) return n;
  fail("there is no node ", name, ", but ", names(plan));
}

inline const PlanValue& value(const Plan& plan, std::string_view name) {
  for (const PlanValue& v : plan.values)
    if (v.name == name) return v;
  fail("there is no value ", name);
}

}  // namespace backflow::graphs
