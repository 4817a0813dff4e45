#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/tanh.h>
#include <backflow/ops/transpose.h>
#include "tests/support/graphs.h"
#include "tests/support/memory_proof.h"
#include "tests/support/preconditions.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// Two branches of a squeezed image side by side, as in SqueezeNet: [6, 16, 13, 12] → [6, 40, 13, 12].
struct Fire {
  Value x, squeezed, narrow, wide, y;

  explicit Fire(Graph& g, bool pool = false) {
    x = g.input("x", {{6, 16, 13, 12}});
    squeezed = relu(conv2d(pool ? max_pool2d(x, {.kernel = 1}) : x, {.out = 16, .name = "squeeze"}));
    narrow = relu(conv2d(squeezed, {.out = 24, .name = "narrow"}));
    wide = relu(conv2d(squeezed, {.out = 16, .kernel = 3, .padding = 1, .name = "wide"}));
    y = concat({narrow, wide}, {.axis = 1, .name = "join"});
  }
};

std::string kinds(const Plan& plan) {
  std::string result;
  for (const PlanNode& n : plan.nodes) result += n.op->kind() + " ";
  return result;
}

bool has(const Plan& plan, const std::string& kind) {
  return (" " + kinds(plan)).find(" " + kind + " ") != std::string::npos;
}

std::map<std::string, std::vector<float>> run(const Graph& g, int threads = 1) {
  std::vector<float> x(6 * 16 * 13 * 12);
  float v = 0;
  for (float& e : x) e = std::sin(v += 0.7F);
  return outputs_of(g, {{"x", x}}, threads);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parts_)

BOOST_AUTO_TEST_CASE(convolutions_write_to_their_places_in_a_concat, *needs_avx512()) {
  Graph g;
  const Fire fire(g);
  g.output("z", relu(conv2d(fire.y, {.out = 8, .name = "next"})));
  const Plan plan = compile(g, {}, {.frozen = true});
  BOOST_CHECK_MESSAGE(!has(plan, "concat"), kinds(plan));
  BOOST_CHECK(memory_proof::violations(plan).empty());
}

BOOST_AUTO_TEST_CASE(gradients_of_a_concat_are_masked_once_and_read_where_they_lie, *needs_avx512()) {
  Graph g;
  const Fire fire(g);
  const Value z = conv2d(fire.y, {.out = 8, .name = "next"});
  g.output("z", z);
  g.output("dx", gradient(z, fire.x));
  const Plan plan = compile(g, {}, {.frozen = true});
  BOOST_CHECK_MESSAGE(!has(plan, "concat") && !has(plan, "slice"), kinds(plan));
  std::size_t masks = 0;
  for (const PlanNode& n : plan.nodes) masks += n.op->kind() == "relu_gradient";
  BOOST_CHECK_LE(masks, 1);  // behind the sum of the two branches
  BOOST_CHECK(memory_proof::violations(plan).empty());
}

BOOST_AUTO_TEST_CASE(a_part_has_the_bits_of_a_copy) {
  for (const bool pool : {false, true}) {
    Graph parts, copies;
    std::vector<std::vector<float>> results;
    for (Graph* g : {&parts, &copies}) {
      const Fire fire(*g, pool);
      const Value z = conv2d(fire.y, {.out = 8, .name = "next"});
      g->output("z", z);
      g->output("dx", gradient(z, fire.x));
      if (g == &copies)  // what is read after the run lies alone
        for (const auto& [name, v] : {std::pair("a", fire.narrow), std::pair("b", fire.wide)}) g->output(name, v);
    }
    const auto expected = run(copies);
    for (const int threads : {1, 2, 4, 8}) {
      const auto got = run(parts, threads);
      BOOST_CHECK(got.at("z") == expected.at("z") && got.at("dx") == expected.at("dx"));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_an_elementwise_op_reads_is_copied) {
  Graph g;
  const Fire fire(g);
  g.output("z", conv2d(fire.y, {.out = 8, .name = "next"}));
  g.output("t", tanh(fire.narrow));
  BOOST_CHECK(has(compile(g, {}, {.frozen = true}), "concat"));
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_read_itself_is_not_masked) {
  Graph g;
  const Fire fire(g);
  const Value z = conv2d(fire.y, {.out = 8, .name = "next"});
  const auto d = gradient({z}, {fire.x, fire.y, fire.narrow});
  for (std::size_t i = 0; i < d.size(); ++i) g.output("d" + std::to_string(i), d[i]);
  const auto got = run(g);
  std::size_t zeros = std::count(got.at("d2").begin(), got.at("d2").end(), 0.0F);
  BOOST_CHECK_LT(zeros, got.at("d2").size() / 10);  // the relu's own gradient would clear about half
  for (std::size_t n = 0; n < 2; ++n)
    BOOST_CHECK(std::equal(got.at("d2").begin() + n * 24 * 156, got.at("d2").begin() + (n + 1) * 24 * 156,
                           got.at("d1").begin() + n * 40 * 156));
}

BOOST_AUTO_TEST_CASE(what_another_value_views_keeps_its_own_place) {
  Graph g;
  const Fire fire(g);
  g.output("z", conv2d(fire.y, {.out = 8, .name = "next"}));
  g.output("t", tanh(transpose(fire.narrow, {.order = {0, 2, 3, 1}})));
  const Plan plan = compile(g, {}, {.frozen = true});
  BOOST_CHECK_MESSAGE(has(plan, "concat") && !has(plan, "transpose"), kinds(plan));
  BOOST_CHECK(memory_proof::violations(plan).empty());
}

BOOST_AUTO_TEST_SUITE_END()
