#include <backflow/graph/graph.h>

#include <backflow/graph/gradient.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/slice.h>
#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(graph_)

BOOST_AUTO_TEST_CASE(nodes_get_names_of_their_own) {
  Graph g;
  const Value x = g.input("x", {{2}});
  BOOST_CHECK_EQUAL(g.node(relu(x)).name, "relu");
  BOOST_CHECK_EQUAL(g.node(relu(x)).name, "relu_2");
  BOOST_CHECK_EQUAL(g.node(relu(x)).name, "relu_3");
  BOOST_CHECK_EQUAL(g.node(relu(x, "mine")).name, "mine");
  BOOST_CHECK_EQUAL(g.node(g.constant("c", {{1}}, zeros())).name, "c");
  BOOST_CHECK_EQUAL(g.node(g.constant("c", {{1}}, zeros())).name, "c_2");
}

BOOST_AUTO_TEST_CASE(a_scope_gives_role_and_prefix_until_it_ends) {
  Graph g;
  const Value x = g.input("x", {{2}});
  {
    const RoleScope scope(g, Role::update, "w");
    BOOST_CHECK_EQUAL(g.node(relu(x)).name, "w.relu");
    BOOST_CHECK(g.node(relu(x)).role == Role::update);
  }
  BOOST_CHECK_EQUAL(g.node(relu(x)).name, "relu");
  BOOST_CHECK(g.node(relu(x)).role == Role::forward);
}

BOOST_AUTO_TEST_CASE(two_leaves_cannot_share_a_name) {
  Graph g;
  g.input("x", {{2}});
  CHECK_FAILS(g.input("x", {{2}}), "the name 'x' is empty or taken");
  CHECK_FAILS(g.parameter("x", {{2}}, zeros()), "the name 'x' is empty or taken");
  CHECK_FAILS(g.state("", {{2}}, zeros()), "the name '' is empty or taken");
}

BOOST_AUTO_TEST_CASE(names_are_quoted_in_part_and_without_control_characters) {
  Graph g;
  const std::string name = "\x1b[2J\n" + std::string(1000, 'x');
  const Value x = g.input(name, {{2, 3}});
  const auto is_short = [](const Error& e) {
    const std::string what = e.what();
    return what.size() < 300 && what.find('\x1b') == std::string::npos && what.find("?[2J?xxx") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(g.input(name, {{2, 3}}), Error, is_short);
  BOOST_CHECK_EXCEPTION(g.input("a" + name, {{2, 0}}), Error, is_short);
  BOOST_CHECK_EXCEPTION(matmul(x, x, {.name = name}), Error, is_short);
}

BOOST_AUTO_TEST_CASE(lengths_must_be_positive) {
  Graph g;
  CHECK_FAILS(g.input("x", {{2, 0}}), "[x] a shape needs positive lengths, got [2, 0]");
  CHECK_FAILS(g.parameter("w", {{-1}}, zeros()), "[w] a shape needs positive lengths, got [-1]");
}

BOOST_AUTO_TEST_CASE(given_values_must_be_as_many_as_the_shape_needs) {
  Graph g;
  CHECK_FAILS(g.parameter("w", {{2, 2}}, from_values({1, 2, 3})), "[w] shape [2, 2] needs 4 values, got 3");
}

BOOST_AUTO_TEST_CASE(values_of_another_graph_are_refused) {
  Graph a, b;
  const Value x = a.input("x", {{2}}), y = b.input("y", {{2}});
  CHECK_FAILS(sum({x, y}), "[sum] an input belongs to no graph or to another one");
  CHECK_FAILS(sum({x, Value{}}), "[sum] an input belongs to no graph or to another one");
  CHECK_FAILS(a.output("y", y), "output 'y' belongs to another graph");
}

BOOST_AUTO_TEST_CASE(a_shape_error_says_which_node_it_is) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), y = g.input("y", {{3, 2}});
  CHECK_FAILS(sum({x, y}), "[sum] values need one shape, got [2, 3] and [3, 2]");
  CHECK_FAILS(sum({x, y}, "total"), "got [2, 3] and [3, 2] (node 'total')");
  BOOST_CHECK_EQUAL(g.size(), 2);  // nothing was appended
}

