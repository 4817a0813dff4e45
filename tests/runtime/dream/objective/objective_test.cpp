#include <backflow/runtime/dream/objective/objective.h>

#include <algorithm>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;
using Kind = ObjectiveTerm::Kind;

namespace {

ObjectiveNames names() {
  ObjectiveNames n;
  n.labels = {"tench, Tinca tinca", "goldfish, Carassius auratus", "great white shark, white shark", "crane", "crane"};
  n.classes = 5;
  n.layers = {{"conv1", {1, 8, 12, 10}}, {"fire2/concat", {1, 4, 6, 5}}, {"fc", {1, 5}}};
  return n;
}

std::string resolve(const std::string& text) { return to_string(resolved(parse_objective(text), names())); }

}  // namespace

BOOST_AUTO_TEST_SUITE(objective_)

BOOST_AUTO_TEST_CASE(is_read_and_written_back) {
  for (const std::string text :
       {"class:88", "class:macaw", "-class:1", "class:1 + 0.5*class:2 - 2*layer:a-b/c", "layer:conv4:7",
        "neuron:conv4:7:3,4", "neuron:conv4:7", "direction:x:1=0.5,7=-2", "cosine:x:1=1", "guide:x", "caricature:x",
        "invert:x", "style:x", "diversity:x", "class:\"great white shark\"", "0.1*layer:\"a b\":2", "layer:\"a:b\":2",
        "layer:\"\"", "class:12\" gun"})
    BOOST_CHECK_EQUAL(to_string(parse_objective(text)), text);
}

BOOST_AUTO_TEST_CASE(has_one_spelling) {
  BOOST_CHECK_EQUAL(to_string(parse_objective("  class:1   -  .50*class:2 ")), "class:1 - 0.5*class:2");
  BOOST_CHECK_EQUAL(to_string(parse_objective("layer:conv4:7:3,4")), "neuron:conv4:7:3,4");
  BOOST_CHECK_EQUAL(to_string(parse_objective("+ class:1")), "class:1");
  BOOST_CHECK_EQUAL(to_string(parse_objective("- 2*class:1")), "-2*class:1");
  BOOST_CHECK_EQUAL(to_string(parse_objective("class:1 - -1*class:2")), "class:1 + class:2");
  BOOST_CHECK_EQUAL(to_string(parse_objective("class:tiger cat - 2*class:red fox")),
                    "class:\"tiger cat\" - 2*class:\"red fox\"");
}

