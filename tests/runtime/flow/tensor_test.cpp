#include <backflow/runtime/flow/tensor.h>

#include <numeric>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(tensor)

BOOST_AUTO_TEST_CASE(memory_is_zeroed_and_begins_at_a_cache_line) {
  for (std::int64_t n : {1, 3, 1000}) {
    const Tensor t(Spec{{n}});
    BOOST_CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(t.data()) % 64, 0);
    for (float x : t.as()) BOOST_CHECK_EQUAL(x, 0);
  }
}

BOOST_AUTO_TEST_CASE(a_tensor_has_the_bytes_of_its_type_and_layout) {
  BOOST_CHECK_EQUAL(Tensor(Spec{{2, 3}}).bytes(), 24);
  BOOST_CHECK_EQUAL(Tensor(Spec{{2, 3}, Type::u8}).bytes(), 6);
  BOOST_CHECK_EQUAL(Tensor(Spec{{2, 3}, Type::bf16}).bytes(), 12);
  BOOST_CHECK_EQUAL(Tensor(Spec{{1, 20, 1, 1}}, Layout("aBcd16b")).bytes(), 32 * 4);
}

BOOST_AUTO_TEST_CASE(elements_are_read_as_a_type_of_their_size_only) {
  Tensor t(Spec{{4}, Type::s32});
  BOOST_CHECK_EQUAL(t.as<std::int32_t>().size(), 4);
  CHECK_FAILS(t.as<std::uint8_t>(), "[tensor] elements are s32, asked for a type of 1 bytes");
}

BOOST_AUTO_TEST_CASE(values_must_be_as_many_as_the_shape_needs) {
  CHECK_FAILS(Tensor({2, 2}, std::vector<float>(3)), "[tensor] shape [2, 2] needs 4 values, got 3");
}

BOOST_AUTO_TEST_CASE(another_order_and_back_gives_the_same_values) {
  std::vector<float> values(2 * 20 * 3 * 3);
  std::iota(values.begin(), values.end(), 1.0F);
  const Tensor plain({2, 20, 3, 3}, values);
  for (const Layout& layout : {Layout(), Layout::nhwc(), Layout("aBcd16b"), Layout("ABcd16b16a")}) {
    const Tensor there = reordered(plain, layout);
    const Tensor back = reordered(there, Layout());
    BOOST_CHECK(there.layout() == layout);
    BOOST_CHECK_EQUAL_COLLECTIONS(back.as().begin(), back.as().end(), values.begin(), values.end());
  }
}

BOOST_AUTO_TEST_CASE(nhwc_lies_as_its_name_says) {
  const Tensor plain({1, 2, 1, 2}, std::vector<float>{1, 2, 10, 20});
  const Tensor nhwc = reordered(plain, Layout::nhwc());
  const std::vector<float> expected{1, 10, 2, 20};
  BOOST_CHECK_EQUAL_COLLECTIONS(nhwc.as().begin(), nhwc.as().end(), expected.begin(), expected.end());
}

BOOST_AUTO_TEST_CASE(sizes_that_nothing_can_hold_are_refused_before_memory_is_asked_for) {
  CHECK_FAILS(Tensor(Spec{Shape(13, 1)}), "at most 12 axes, got 13");
  CHECK_FAILS(Tensor(Spec{{INT64_MAX, INT64_MAX}}), "at most 2^40 elements");
}

BOOST_AUTO_TEST_CASE(a_number_is_a_tensor_without_axes) {
  const Tensor t({}, std::vector<float>{3});
  BOOST_TEST(t.as().size() == 1U);
  BOOST_TEST(reordered(t, Layout()).as()[0] == 3);
}

BOOST_AUTO_TEST_SUITE_END()
