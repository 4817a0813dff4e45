// What the activations share that are a plain loop: y = f(x) elementwise, with its gradient. F is a small struct:
//   kind()               the op's name
//   value(x)             f(x)
//   gradient(dy, from)   dy · f′, from y if `from_output`, else from x; without it f′ is zero everywhere
//   from_output          beside gradient()
//   details()            optional: its options for images
//   options()            optional: as OpTraits has them
//   rectifier            optional: as OpTraits has it
// Internal to ops/.
#pragma once

#include <memory>
#include <string>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/graph.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {

/// dx = dy · f′
template <class F>
class ElementwiseFunctionGradient final : public Op {
 public:
  explicit ElementwiseFunctionGradient(F f) : f_(f) {}

  std::string kind() const override { return f_.kind() + "_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  /// dx is linear in dy, by the same factors.
  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0, b.add(std::make_shared<ElementwiseFunctionGradient>(*this), {b.grad_output(), b.input(1)}));
  }
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    const Layout from = offered[1].is_any() ? Layout() : offered[1];  // what is kept needs no reorder
    return {{from, from}, {from}};
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
    return loop_kernel([n, f = f_](const Buffers& b) {
      const float *dy = b.input(0), *from = b.input(1);
      float* dx = b.output();
      for (std::int64_t i = 0; i < n; ++i) dx[i] = f.gradient(dy[i], from[i]);
    });
  }

 private:
  F f_;
};

template <class F>
class ElementwiseFunction final : public Op {
 public:
  explicit ElementwiseFunction(F f = {}) : f_(f) {}

  OpTraits traits() const override {
    OpTraits t{.locality = Locality::pointwise};
    if constexpr (requires { F::rectifier; }) t.rectifier = F::rectifier;
    if constexpr (requires { f_.options(); }) t.options = [this] { return f_.options(); };
    return t;
  }
  std::string kind() const override { return f_.kind(); }
  std::string details() const override {
    if constexpr (requires { f_.details(); }) return f_.details();
    return {};
  }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].type == Type::f32, "[", kind(), "] needs an f32 value, got ", to_string(in[0]));
    return {in[0]};
  }
  void gradient(Backward& b) const override {
    if constexpr (requires { F::from_output; }) {
      const Value from = F::from_output ? b.output(0) : b.input(0);
      b.set(0, b.add(std::make_shared<ElementwiseFunctionGradient<F>>(f_), {b.grad_output(), from}));
    }
  }
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
    return loop_kernel([n, f = f_](const Buffers& b) {
      const KeepDenormals scope;
      const float* x = b.input();
      float* y = b.output();
      for (std::int64_t i = 0; i < n; ++i) y[i] = f.value(x[i]);
    });
  }

 private:
  F f_;
};

template <class F>
Value elementwise_function(Value x, const std::string& name, F f = {}) {
  return x.graph->add(std::make_shared<ElementwiseFunction<F>>(f), {x}, name)[0];
}

}  // namespace backflow
