// What is done to the sums of a convolution: bias, residual, clamp and, in gradients, the gate of the clamp before.
#include <backflow/ops/detail/epilogue.h>

#include <algorithm>
#include <cmath>

#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/convolution.h"
#include "tests/support/graphs.h"
#include "tests/support/preconditions.h"

using namespace backflow;

namespace {

using Layer = std::function<Value(Value)>;

struct Case {
  Shape x;
  Conv2dOptions o;  // as many channels as x has, so that x can be the residual
};

const Case kCases[] = {{{2, 16, 5, 5}, {.out = 16, .kernel = 3, .padding = 1}},                // Winograd, if frozen
                       {{2, 16, 5, 4}, {.out = 16}},                                           // pointwise, if frozen
                       {{1, 35, 3, 4}, {.out = 35}},                                           //
                       {{3, 5, 4, 6}, {.out = 5, .kernel = 5, .padding = 2}},                  // oneDNN's
                       {{2, 16, 6, 5}, {.out = 16, .kernel = 3, .padding = 1, .groups = 16}},  //
                       {{1, 32, 9, 8}, {.out = 32, .kernel = 5, .padding = 2, .groups = 32}}};

/// One step behind another, of numbers of any kind.
template <class T>
void clamp(proof::Array<T>& a, double high) {
  for (auto& v : a.data) v = proof::real(v) <= 0 ? 0.0 * v : proof::real(v) >= high ? 0.0 * v + high : v;
}

/// act(conv(h) + b + h) with h = act(x): the gradient by x sums, and is gated by h.
Value block(const Case& c, const Layer& act, const std::vector<Value>& v) {
  const Value h = act(v[0]);
  return act(add(conv2d(h, v[1], v[2], c.o), h));
}

struct BlockReference {
  Conv2dOptions o;
  double high;

  template <class T>
  proof::Array<T> operator()(std::vector<proof::Array<T>> in) const {
    clamp(in[0], high);
    auto y = proof::ConvReference{o}(in);
    for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] += in[0].data[i];
    clamp(y, high);
    return y;
  }
};

std::string kinds(const Plan& plan) {
  std::string result;
  for (const PlanNode& n : plan.nodes) result += (result.empty() ? "" : " ") + n.op->kind();
  return result;
}

/// y and the gradient by x. Where `between` is read by somebody else, nothing is fused.
std::vector<float> run(const Shape& x_shape, const Layer& network, bool frozen, int threads) {
  Graph g;
  const Value x = g.input("x", {x_shape}), y = network(x);
  g.output("y", y);
  g.output("dx", gradient({y}, {x}, {g.input("dy", y.spec())})[0]);
  Store store;
  if (frozen) store.freeze();
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  const auto a = proof::detail::random_cotangent(x.shape()), b = proof::detail::random_cotangent(y.shape());
  std::transform(a.rbegin(), a.rend(), flow.input("x").as().begin(), [](double v) { return 4 * v; });
  std::copy(b.begin(), b.end(), flow.input("dy").as().begin());
  flow.run();
  std::vector<float> result(flow.output("y").begin(), flow.output("y").end());
  result.insert(result.end(), flow.output("dx").begin(), flow.output("dx").end());
  return result;
}

/// Whether a NaN at a pixel of x is in all outputs of the pixel, whose windows all see it.
void check_nan(const Case& c, const Layer& network, bool frozen) {
  Graph g;
  const Value x = g.input("x", {c.x}), y = network(x);
  g.output("y", y);
  Store store;
  if (frozen) store.freeze();
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  const std::int64_t plane = c.x[2] * c.x[3], pixel = plane / 2;
  for (std::int64_t channel = 0; channel < c.x[1]; ++channel) flow.input("x").as()[channel * plane + pixel] = NAN;
  flow.run();
  for (std::int64_t channel = 0; channel < c.o.out; ++channel)
    BOOST_TEST(std::isnan(flow.output("y")[channel * plane + pixel]),
               to_string(c.x) << (frozen ? " frozen" : "") << ", channel " << channel);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(epilogue)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (const Case& c : kCases)
    for (const double high : {6.0, std::numeric_limits<double>::infinity()})
      for (const bool frozen : {false, true}) {
        const Shape w{c.o.out, c.x[1] / c.o.groups, c.o.kernel.h, c.o.kernel.w};
        const Layer act = [&](Value v) { return high == 6 ? relu6(v) : relu(v); };
        proof::prove(str_cat("residual block ", to_string(c.x), " * ", to_string(w), frozen ? " frozen" : ""),
                     {{.shape = c.x, .stddev = 4},
                      {.shape = w, .parameter = true, .differentiate = !frozen},
                      {.shape = {c.o.out}, .parameter = true, .differentiate = !frozen}},
                     [&](Graph&, const auto& v) { return block(c, act, v); }, BlockReference{c.o, high},
                     {.reduction = elements(w) / c.o.out, .frozen = frozen});
      }
}