BOOST_AUTO_TEST_CASE(outputs_have_names_of_their_own) {
  Graph g;
  const Value x = g.input("x", {{2}});
  g.output("y", relu(x));
  CHECK_FAILS(g.output("y", x), "output 'y' exists already");
}

BOOST_AUTO_TEST_CASE(parameters_come_in_the_order_of_their_creation) {
  Graph g;
  linear(g.input("x", {{2, 3}}), {.out = 2, .name = "b"});
  linear(g.leaf("x"), {.out = 2, .name = "a"});
  std::string names;
  for (const Value& p : g.parameters()) names += g.node(p).name + " ";
  BOOST_CHECK_EQUAL(names, "b.weight b.bias a.weight a.bias ");
}

BOOST_AUTO_TEST_CASE(a_leaf_that_is_not_there_is_answered_with_those_that_are) {
  Graph g;
  linear(g.input("x", {{2, 3}}), {.out = 2, .name = "fc"});
  BOOST_CHECK(g.leaf("fc.bias").shape() == Shape{2});
  CHECK_FAILS(g.leaf("fc"), "there is no input or parameter 'fc'; there are: x, fc.weight, fc.bias");
}

BOOST_AUTO_TEST_CASE(images_are_marked_and_not_guessed_from_four_axes) {
  Graph g;
  const Value image = g.input("image", {.shape = {2, 3, 8, 8}, .image = true}),
              heads = g.input("heads", {{2, 3, 8, 8}});
  BOOST_TEST(relu(image).spec().image);
  BOOST_TEST(pad(image, {.before = {0, 0, 1, 1}, .after = {0, 0, 1, 1}}).spec().image);
  BOOST_TEST(slice(image, {.axis = 1, .begin = 0, .length = 1}).spec().image);
  BOOST_TEST(!relu(heads).spec().image);
  BOOST_TEST(!slice(heads, {.axis = 1, .begin = 0, .length = 1}).spec().image);
  BOOST_TEST(!reshape(image, {2, 3, 64, 1}).spec().image);
  const Value y = conv2d(heads, {.out = 4, .name = "conv"});  // an op on images: what it reads is one
  BOOST_TEST(y.spec().image);
  BOOST_TEST(!reshape(y, {2, 4 * 64}).spec().image);
  BOOST_TEST(gradient(reshape(y, {2, 4 * 64}), y).spec().image);
  BOOST_TEST(!gradient(relu(heads), heads).spec().image);
  BOOST_TEST((image.spec() == heads.spec()));
  CHECK_FAILS(g.input("flat", {.shape = {2, 3}, .image = true}), "an image has shape [N, C, H, W], got [2, 3]");
  CHECK_FAILS(g.mark_image(g.input("x", {{2, 3}})), "an image has shape [N, C, H, W], got [2, 3]");
}

BOOST_AUTO_TEST_CASE(values_have_none_to_twelve_axes) {
  Graph g;
  BOOST_CHECK_NO_THROW(relu(g.input("twelve", {Shape(12, 1)})));
  CHECK_FAILS(g.input("thirteen", {Shape(13, 1)}), "[thirteen] a value has at most 12 axes, got 13");
  CHECK_FAILS(reshape(g.input("x", {{1}}), Shape(200, 1)), "a value has at most 12 axes, got 200");
  BOOST_TEST((relu(reshape(g.input("y", {{1}}), {})).shape() == Shape{}));
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_refused_where_they_appear) {
  Graph g;
  const Value x = g.input("x", {{1, 2}});
  CHECK_FAILS(g.input("y", {{INT64_MAX, 3}}), "[y] a value has at most 2^40 elements, got [9223372036854775807, 3]");
  CHECK_FAILS(linear(x, {.out = INT64_MAX}), "a value has at most 2^40 elements");
}

BOOST_AUTO_TEST_SUITE_END()
