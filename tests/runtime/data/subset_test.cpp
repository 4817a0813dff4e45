#include <backflow/runtime/data/subset.h>

#include <algorithm>
#include <map>

#include <backflow/runtime/data/image_dataset.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

/// So many samples of class 0, 1, 2, …, mixed.
std::vector<std::int32_t> mixed(std::vector<int> counts) {
  std::vector<std::int32_t> labels;
  while (*std::max_element(counts.begin(), counts.end()) > 0)
    for (std::size_t c = 0; c < counts.size(); ++c)
      if (counts[c]-- > 0) labels.push_back(static_cast<std::int32_t>(c));
  return labels;
}

std::map<std::int32_t, int> counts_of(const std::vector<std::uint32_t>& samples,
                                      const std::vector<std::int32_t>& labels) {
  std::map<std::int32_t, int> counts;
  for (const std::uint32_t i : samples) ++counts[labels.at(i)];
  return counts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(subset)

BOOST_AUTO_TEST_CASE(a_part_has_its_share_of_each_class_and_the_rest_all_else) {
  const auto labels = mixed({40, 11, 2, 1});
  const Partition p = stratified(labels, 0.2, 7);
  BOOST_TEST((counts_of(p.part, labels) == std::map<std::int32_t, int>{{0, 8}, {1, 2}, {2, 1}}));
  BOOST_TEST((counts_of(p.rest, labels) == std::map<std::int32_t, int>{{0, 32}, {1, 9}, {2, 1}, {3, 1}}));
  std::vector<std::uint32_t> all = p.part;
  all.insert(all.end(), p.rest.begin(), p.rest.end());
  std::sort(all.begin(), all.end());
  for (std::uint32_t i = 0; i < labels.size(); ++i) BOOST_TEST(all.at(i) == i);
  BOOST_TEST(std::is_sorted(p.part.begin(), p.part.end()));
  BOOST_TEST(std::is_sorted(p.rest.begin(), p.rest.end()));
}

BOOST_AUTO_TEST_CASE(the_seed_decides_which) {
  const auto labels = mixed({50, 50});
  BOOST_TEST((stratified(labels, 0.3, 1).part == stratified(labels, 0.3, 1).part));
  BOOST_TEST((stratified(labels, 0.3, 1).part != stratified(labels, 0.3, 2).part));
  std::map<std::uint32_t, int> times;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    for (const std::uint32_t i : stratified(labels, 0.3, seed).part) ++times[i];
  for (const auto& [sample, n] : times)
    BOOST_TEST((n > 80 && n < 160), sample << " was taken " << n << " of 400 times");
}

BOOST_AUTO_TEST_CASE(even_a_large_share_leaves_something) {
  const auto labels = mixed({3, 2});
  BOOST_TEST((counts_of(stratified(labels, 0.99, 1).rest, labels) == std::map<std::int32_t, int>{{0, 1}, {1, 1}}));
  for (const double share : {0.0, 1.0, -0.5}) CHECK_FAILS(stratified(labels, share, 1), "a share above 0 and below 1");
}

BOOST_AUTO_TEST_CASE(a_subset_reads_its_samples_of_the_other) {
  const auto all = std::make_shared<ImageDataset>(Shape{1, 1, 2}, 4, std::vector<float>{0}, std::vector<float>{1});
  for (int i = 0; i < 4; ++i) {
    all->images.insert(all->images.end(), {static_cast<std::uint8_t>(51 * i), 255});
    all->labels.push_back(3 - i);
  }
  all->names = {"a", "b", "c", "d"};
  const Subset some(all, {3, 1});
  std::array<float, 2> input{};
  some.read(0, 0, input);
  BOOST_TEST(input[0] == 0.6F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(some.size() == 2U);
  BOOST_TEST(some.label(1) == 2);
  BOOST_TEST(some.class_count() == 4);
  BOOST_TEST(some.class_names() == all->names, boost::test_tools::per_element());
  CHECK_FAILS(Subset(all, {4}), "sample 4 of 4");
}

BOOST_AUTO_TEST_SUITE_END()