BOOST_AUTO_TEST_CASE(of_numbers_of_bf16_is_as_exact, *needs_bf16()) {
  for (const Case& c : kCases) {
    const Shape w{c.o.out, c.x[1] / c.o.groups, c.o.kernel.h, c.o.kernel.w};
    // The residual, one number, is no number of bf16 where it was rounded first: it is given.
    proof::prove(
        str_cat("residual in bf16 ", to_string(c.x), " * ", to_string(w)), {{c.x}, {w, true, false}, {c.x}},
        [&](Graph&, const auto& v) { return relu6(add(conv2d(v[0], v[1], Value{}, c.o), v[2])); },
        [&](auto in) {
          auto y = proof::ConvReference{c.o}(std::vector{in[0], in[1]});
          for (std::size_t i = 0; i < y.data.size(); ++i) y.data[i] += in[2].data[i];
          clamp(y, 6);
          return y;
        },
        {.reduction = elements(w) / c.o.out, .bf16 = true});
  }
}

BOOST_AUTO_TEST_CASE(is_one_node_forward_and_one_backward) {
  for (const bool frozen : {false, true}) {
    Graph g;
    const Value x = g.input("x", {{2, 16, 12, 12}});
    Value h = relu6(x);
    for (int i = 0; i < 2; ++i)
      h = relu6(add(h, conv2d(h, {.out = 16, .kernel = 3, .padding = 1, .name = str_cat("c", i)})));
    g.output("y", h);
    g.output("dx", gradient(h, x));
    const Plan plan = compile(g, {}, {.frozen = frozen});
    const auto count = [&](const std::string& kind) {
      std::ptrdiff_t n = 0;
      for (const PlanNode& node : plan.nodes) n += node.op->kind() == kind;
      return n;
    };
    BOOST_CHECK_MESSAGE(count("conv2d+sum+relu6") == 2 && count("conv2d_data_gradient+sum+relu6_gradient") == 2,
                        kinds(plan));
    BOOST_CHECK_MESSAGE(count("sum") == 0 && count("relu6_gradient") == 1, kinds(plan));  // that of the output
  }
}

BOOST_AUTO_TEST_CASE(has_the_bits_of_separate_nodes_at_any_number_of_threads) {
  const Case cases[] = {{{3, 16, 24, 21}, {.out = 16, .kernel = 3, .padding = 1}},
                        {{1, 48, 40, 24}, {.out = 48, .kernel = 3, .padding = 1}},  // cut into rows
                        {{1, 40, 31, 33}, {.out = 40}},
                        {{3, 150, 9, 8}, {.out = 150}},
                        {{4, 6, 9, 9}, {.out = 6, .kernel = 5, .padding = 2}},
                        {{2, 32, 17, 18}, {.out = 32, .kernel = 3, .padding = 1, .groups = 32}}};
  for (const Case& c : cases)
    for (const bool frozen : {false, true}) {
      const auto block = [o = c.o](bool fused) {
        return [o, fused](Value x) {
          Graph& g = *x.graph;
          const Value h = relu6(x), one = conv2d(h, o), sum = add(one, h), y = relu(sum);
          if (fused) return y;
          const auto d = gradient({y}, {h, one}, {g.input("other", y.spec())});
          const char* names[] = {"one", "sum", "dh", "d_one"};  // read by somebody else, so that nothing is fused
          const Value values[] = {one, sum, d[0], d[1]};
          for (std::size_t i = 0; i < 4; ++i) g.output(names[i], values[i]);
          return y;
        };
      };
      const auto got = run(c.x, block(true), frozen, 1);
      for (const int threads : {2, 4, 8}) BOOST_CHECK(run(c.x, block(true), frozen, threads) == got);
      BOOST_CHECK_MESSAGE(run(c.x, block(false), frozen, 1) == got, to_string(c.x) << (frozen ? " frozen" : ""));
    }
}

