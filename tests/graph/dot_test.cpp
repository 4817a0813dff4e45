#include <backflow/graph/dot.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sgd.h>
#include "tests/support/test.h"

using namespace backflow;

namespace {

void build(Graph& g) {
  const Value x = g.input("x", {{4, 3}});
  const Value y = relu(linear(x, {.out = 2, .name = "fc"}));
  const Value w = g.leaf("fc.weight");
  sgd(w, gradient(y, w), g.input("rate", {{1}}), {.momentum = 0.5F});
  g.output("y", y);
}

std::string line_with(const std::string& text, const std::string& part) {
  const std::size_t at = text.find(part);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, part << " is not in\n" << text);
  const std::size_t begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(dot)

BOOST_AUTO_TEST_CASE(forward_backward_and_update_nodes_differ_in_shape_and_colour) {
  Graph g;
  build(g);
  const std::string text = to_dot(g);
  const std::string forward = line_with(text, "<<b>fc</b><br/>linear>");
  const std::string backward = line_with(text, "<<b>fc</b><br/>linear_weight_gradient>");
  const std::string update = line_with(text, "<<b>fc.weight</b><br/>sgd_momentum>");
  BOOST_CHECK(has(forward, "shape=box") && has(forward, "#2563eb"));
  BOOST_CHECK(has(backward, "shape=hexagon") && has(backward, "#ea580c"));
  BOOST_CHECK(has(update, "shape=tab") && has(update, "#16a34a"));
  for (const char* name : {"forward", "backward", "update", "input", "parameter", "state", "constant", "output"})
    BOOST_CHECK_MESSAGE(has(text, std::string("[label=\"") + name + "\""), "the legend lacks " << name);
}

BOOST_AUTO_TEST_CASE(what_has_no_op_is_an_ellipse) {
  Graph g;
  build(g);
  const std::string text = to_dot(g);
  for (const char* leaf : {"<x>", "<fc.weight>", "<fc.bias>", "<fc.weight.momentum>", "<grad_output>", "<rate>"})
    BOOST_CHECK(has(line_with(text, leaf), "shape=ellipse"));
}

BOOST_AUTO_TEST_CASE(edges_say_the_shape) {
  Graph g;
  build(g);
  const std::string text = to_dot(g);
  BOOST_CHECK(has(line_with(text, "n0 -> n3"), "[4, 3]"));
  BOOST_CHECK(has(line_with(text, "n1 -> n3"), "[2, 3]"));
}

BOOST_AUTO_TEST_CASE(a_graph_without_gradients_has_only_what_it_needs_in_its_legend) {
  Graph g;
  relu(g.input("x", {{2}}));
  const std::string text = to_dot(g);
  BOOST_CHECK(has(text, "label=\"forward\"") && !has(text, "label=\"backward\"") && !has(text, "label=\"update\""));
}

BOOST_AUTO_TEST_CASE(names_with_special_characters_are_written_safely) {
  Graph g;
  relu(g.input("a<b>&\"c\"", {{2}}), "f<1>");
  const std::string text = to_dot(g);
  BOOST_CHECK(has(text, "<a&lt;b&gt;&amp;&quot;c&quot;>"));
  BOOST_CHECK(has(text, "<<b>f&lt;1&gt;</b><br/>relu>"));
}

BOOST_AUTO_TEST_CASE(the_same_graph_gives_the_same_text) {
  Graph a, b;
  build(a);
  build(b);
  BOOST_CHECK_EQUAL(to_dot(a), to_dot(b));
}

BOOST_AUTO_TEST_SUITE_END()
