#include <backflow/ops/transpose.h>

#include <algorithm>

#include <backflow/ops/conv2d.h>
#include <backflow/ops/roll.h>
#include <backflow/runtime/compile/plan.h>
#include "tests/support/convolution.h"
#include "tests/support/each_index.h"
#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"
#include "tests/support/tiles.h"

using namespace backflow;
using proof::Array;

namespace {

struct TransposeReference {
  std::vector<std::int64_t> order;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Shape shape;
    for (std::int64_t a : order) shape.push_back(in[0].shape[static_cast<std::size_t>(a)]);
    Array<T> y(shape);
    proof::each_index(shape, [&](const Shape& index) {
      Shape from(shape.size());
      for (std::size_t a = 0; a < shape.size(); ++a) from[static_cast<std::size_t>(order[a])] = index[a];
      y.data[proof::place_in(shape, index)] = in[0].data[proof::place_in(in[0].shape, from)];
    });
    return y;
  }
};

std::size_t nodes_of_kind(const Plan& plan, const std::string& kind) {
  return static_cast<std::size_t>(
      std::ranges::count_if(plan.nodes, [&](const PlanNode& n) { return n.op->kind() == kind; }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transpose_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    std::vector<std::int64_t> order;
  };
  for (const Case& c : {Case{{3}, {0}},
                        {{4, 7}, {1, 0}},
                        {{4, 7}, {0, 1}},
                        {{3, 4, 5}, {2, 0, 1}},
                        {{3, 4, 5}, {0, 2, 1}},
                        {{2, 3, 4, 5}, {0, 2, 3, 1}},
                        {{2, 3, 4, 5}, {0, 3, 1, 2}},
                        {{1, 1, 4, 5}, {3, 1, 2, 0}},
                        {{2, 3, 1, 2, 3, 2}, {5, 0, 3, 4, 1, 2}},
                        {{2, 1, 2, 1, 2, 1, 2, 3, 2, 1, 2, 3}, {11, 1, 9, 3, 7, 5, 6, 4, 8, 2, 10, 0}}})
    for (bool as_it_likes : {false, true})
      proof::prove(str_cat("transpose ", to_string(c.x), " by ", to_string(c.order)), {{c.x, as_it_likes}},
                   [&](Graph&, const auto& v) { return transpose(v[0], {.order = c.order}); },
                   TransposeReference{c.order}, {.linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(reverses_the_axes_by_default_and_counts_negative_ones_from_the_last) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 4}});
  BOOST_CHECK((transpose(x).shape() == Shape{4, 3, 2}));
  BOOST_CHECK((transpose(x, {.order = {0, -1, -2}}).shape() == Shape{2, 4, 3}));
  const Value number = g.input("number", {{}});
  g.output("y", transpose(number));
  BOOST_TEST(outputs_of(g, {{"number", {7}}}).at("y").at(0) == 7);
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  for (const std::vector<std::int64_t>& order : {std::vector<std::int64_t>{1, 0, 2}, {0, 2, 1}}) {
    const std::vector<proof::Input> inputs{{{40, 50, 90}, false, false}};
    const auto build = [&](Graph&, const std::vector<Value>& v) { return transpose(v[0], {.order = order}); };
    BOOST_TEST(proof::tiles_of(inputs, build) > 1U);
    proof::prove("transpose of several tiles", inputs, build, TransposeReference{order});
  }
}

/// Channels last to channels first, a convolution, and back: how programs that count channels last write it.
BOOST_AUTO_TEST_CASE(of_channels_last_moves_nothing_around_what_works_on_images) {
  const std::vector<std::int64_t> in{0, 3, 1, 2}, out{0, 2, 3, 1};
  const Conv2dOptions o{.out = 4, .kernel = 3, .padding = 1};
  const auto build = [&](Graph& g, const std::vector<Value>& v) {
    const Value image = transpose(v[0], {.order = in});
    g.mark_image(image);
    return transpose(conv2d(image, v[1], Value{}, o), {.order = out});
  };
  const auto reference = [&](const auto& v) {
    auto first = v;
    first[0] = TransposeReference{in}(v);
    auto second = v;
    second[0] = proof::ConvReference{o}(first);
    return TransposeReference{out}(second);
  };
  const Shape x{2, 6, 5, 3}, w{4, 3, 3, 3};
  proof::prove("conv2d of channels last", {{x}, {w, true}}, build, reference, {.reduction = 60, .linear_in = {0, 1}});
  Graph g;
  const Value image = g.input("x", {x});
  const Value y = build(g, {image, g.parameter("w", {w}, zeros())});
  g.output("y", y);
  g.output("dx", gradient(y, image));
  const Plan plan = compile(g, {});
  BOOST_CHECK_EQUAL(nodes_of_kind(plan, "transpose"), 0);
  BOOST_CHECK_EQUAL(nodes_of_kind(plan, "reorder"), 0);
}

BOOST_AUTO_TEST_CASE(moves_whole_numbers_too) {
  Graph g;
  const Value offsets = transpose(g.input("offsets", {{2, 3}, Type::s32}));
  g.output("y", roll(g.input("x", {{3, 1, 2, 2}}), offsets));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  for (std::size_t i = 0; i < 12; ++i) flow.input("x").as()[i] = static_cast<float>(i);
  const auto by = flow.input("offsets").as<std::int32_t>();  // rows by 0, 1, 0; columns by 0, 0, 1
  by[1] = by[5] = 1;
  flow.run();
  const auto y = flow.output("y");
  const std::vector<float> expected{0, 1, 2, 3, 6, 7, 4, 5, 9, 8, 11, 10};
  BOOST_CHECK_EQUAL_COLLECTIONS(y.begin(), y.end(), expected.begin(), expected.end());
}

BOOST_AUTO_TEST_CASE(says_which_order_there_is_not) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  CHECK_FAILS(transpose(x, {.order = {0}}), "[transpose] input has shape [2, 3], its axes have no order [0]");
  CHECK_FAILS(transpose(x, {.order = {0, 0}}), "no order [0, 0]");
  CHECK_FAILS(transpose(x, {.order = {0, 2}}), "no order [0, 2]");
  CHECK_FAILS(transpose(x, {.order = {0, -3}}), "no order [0, -3]");
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {
  narrowness::prove("transpose", {{2, 3, 4, 5}}, [](Graph&, const auto& v) {
    return transpose(v[0], {.order = {0, 2, 3, 1}});
  });
}

BOOST_AUTO_TEST_SUITE_END()
