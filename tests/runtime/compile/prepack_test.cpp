#include <backflow/ops/conv2d.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/relu.h>
#include "tests/support/graphs.h"
#include "tests/support/preconditions.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::names;

namespace {

Plan prepacked(const Graph& g, bool frozen) { return prepack(fuse(prune(g)), frozen); }

}  // namespace

BOOST_AUTO_TEST_SUITE(prepare_)

BOOST_AUTO_TEST_CASE(forms_of_weights_are_nodes_before_their_first_reader, *needs_avx512()) {
  Graph g;
  const Value x = g.input("x", {{8, 16, 14, 14}});
  const Value w = g.parameter("w", {{16, 16, 3, 3}}, normal(0, 1));
  const Value first = conv2d(x, w, Value{}, {.padding = 1, .name = "first"});
  g.output("y", relu(conv2d(first, w, Value{}, {.padding = 1, .name = "second"})));
  BOOST_CHECK_EQUAL(names(prepacked(g, false)), "w.winograd first second+relu");  // one form for both
}

BOOST_AUTO_TEST_CASE(other_ops_keep_their_weights) {
  Graph g;
  graphs::mlp_step(g, 4, {3, 5, 2});
  BOOST_CHECK_EQUAL(names(prepacked(g, false)), names(fuse(prune(g))));
}

BOOST_AUTO_TEST_SUITE_END()
