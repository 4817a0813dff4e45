// The kernels of our own, where ops/conv2d.cpp and ops/conv2d_gradient.cpp choose them.
#include <set>

#include <backflow/ops/conv2d.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/convolution.h"
#include "tests/support/graphs.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;

namespace {

struct Case {
  Shape x;
  Conv2dOptions o;
};

std::string kinds(const Case& c, bool frozen) {
  Graph g;
  const Value x = g.input("x", {c.x}), y = conv2d(x, c.o);
  g.output("dx", gradient(y, x));
  g.output("y", y);
  std::string result;
  const std::set<std::string> own{"Winograd", "Winograd, 2×2 pixels at once", "pixelwise", "window by window"};
  const Plan plan = compile(g, {}, {.frozen = frozen});
  for (const PlanNode& n : plan.nodes) result += n.op->kind() + (own.contains(n.op->details()) ? "! " : " ");
  return result;
}

/// Output and data gradient beside the naive ones, with the same bits at any number of threads.
void check(const Case& c, bool frozen) {
  const Shape w{c.o.out, c.x[1], c.o.kernel.h, c.o.kernel.w};
  BOOST_TEST_CONTEXT(to_string(c.x) << " * " << to_string(w) << (frozen ? " frozen" : "")) {
    Graph g;
    const Value x = g.input("x", {c.x}), weights = g.parameter("w", {w}, normal(0, 0.1F));
    const Value bias = g.parameter("b", {{c.o.out}}, normal(0, 1));
    const Value y = conv2d(x, weights, bias, c.o), dy = g.input("dy", y.spec());
    g.output("y", y);
    g.output("dx", gradient({y}, {x}, {dy})[0]);
    BOOST_CHECK(memory_proof::violations(compile(g, {}, {.frozen = frozen})).empty());
    const auto a = proof::detail::random_cotangent(c.x), b = proof::detail::random_cotangent(y.shape());
    const auto run = [&](int threads) {
      Store store;
      if (frozen) store.freeze();
      Scheduler scheduler(threads);
      Flow flow(g, store, scheduler);
      std::copy(a.rbegin(), a.rend(), flow.input("x").as().begin());
      std::copy(b.begin(), b.end(), flow.input("dy").as().begin());
      flow.run();
      const auto copy = [&](const char* name) {
        return std::vector(flow.output(name).begin(), flow.output(name).end());
      };
      return std::pair(copy("y"), copy("dx"));
    };
    const auto got = run(1);
    for (const int threads : {2, 4, 8}) BOOST_CHECK(run(threads) == got);
    proof::Array<double> ax(c.x), aw(w), ab({c.o.out}), ady(y.shape());
    ax.data.assign(a.rbegin(), a.rend());
    ady.data = b;
    const Tensor first = draw("w", {w}, normal(0, 0.1F), 1), second = draw("b", {{c.o.out}}, normal(0, 1), 1);
    aw.data.assign(first.as().begin(), first.as().end());
    ab.data.assign(second.as().begin(), second.as().end());
    const double tolerance = 4e-6 * std::sqrt(static_cast<double>(elements(w) / std::min(w[0], w[1])));
    proof::detail::compare("y", got.first, proof::ConvReference{c.o}(std::vector{ax, aw, ab}).data, tolerance);
    proof::detail::compare("dx", got.second, proof::conv_data_gradient(ady, aw, c.x, c.o).data, tolerance);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fast_convolution_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_the_data_gradient, *needs_avx512()) {
  const Case cases[] = {{{2, 16, 21, 26}, {.out = 32, .kernel = 3, .padding = 1}},
                        {{1, 32, 34, 37}, {.out = 16, .kernel = 3}},
                        {{3, 48, 17, 19}, {.out = 48, .kernel = 3, .padding = 2}},
                        {{6, 16, 14, 13}, {.out = 64, .kernel = 3, .padding = {0, 1, 2, 0}}},
                        {{2, 3, 13, 11}, {.out = 37}},
                        {{3, 40, 17, 9}, {.out = 16}},
                        {{1, 17, 20, 14}, {.out = 50}},
                        {{4, 5, 9, 8}, {.out = 33, .padding = 1}},
                        {{2, 16, 12, 13}, {.out = 20, .padding = {2, 0, 1, 3}}}};
  for (const Case& c : cases)
    for (const bool frozen : {false, true}) {
      const std::string all = kinds(c, frozen || c.o.kernel == Pair(1));  // 1×1: with frozen weights alone
      BOOST_CHECK_MESSAGE(all.find("conv2d! ") != std::string::npos, all);
      BOOST_CHECK_MESSAGE(all.find("conv2d_data_gradient! ") != std::string::npos, all);
      check(c, frozen);
    }
}

BOOST_AUTO_TEST_CASE(windows_of_stride_2_over_an_image_agree_with_the_reference_forward_and_in_the_data_gradient,
                     *needs_avx512()) {
  const Case cases[] = {{{2, 3, 53, 50}, {.out = 32, .kernel = 7, .stride = 2}},
                        {{2, 3, 52, 49}, {.out = 48, .kernel = 7, .stride = 2, .padding = 3}},
                        {{3, 1, 41, 46}, {.out = 16, .kernel = 7, .stride = 2, .padding = {1, 2, 4, 3}}},
                        {{2, 4, 48, 55}, {.out = 16, .kernel = {5, 6}, .stride = 2, .padding = {3, 2, 0, 1}}},
                        {{2, 2, 60, 51}, {.out = 32, .kernel = 8, .stride = 2, .padding = 4}},
                        {{3, 3, 40, 41}, {.out = 16, .kernel = 5, .stride = 2, .padding = 2}},
                        {{2, 3, 54, 48}, {.out = 16, .kernel = {5, 6}, .stride = 2, .padding = {5, 5, 0, 0}}}};
  for (const Case& c : cases)
    for (const bool frozen : {false, true}) {
      BOOST_CHECK_EQUAL(kinds(c, frozen).find("conv2d! ") != std::string::npos, frozen && c.o.padding.left != 5);
      BOOST_CHECK(kinds(c, frozen).find("conv2d_data_gradient! ") != std::string::npos);
      check(c, frozen);
    }
}

BOOST_AUTO_TEST_CASE(gradients_satisfy_the_adjoint_identity, *needs_avx512()) {
  const Case c{{4, 32, 18, 15}, {.out = 16, .kernel = 3, .padding = 1}};
  const auto identity = [&](bool frozen) {
    Graph g;
    const Value x = g.input("x", {c.x}), w = g.parameter("w", {{16, 32, 3, 3}}, normal(0, 0.1F));
    const Value y = conv2d(x, w, Value{}, c.o), dy = g.input("dy", y.spec());
    g.output("y", y);
    g.output("dx", gradient({y}, {x}, {dy})[0]);
    Store store;
    if (frozen) store.freeze();
    Scheduler scheduler(2);
    Flow flow(g, store, scheduler);
    const auto a = proof::detail::random_cotangent(c.x), b = proof::detail::random_cotangent(y.shape());
    std::copy(a.begin(), a.end(), flow.input("x").as().begin());
    std::copy(b.begin(), b.end(), flow.input("dy").as().begin());
    flow.run();
    double left = 0, right = 0, size = 0;
    for (std::size_t i = 0; i < b.size(); ++i) left += b[i] * flow.output("y")[i];
    for (std::size_t i = 0; i < a.size(); ++i) {
      right += a[i] * flow.output("dx")[i];
      size += std::abs(a[i] * flow.output("dx")[i]);
    }
    BOOST_CHECK_SMALL(left - right, 1e-6 * size);
    return std::pair(left, right);
  };
  BOOST_CHECK(identity(false) == identity(true));  // the same bits, however often the weights are transformed
}

BOOST_AUTO_TEST_CASE(the_gradient_by_an_image_of_few_channels_agrees_with_the_reference, *needs_avx512()) {
  const Case cases[] = {{{1, 3, 19, 21}, {.out = 16, .kernel = 7, .stride = 2}},
                        {{1, 3, 18, 17}, {.out = 20, .kernel = 3, .padding = 1}},
                        {{2, 1, 16, 16}, {.out = 5, .kernel = {2, 5}, .stride = {3, 2}, .padding = {1, 0, 2, 3}}},
                        {{1, 4, 17, 20}, {.out = 3, .kernel = 3, .stride = 4}},  // pixels that no window sees
                        {{1, 2, 20, 16}, {.out = 7, .kernel = 5, .padding = 4}}};
  for (const Case& c : cases) {
    const Shape w{c.o.out, c.x[1], c.o.kernel.h, c.o.kernel.w};
    BOOST_CHECK(kinds(c, false).find("conv2d_data_gradient! ") != std::string::npos);
    proof::prove(str_cat("image gradient ", to_string(c.x), " * ", to_string(w)), {{c.x}, {w, true, false}},
                 [&](Graph&, const auto& v) { return conv2d(v[0], v[1], Value{}, c.o); }, proof::ConvReference{c.o},
                 {.reduction = elements(w) / c.x[1], .linear_in = {0}});
  }
}

BOOST_AUTO_TEST_CASE(the_weight_gradient_agrees_with_the_direct_one, *needs_avx512()) {
  const Case cases[] = {{{4, 32, 18, 15}, {.out = 16, .kernel = 3, .padding = 1}},
                        {{3, 16, 21, 22}, {.out = 48, .kernel = 3, .padding = {0, 2, 1, 0}}},
                        {{40, 16, 9, 10}, {.out = 32, .kernel = 3}}};
  for (const Case& c : cases) {
    const Shape w{c.o.out, c.x[1], 3, 3};
    Graph g;
    const Value x = g.input("x", {c.x}), weights = g.parameter("w", {w}, zeros());
    const Value y = conv2d(x, weights, Value{}, c.o), dy = g.input("dy", y.spec());
    g.output("dw", gradient({y}, {weights}, {dy})[0]);
    const auto a = proof::detail::random_cotangent(c.x), b = proof::detail::random_cotangent(y.shape());
    const std::map<std::string, std::vector<float>> inputs{{"x", {a.rbegin(), a.rend()}}, {"dy", {b.begin(), b.end()}}};
    const auto dw = outputs_of(g, inputs).at("dw");
    for (const int threads : {2, 4, 8}) BOOST_CHECK(outputs_of(g, inputs, threads).at("dw") == dw);
    proof::Array<double> ax(c.x), ady(y.shape());
    ax.data.assign(a.rbegin(), a.rend());
    ady.data = b;
    proof::detail::compare("weight gradient", dw, proof::conv_weight_gradient(ax, ady, w, c.o).data,
                           4e-6 * std::sqrt(static_cast<double>(elements(y.shape()) / c.o.out)));
  }
}

BOOST_AUTO_TEST_CASE(relus_around_it_are_fused_forward_and_backward, *needs_avx512()) {
  const Case cases[] = {{{2, 16, 24, 24}, {.out = 32, .kernel = 3, .padding = 1}},
                        {{2, 16, 24, 24}, {.out = 35, .padding = 1}},
                        {{2, 6, 9, 9}, {.out = 8, .kernel = 5}}};  // oneDNN's, with the mask behind it
  for (const Case& c : cases) {
    const Shape w{c.o.out, c.x[1], c.o.kernel.h, c.o.kernel.w};
    const auto rectify = [](auto& a) {
      for (auto& v : a.data)
        if (proof::real(v) < 0) v = 0;
    };
    const auto reference = [&](auto in) {
      rectify(in[0]);
      auto y = proof::ConvReference{c.o}(in);
      rectify(y);
      return y;
    };
    const proof::Builder build = [&](Graph&, const auto& v) { return relu(conv2d(relu(v[0]), v[1], v[2], c.o)); };
    const bool small = elements(c.x) < 1000;  // the exact gradient of a large one takes a minute
    proof::prove("relu, convolution, relu", {{c.x, false, small}, {w, true, false}, {{c.o.out}, true, false}}, build,
                 reference, {.reduction = elements(w) / c.o.out});
    Graph g;
    const Value x = g.input("x", {c.x});
    const Value y = build(g, {x, g.parameter("w", {w}, zeros()), g.parameter("b", {{c.o.out}}, zeros())});
    g.output("dx", gradient(y, x));
    BOOST_CHECK(graphs::names(fuse(prune(g))).ends_with("conv2d_data_gradient+relu_gradient"));
  }
}

BOOST_AUTO_TEST_CASE(a_mask_in_the_kernel_gives_the_bits_of_one_behind_it, *needs_avx512()) {
  for (const Conv2dOptions& o : {Conv2dOptions{.out = 32, .kernel = 3, .padding = 1}, Conv2dOptions{.out = 32}}) {
    const auto dx = [&](bool fused) {
      Graph g;
      const Value x = g.input("x", {{2, 16, 24, 21}}), h = relu(x);
      const Value y = conv2d(h, o);
      const auto d = gradient({y}, {x, h});
      g.output("dx", d[0]);
      if (!fused) g.output("dh", d[1]);  // somebody else reads it, so that the mask is a node of its own
      const auto input = proof::detail::random_cotangent(x.shape());
      return outputs_of(g, {{"x", {input.begin(), input.end()}}}, 2).at("dx");
    };
    BOOST_CHECK(dx(true) == dx(false));
  }
}

BOOST_AUTO_TEST_CASE(one_image_is_cut_into_tiles_of_rows, *needs_avx512()) {
  // With the number of nodes that are cut, of forward and data gradient.
  const std::pair<Case, std::size_t> cases[] = {
      {{{1, 64, 37, 40}, {.out = 32, .kernel = 3, .padding = 1}}, 2},
      {{{1, 32, 41, 33}, {.out = 48, .kernel = 3, .padding = {2, 0, 0, 1}}}, 2},
      {{{1, 3, 75, 60}, {.out = 64, .kernel = 7, .stride = 2, .padding = 3}}, 2},
      {{{1, 3, 98, 93}, {.out = 48, .kernel = 7, .stride = 2, .padding = {2, 1, 1, 0}}}, 2},
      {{{1, 3, 121, 110}, {.out = 64, .kernel = 5, .stride = 2}}, 2},
      {{{1, 3, 81, 70}, {.out = 60, .kernel = 5, .stride = 2}}, 1}};
  for (const auto& [c, nodes] : cases) {
    Graph g;
    const Value x = g.input("x", {c.x}), y = conv2d(x, c.o);
    g.output("y", y);
    g.output("dx", gradient(y, x));
    std::size_t cut = 0;
    const Plan plan = compile(g, {}, {.frozen = true});
    for (const PlanNode& n : plan.nodes) cut += n.op->kind().starts_with("conv2d") && n.tiles > 1;
    BOOST_CHECK_MESSAGE(cut == nodes, to_string(c.x) << ": " << cut << " nodes are cut, not " << nodes);
    check(c, true);
  }
}

BOOST_AUTO_TEST_CASE(is_chosen_where_it_is_faster, *needs_avx512()) {
  const auto chosen = [](const Case& c, bool frozen) { return kinds(c, frozen).find('!') != std::string::npos; };
  const Conv2dOptions same{.out = 16, .kernel = 3, .padding = 1};
  BOOST_CHECK(chosen({{8, 16, 14, 14}, same}, false));
  BOOST_CHECK(!chosen({{1, 16, 14, 14}, same}, false));  // the weights' transform would take longer
  BOOST_CHECK(chosen({{1, 16, 14, 14}, same}, true));
  BOOST_CHECK(!chosen({{64, 16, 4, 4}, same}, true));  // one tile, whose borders are empty
  BOOST_CHECK(!chosen({{8, 16, 14, 14}, {.out = 24, .kernel = 3, .padding = 1}}, true));
  BOOST_CHECK(!chosen({{8, 16, 28, 28}, {.out = 16, .kernel = 3, .stride = 2}}, true));
  BOOST_CHECK(!chosen({{8, 16, 28, 28}, {.out = 16, .kernel = 3, .dilation = 2}}, true));
  BOOST_CHECK(!chosen({{8, 16, 28, 28}, {.out = 16, .kernel = 5}}, true));
  BOOST_CHECK(!chosen({{1, 3, 16, 16}, {.out = 5}}, false) && chosen({{1, 3, 4, 4}, {.out = 5}}, true));
  BOOST_CHECK(!chosen({{1, 3, 4, 4}, {.out = 5}}, false) && !chosen({{1, 4, 16, 16}, {.out = 4, .groups = 2}}, true));
}

BOOST_AUTO_TEST_SUITE_END()