BOOST_AUTO_TEST_CASE(a_nan_goes_through_the_clamp_after_a_residual) {
  for (const Case& c : kCases)
    for (const bool frozen : {false, true})
      for (const bool six : {false, true})
        check_nan(
            c,
            [&](Value x) {
              const Value sum = add(conv2d(x, c.o), x);
              return six ? relu6(sum) : relu(sum);
            },
            frozen);
}

BOOST_AUTO_TEST_CASE(a_nan_goes_through_the_clamp_after_a_convolution_of_our_own, *needs_avx512()) {
  for (std::size_t i = 0; i < 3; ++i)
    for (const bool six : {false, true})
      check_nan(
          kCases[i], [&](Value x) { return six ? relu6(conv2d(x, kCases[i].o)) : relu(conv2d(x, kCases[i].o)); }, true);
}

BOOST_AUTO_TEST_CASE(a_gradient_passes_where_a_clamp_made_a_nan) {
  const Case& c = kCases[0];
  for (const bool frozen : {false, true})
    for (const bool six : {false, true}) {
      Graph g;
      const Value x = g.input("x", {c.x}), h = six ? relu6(x) : relu(x), y = conv2d(h, c.o);
      g.output("dx", gradient({y}, {x}, {g.constant("dy", y.spec(), filled(1))})[0]);
      Store store;
      if (frozen) store.freeze();
      Scheduler scheduler(1);
      Flow flow(g, store, scheduler);
      std::fill(flow.input("x").as().begin(), flow.input("x").as().end(), NAN);
      flow.run();
      const auto dx = flow.output("dx");
      BOOST_TEST(std::none_of(dx.begin(), dx.end(), [](float d) { return d == 0; }));
    }
}

BOOST_AUTO_TEST_CASE(residual_and_gate_may_lie_among_other_channels, *needs_avx512()) {
  const auto network = [](bool apart) {
    return [apart](Value x) {
      Graph& g = *x.graph;
      const Value a = relu(conv2d(x, {.out = 16, .name = "a"})), b = relu(conv2d(x, {.out = 32, .name = "b"}));
      const Value both = concat(std::vector{a, b});
      if (apart) g.output("a", a), g.output("b", b);
      const Value y = add(conv2d(a, {.out = 16, .kernel = 3, .padding = 1, .name = "c"}), a);
      return concat(std::vector{relu(y), conv2d(both, {.out = 16, .name = "d"})});
    };
  };
  const Shape x{2, 16, 13, 14};
  BOOST_CHECK(run(x, network(false), true, 2) == run(x, network(true), true, 2));
}

BOOST_AUTO_TEST_CASE(batch_normalisation_takes_a_residual_and_a_clamp_too) {
  for (const bool training : {false, true}) {
    const auto network = [training](bool fused) {
      return [=](Value x) {
        const Value sum = add(batch_norm(conv2d(x, {.out = 6, .bias = false}), {.training = training}), x);
        if (!fused) x.graph->output("sum", sum);
        return relu6(sum);
      };
    };
    const Shape x{3, 6, 9, 7};
    for (const int threads : {1, 2, 4, 8})
      BOOST_CHECK(run(x, network(true), false, threads) == run(x, network(false), false, 1));
    Graph g;
    g.output("y", network(true)(g.input("x", {x})));
    BOOST_CHECK(graphs::names(fuse(prune(g))).ends_with("batch_norm+sum+relu6"));
  }
}

BOOST_AUTO_TEST_CASE(only_a_clamp_follows_a_residual) {
  Graph g;
  const Value x = g.input("x", {{2, 4, 6, 6}});
  g.output("y", tanh(add(conv2d(x, {.out = 4, .name = "conv"}), x)));
  BOOST_CHECK_EQUAL(graphs::names(fuse(prune(g))), "conv+sum tanh");
}

BOOST_AUTO_TEST_SUITE_END()