BOOST_AUTO_TEST_CASE(that_is_wrong_is_quoted_in_part_and_without_control_characters) {
  for (const std::string begin : {"", "layer:x:", "layer:x:1:", "direction:x:", "k\x1b:"})
    BOOST_CHECK_EXCEPTION(parse_objective(begin + "\x1b[2J\n" + std::string(100'000, 'y')), Error, [](const Error& e) {
      const std::string what = e.what();
      return what.size() < 600 && std::none_of(what.begin(), what.end(), [](unsigned char c) { return c < ' '; });
    });
}

BOOST_AUTO_TEST_CASE(that_is_wrong_is_shown_where) {
  const auto check = [](const std::string& text, const std::string& part) { CHECK_FAILS(parse_objective(text), part); };
  check("", "is empty");
  check("macaw", "has a term without a ':'");
  check("klass:1", "unknown kind 'klass'");
  check("class:1 class:2", "has no + or - between two terms at 'class:2'");
  check("class:1 +class:2", "needs a space after its + or -");
  check("class:1 +", "ends after an operator");
  check("class:", "a term without a name");
  check("x*class:1", "has no number before its *");
  check("nan*class:1", "has no number before its *");
  check("layer:conv:x", "has 'x' where a channel's number should be");
  check("layer:conv:1:5", "has '5' where a place ROW,COLUMN should be");
  check("layer:conv:-1", "where a channel's number should be");
  check("neuron:conv", "has a neuron without a channel");
  check("direction:conv", "has a direction without channels");
  check("direction:conv:1=a", "has '1=a' where CHANNEL=SHARE should be");
  check("style:conv:1", "takes no channel");
  check("class:\"x", "a quote that does not end");
}

BOOST_AUTO_TEST_CASE(finds_classes_by_any_of_their_names) {
  BOOST_CHECK_EQUAL(resolve("class:Goldfish"), "class:1");
  BOOST_CHECK_EQUAL(resolve("class:carassius_auratus"), "class:1");
  BOOST_CHECK_EQUAL(resolve("class:\"white shark\""), "class:2");
  BOOST_CHECK_EQUAL(resolve("class:4 - class:tench"), "class:4 - class:0");
}

BOOST_AUTO_TEST_CASE(finds_a_class_by_a_whole_word_of_its_label) {
  ObjectiveNames n = names();
  n.labels = {"tabby, tabby cat", "tiger cat", "catamaran", "lynx, catamount"};
  const auto resolve_cat = [&](const std::string& text) { return to_string(resolved(parse_objective(text), n)); };
  BOOST_CHECK_EQUAL(resolve_cat("class:tiger"), "class:1");
  BOOST_CHECK_EQUAL(resolve_cat("class:tabby"), "class:0");
  CHECK_FAILS(resolve_cat("class:cat"), "class 'cat' is a word of 2 labels: tabby, tabby cat (0); tiger cat (1): give");
  CHECK_FAILS(resolve_cat("class:cata"), "there is no class 'cata'; did you mean");
}

BOOST_AUTO_TEST_CASE(refuses_what_begins_like_the_number_of_a_class) {
  for (const std::string name : {"1x", "1.5", "0x1", "1,class:2", "99999999999999999999"}) {
    CHECK_FAILS(resolve("class:" + name), "there is no class '" + name + "'");
    ObjectiveNames none = names();
    none.labels.clear();
    CHECK_FAILS(resolved(parse_objective("class:" + name), none), "class '" + name + "' is no number");
  }
}

BOOST_AUTO_TEST_CASE(says_which_class_layer_channel_or_place_does_not_exist) {
  CHECK_FAILS(resolve("class:goldfisch"), "there is no class 'goldfisch'; did you mean 'goldfish'?");
  CHECK_FAILS(resolve("class:5"), "there is no class 5; the network has classes 0 … 4");
  CHECK_FAILS(resolve("class:crane"), "means two classes, 3 and 4");
  CHECK_FAILS(resolve("layer:conv"), "there is no layer 'conv'; did you mean 'conv1'?");
  CHECK_FAILS(resolve("layer:conv1:8"), "layer 'conv1' has channels 0 … 7, got 8");
  CHECK_FAILS(resolve("direction:conv1:9=1"), "has channels 0 … 7, got 9");
  CHECK_FAILS(resolve("layer:conv1:0:12,0"), "has rows 0 … 11 and columns 0 … 9 at this size, got 12,0");
  CHECK_FAILS(resolve("style:fc"), "style, guide and diversity need one with places");
  ObjectiveNames none = names();
  none.classes = 0;
  CHECK_FAILS(resolved(parse_objective("class:1"), none), "the network has no classes");
  none = names();
  none.labels.clear();
  CHECK_FAILS(resolved(parse_objective("class:cat"), none), "there are no labels");
}

BOOST_AUTO_TEST_CASE(of_one_structure_fit_one_graph) {
  auto structure = [](const std::string& text) { return structure_of(resolved(parse_objective(text), names())); };
  BOOST_CHECK_EQUAL(structure("class:1"), structure("class:goldfish"));
  BOOST_CHECK_EQUAL(structure("layer:conv1:1"), structure("layer:conv1:2:3,4"));
  BOOST_CHECK_NE(structure("layer:conv1:1"), structure("layer:conv1"));
  BOOST_CHECK_NE(structure("layer:conv1:1"), structure("layer:fire2/concat:1"));
  BOOST_CHECK_NE(structure("class:1"), structure("2*class:1"));
}

BOOST_AUTO_TEST_CASE(of_whole_layers_expands) {
  BOOST_CHECK_EQUAL(expand_target("layer:*", names()).size(), 3U);
  BOOST_CHECK_EQUAL(expand_target("layer:conv1:*", names()).back(), "layer:conv1:7");
  const std::vector<std::string> range{"layer:conv1:2", "layer:conv1:3"};
  BOOST_CHECK(expand_target("layer:conv1:2-3", names()) == range);
  for (const std::string same : {"class:1", "layer:conv1:1", "layer:conv1:1:2,3", "layer:conv1"})
    BOOST_CHECK(expand_target(same, names()) == std::vector{same});
  CHECK_FAILS(expand_target("layer:conv1:5-8", names()), "has channels 0 … 7, got 8");
  CHECK_FAILS(expand_target("layer:conv1:3-2", names()), "are no range");
  CHECK_FAILS(expand_target("layer:nose:*", names()), "there is no layer 'nose'");
}

BOOST_AUTO_TEST_CASE(names_files) {
  BOOST_CHECK_EQUAL(file_name(parse_objective("class:88")), "class_88");
  BOOST_CHECK_EQUAL(file_name(parse_objective("layer:fire2/concat:7 - 0.5*class:1")),
                    "layer_fire2_concat_7_-_0.5_class_1");
}

BOOST_AUTO_TEST_SUITE_END()
