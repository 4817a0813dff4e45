#include <backflow/ops/detail/broadcast.h>

#include <set>

#include "tests/support/test.h"

using namespace backflow;

namespace {

View whole(const Shape& shape, const Layout& layout) { return whole_view({shape}, layout); }

/// Offsets (large, other) of all elements, by plain indexing; `other` has as many axes as `large`.
std::set<std::pair<std::int64_t, std::int64_t>> expected(const View& large, const View& other) {
  const Shape a = strides(large.whole.shape, large.layout), b = strides(other.whole.shape, other.layout);
  std::set<std::pair<std::int64_t, std::int64_t>> result;
  for (std::int64_t i = 0; i < elements(large.shape); ++i) {
    std::int64_t rest = i, x = 0, y = 0;
    for (std::size_t axis = large.shape.size(); axis-- > 0;) {
      x += rest % large.shape[axis] * a[axis];
      if (other.shape[axis] > 1) y += rest % large.shape[axis] * b[axis];
      rest /= large.shape[axis];
    }
    result.emplace(x, y);
  }
  return result;
}

std::set<std::pair<std::int64_t, std::int64_t>> walked(const View& large, const View& other) {
  std::set<std::pair<std::int64_t, std::int64_t>> result;
  const auto loops = broadcast_loops(large, {other});
  walk(std::span<const Loop>(loops), [&](const Place& at, const Loop& loop) {
    for (std::int64_t i = 0; i < loop.length; ++i) result.emplace(at[0] + i * loop.step[0], at[1] + i * loop.step[1]);
  });
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(broadcast_)

BOOST_AUTO_TEST_CASE(loops_visit_each_element_in_any_pair_of_orders) {
  const Shape large{2, 3, 4, 5};
  for (const char* order : {"abcd", "acdb", "dcba", "bacd"})
    for (const char* other_order : {"abcd", "acdb", "cdba"})
      for (const Shape& other : {large, {1, 3, 1, 1}, {2, 1, 1, 5}, {1, 1, 4, 5}, {1, 1, 1, 1}}) {
        const View a = whole(large, Layout(order)), b = whole(other, Layout(other_order));
        BOOST_TEST((walked(a, b) == expected(a, b)), order << " " << other_order << " " << to_string(other));
      }
}

BOOST_AUTO_TEST_CASE(loops_stay_inside_a_tile) {
  View a = whole({6, 3, 4, 5}, Layout::nhwc()), b = whole({6, 1, 4, 1}, Layout());
  a.shape[0] = b.shape[0] = 2;
  BOOST_TEST((walked(a, b) == expected(a, b)));
}

BOOST_AUTO_TEST_CASE(loops_that_go_on_in_memory_become_one) {
  const Shape x{2, 3, 4, 5};
  auto lengths = [&](const Layout& layout, const Shape& other, const Layout& other_layout) {
    std::vector<std::int64_t> result;
    for (const Loop& l : broadcast_loops(whole(x, layout), {whole(other, other_layout)})) result.push_back(l.length);
    return result;
  };
  BOOST_TEST(lengths(Layout(), x, Layout()) == (std::vector<std::int64_t>{120}));
  BOOST_TEST(lengths(Layout(), {1, 1, 1, 1}, Layout()) == (std::vector<std::int64_t>{120}));
  BOOST_TEST(lengths(Layout::nhwc(), {1, 3, 1, 1}, Layout()) == (std::vector<std::int64_t>{40, 3}));
  BOOST_TEST(lengths(Layout(), {1, 3, 1, 1}, Layout()) == (std::vector<std::int64_t>{2, 3, 20}));
}

BOOST_AUTO_TEST_SUITE_END()
