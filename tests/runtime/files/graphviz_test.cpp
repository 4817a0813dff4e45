#include <backflow/runtime/files/graphviz.h>

#include <stdlib.h>

#include <backflow/graph/dot.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sgd.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

namespace {

/// While it lives, programs are looked for in `path` alone.
class SearchPath {
 public:
  explicit SearchPath(const std::string& path) : old_(::getenv("PATH")) { ::setenv("PATH", path.c_str(), 1); }
  ~SearchPath() { ::setenv("PATH", old_.c_str(), 1); }
  SearchPath(const SearchPath&) = delete;
  SearchPath& operator=(const SearchPath&) = delete;

 private:
  std::string old_;
};

void build(Graph& g) {
  const Value x = g.input("x", {{512, 64}});
  const Value y = relu(linear(x, {.out = 256, .name = "fc"}));
  g.output("y", y);
  const auto p = g.parameters();
  const auto d = gradient({y}, p);
  for (std::size_t i = 0; i < p.size(); ++i) sgd(p[i], d[i], i == 0 ? g.input("lr", {{1}}) : g.leaf("lr"));
}

bool graphviz_is_installed() { return ::system("dot -V >/dev/null 2>&1") == 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(picture)

BOOST_AUTO_TEST_CASE(writes_the_text_and_what_graphviz_draws_of_it) {
  const TemporaryFolder folder;
  Graph g;
  build(g);
  const bool drawn = write_graph_picture(g, folder / "graph.dot", {.png = true});
  BOOST_CHECK_EQUAL(read_bytes(folder / "graph.dot"), to_dot(g));
  BOOST_CHECK_EQUAL(drawn, graphviz_is_installed());
  if (!drawn) return;
  BOOST_CHECK(read_bytes(folder / "graph.svg").find("</svg>") != std::string::npos);
  BOOST_CHECK_EQUAL(read_bytes(folder / "graph.png").substr(1, 3), "PNG");
  BOOST_CHECK_EQUAL(folder.entries(), 3);
}

BOOST_AUTO_TEST_CASE(without_graphviz_the_text_is_still_written) {
  const TemporaryFolder folder;
  Graph g;
  build(g);
  const SearchPath nothing(folder.path().string());
  BOOST_CHECK(!write_graph_picture(g, folder / "graph.dot"));
  BOOST_CHECK_EQUAL(folder.entries(), 1);
}

BOOST_AUTO_TEST_CASE(a_text_that_graphviz_rejects_is_not_drawn) {
  const TemporaryFolder folder;
  BOOST_CHECK(!write_drawing("digraph {", folder / "broken.dot"));
  BOOST_CHECK_EQUAL(folder.entries(), 1);
}

BOOST_AUTO_TEST_CASE(the_picture_of_a_flow_shows_fused_nodes_memory_orders_and_tiles) {
  Graph g;
  build(g);
  Store store;
  Scheduler scheduler(1);
  const std::string dot = Flow(g, store, scheduler).dot();
  for (const char* part : {"<b>fc+relu</b>", "linear+relu, ", " tiles>", "[256, 64] ba", " × [256]", "bias_gradient",
                           "sgd", "<b>relu</b><br/>relu_gradient", " tiles, 0 reorders\""})
    BOOST_CHECK_MESSAGE(dot.find(part) != std::string::npos, part << " is not in\n" << dot);
  BOOST_CHECK(dot.find("<b>relu</b>,") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
