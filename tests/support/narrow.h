// Kernels for bf16 that only move, compare or add numbers: on numbers of bf16 they give what the kernels for f32 give,
// rounded.
#pragma once

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <backflow/graph/bf16.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/runtime/flow/tensor.h>
#include "tests/support/test.h"

namespace backflow::narrowness {

inline Tensor narrowed(const Tensor& t) {
  Tensor result({t.shape(), Type::bf16});
  for (std::size_t i = 0; i < t.as().size(); ++i) result.as<Bf16>()[i] = Bf16::of(t.as()[i]);
  return result;
}

inline Tensor widened(const Tensor& t) {
  Tensor result(Spec{t.shape()});
  for (std::size_t i = 0; i < t.as<Bf16>().size(); ++i) result.as()[i] = static_cast<float>(t.as<Bf16>()[i]);
  return result;
}

/// Runs one op; all tensors are row-major here, its kernel sees the layouts that it likes.
inline std::vector<Tensor> run(const Op& op, const std::vector<Tensor>& in, const std::vector<Spec>& out) {
  const KernelThread thread;
  Signature s{{}, out};
  for (const Tensor& t : in) s.in.push_back(t.spec());
  const Layouts layouts = op.layouts(s, std::vector(in.size(), Layout::channels_last(in[0].shape().size())));
  std::vector<Tensor> ins, outs;
  std::vector<View> in_views, out_views;
  std::vector<const std::byte*> from;
  std::vector<std::byte*> to;
  for (std::size_t i = 0; i < in.size(); ++i) {
    ins.push_back(reordered(in[i], layouts.in[i]));
    in_views.push_back(whole_view(s.in[i], layouts.in[i]));
    from.push_back(ins.back().data());
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    outs.emplace_back(out[i], layouts.out[i]);
    out_views.push_back(whole_view(out[i], layouts.out[i]));
    to.push_back(outs.back().data());
  }
  const auto kernel = op.kernel(in_views, out_views);
  const Memory scratch(kernel->scratch_bytes());
  kernel->run({from.data(), to.data(), scratch.data()});
  for (Tensor& t : outs) t = reordered(t, Layout());
  return outs;
}

inline void compare(const std::string& what, const Tensor& wide, const Tensor& narrow, double tolerance) {
  const Tensor got = narrow.spec().type == Type::bf16 ? widened(narrow) : reordered(narrow, Layout());
  const Tensor expected = narrow.spec().type == Type::bf16 ? widened(narrowed(wide)) : reordered(wide, Layout());
  if (expected.spec().type != Type::f32) {
    BOOST_TEST(std::equal(expected.data(), expected.data() + expected.bytes(), got.data()), what << " differs");
    return;
  }
  for (std::size_t i = 0; i < expected.as().size(); ++i) {
    const double off = std::abs(double{got.as()[i]} - expected.as()[i]);
    if (off <= tolerance * std::abs(expected.as()[i])) continue;
    BOOST_ERROR(what << " at index " << i << ": expected " << expected.as()[i] << ", got " << got.as()[i]);
    return;
  }
}

/// Every node of `build` and of its gradients that has kernels for bf16. `tolerance` is relative.
inline void prove(const std::string& name, const std::vector<Shape>& inputs,
                  const std::function<Value(Graph&, const std::vector<Value>&)>& build, double tolerance = 0) {
  Graph g;
  std::vector<Value> in;
  for (const Shape& s : inputs) in.push_back(g.input(str_cat("x", in.size()), {s}));
  const Value y = build(g, in);
  gradient({y}, in, {g.input("cotangent", y.spec())});
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<std::vector<Tensor>> values(g.size());
  std::size_t proved = 0;
  for (std::size_t n = 0; n < g.size(); ++n) {
    const Node& node = g.node(n);
    if (!node.op) {
      Tensor t(node.out[0]);
      for (float& x : t.as()) x = static_cast<float>(Bf16::of(normal(engine)));
      values[n].push_back(std::move(t));
      continue;
    }
    Signature s{{}, node.out};
    std::vector<Tensor> wide, narrow;
    for (const Value& v : node.in) {
      s.in.push_back(v.spec());
      wide.push_back(reordered(values[v.node][v.index], Layout()));
      narrow.push_back(reordered(wide.back(), Layout()));
    }
    values[n] = run(*node.op, wide, node.out);
    const auto bf16 = node.op->traits().bf16;
    if (const Bf16Rule rules = bf16 ? bf16(s) : Bf16Rule{.pays = true}; !rules.pays) {
      ++proved;
      for (std::size_t i = 0; i < narrow.size(); ++i)
        if (rules.in.at(i)) narrow[i] = narrowed(narrow[i]);
      auto out = node.out;
      for (std::size_t i = 0; i < out.size(); ++i)
        if (rules.out.at(i)) out[i].type = Type::bf16;
      const auto got = run(*node.op, narrow, out);
      for (std::size_t i = 0; i < out.size(); ++i)
        compare(str_cat(name, ": ", node.name, ", output ", i), values[n][i], got[i], tolerance);
    }
    for (Tensor& t : values[n])
      if (t.spec().type == Type::f32) t = widened(narrowed(t));
  }
  BOOST_TEST(proved > 0U, name << " has no kernels for bf16");
}

}  // namespace backflow::narrowness
