#include <backflow/runtime/explain/faithfulness.h>

#include <algorithm>

#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/files/safetensors.h>
#include "tests/support/explained_network.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::explain;

namespace {

constexpr std::int64_t kClass = 3;

struct Scored {
  files::TensorFile file = files::read_safetensors(reference_folder() / "attributions.safetensors");
  ExplainedNetwork network;
  Scheduler scheduler{2};
  Explainer explainer{network, scheduler};

  image::Image image() const {
    const auto bytes = file.tensors.at("image").as<std::uint8_t>();
    return {12, 12, {bytes.begin(), bytes.end()}};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(faithfulness, Scored)

BOOST_AUTO_TEST_CASE(deletion_is_what_torch_computes) {
  const Attribution a = explainer.attribution(image(), kClass, Method::saliency);
  const Faithfulness f = explainer.faithfulness(image(), kClass, a.map.as(), 6);
  const auto expected = file.tensors.at("deletion").as();
  BOOST_REQUIRE(f.deletion.probability.size() == 7U);
  for (std::size_t i = 0; i < 7; ++i)
    BOOST_TEST(f.deletion.probability[i] == expected[i], boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(curves_begin_and_end_where_the_images_are) {
  const std::vector<float> map = random_map(12, 12, 1);
  const Faithfulness f = explainer.faithfulness(image(), kClass, map, 9);
  const double own = explainer.probabilities(image())[kClass];
  BOOST_TEST(f.deletion.probability.front() == own, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(f.insertion.probability.back() == own, boost::test_tools::tolerance(1e-5));
  for (const Curve& c : {f.deletion, f.insertion}) {
    BOOST_REQUIRE(c.probability.size() == 10U);
    double sum = 0;
    for (std::size_t i = 0; i < 9; ++i) sum += (c.probability[i] + c.probability[i + 1]) / 2 / 9;
    BOOST_TEST(c.area == sum, boost::test_tools::tolerance(1e-12));
  }
}

BOOST_AUTO_TEST_CASE(a_map_that_does_not_fit_is_refused) {
  const std::vector<float> map = random_map(12, 12, 1), small = random_map(2, 2, 1);
  CHECK_FAILS(explainer.faithfulness(image(), kClass, small), "a number for each of 12 × 12 pixels, got 4");
  CHECK_FAILS(explainer.faithfulness(image(), kClass, map, 0), "steps need to be in 1 … 144, got 0");
  CHECK_FAILS(explainer.faithfulness(image(), kClass, map, 145), "got 145");
  CHECK_FAILS(explainer.faithfulness(image(), 5, map, 3), "there is no class 5");
}

BOOST_AUTO_TEST_CASE(maps_of_chance_differ_by_seed_and_number) {
  BOOST_TEST(random_map(3, 5, 1).size() == 15U);
  BOOST_TEST(random_map(9, 9, 1) == random_map(9, 9, 1));
  BOOST_TEST(random_map(9, 9, 1) != random_map(9, 9, 2));
  BOOST_TEST(random_map(9, 9, 1) != random_map(9, 9, 1, 1));
  const auto map = random_map(30, 30, 1);
  BOOST_TEST(*std::min_element(map.begin(), map.end()) >= 0);
  BOOST_TEST(*std::max_element(map.begin(), map.end()) < 1);
}

BOOST_AUTO_TEST_CASE(ranks_correlate_as_spearman_has_it) {
  BOOST_TEST(rank_correlation({1, 2, 3, 4}, {10, 20, 21, 400}) == 1);
  BOOST_TEST(rank_correlation({1, 2, 3, 4}, {-1, 2, -3, 4}) == 1);  // of absolute values
  BOOST_TEST(rank_correlation({1, 2, 3, 4}, {9, 8, 7, 6}) == -1);
  BOOST_TEST(rank_correlation({1, 2, 3, 4}, {1, 3, 2, 4}) == 0.8, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(rank_correlation({1, 1, 2, 3}, {1, 2, 2, 3}) == 0.8333333333, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(rank_correlation({1, 1, 1}, {1, 2, 3}) == 0);
  CHECK_FAILS(rank_correlation({1}, {1, 2}), "maps of 1 and 2 pixels");
}

BOOST_AUTO_TEST_SUITE_END()
