#include <backflow/ops/reorder.h>

#include <algorithm>
#include <numeric>

#include <backflow/runtime/flow/tensor.h>
#include "tests/support/test.h"

using namespace backflow;

namespace {

Tensor counted(const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(elements(shape)));
  std::iota(values.begin(), values.end(), 1.0F);
  return {shape, values};
}

bool same(const Tensor& a, const Tensor& b) {
  return a.layout() == b.layout() && std::equal(a.as().begin(), a.as().end(), b.as().begin(), b.as().end());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reorder_)

BOOST_AUTO_TEST_CASE(puts_each_element_where_the_layout_says) {
  const std::int64_t n = 2, c = 3, h = 4, w = 5;
  const Tensor plain = counted({n, c, h, w}), last = reordered(plain, Layout::nhwc());
  for (std::int64_t i = 0; i < n * c * h * w; ++i) {
    const std::int64_t column = i % w, row = i / w % h, channel = i / w / h % c, sample = i / w / h / c;
    const auto at = static_cast<std::size_t>(((sample * h + row) * w + column) * c + channel);
    BOOST_REQUIRE_EQUAL(last.as()[at], plain.as()[static_cast<std::size_t>(i)]);
  }
}

BOOST_AUTO_TEST_CASE(pads_blocked_layouts_with_zeros) {
  const Tensor blocked = reordered(counted({2, 3, 2}), Layout("aBc4b"));
  BOOST_REQUIRE_EQUAL(blocked.as().size(), 2U * 4U * 2U);
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t w = 0; w < 2; ++w) {
      for (std::size_t c = 0; c < 3; ++c)
        BOOST_TEST(blocked.as()[(n * 2 + w) * 4 + c] == static_cast<float>((n * 3 + c) * 2 + w + 1));
      BOOST_TEST(blocked.as()[(n * 2 + w) * 4 + 3] == 0);
    }
}

BOOST_AUTO_TEST_CASE(from_one_padded_layout_to_another_each_element_keeps_its_index) {
  for (const Shape& shape : {Shape{20, 18, 3, 1}, Shape{4, 3, 3, 3}, Shape{17, 1, 3, 3}}) {
    const Tensor plain = counted(shape), blocked = reordered(plain, Layout("ABcd16b16a"));
    BOOST_TEST(same(reordered(blocked, Layout("ABcd8b16a2b")), reordered(plain, Layout("ABcd8b16a2b"))),
               to_string(shape));
    for (std::size_t a = 0; a < shape.size(); ++a) {
      Shape at(shape.size(), 0);
      at[a] = shape[a] - 1;
      std::int64_t from = 0, to = 0;
      for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        from += offsets(shape, plain.layout(), axis)[static_cast<std::size_t>(at[axis])];
        to += offsets(shape, blocked.layout(), axis)[static_cast<std::size_t>(at[axis])];
      }
      BOOST_TEST(blocked.as()[static_cast<std::size_t>(to)] == plain.as()[static_cast<std::size_t>(from)]);
    }
  }
}

BOOST_AUTO_TEST_CASE(there_and_back_is_the_same) {
  struct Case {
    Shape shape;
    const char* layout;
  };
  for (const auto& [shape, layout] : {Case{{5, 7}, "ba"}, Case{{1, 3, 5, 7}, "acdb"}, Case{{17, 3, 3, 3}, "cdba"},
                                      Case{{20, 18, 3, 1}, "ABcd16b16a"}, Case{{2, 9, 4, 4}, "aBcd8b"}}) {
    const Tensor plain = counted(shape);
    BOOST_TEST(same(reordered(reordered(plain, Layout(layout)), Layout()), plain), to_string(shape) << " " << layout);
  }
}

BOOST_AUTO_TEST_CASE(copies_bytes_and_integers_too) {
  Tensor labels({{2, 3}, Type::s32});
  std::iota(labels.as<std::int32_t>().begin(), labels.as<std::int32_t>().end(), -2);
  const Tensor turned = reordered(labels, Layout("ba"));
  const std::vector<std::int32_t> expected{-2, 1, -1, 2, 0, 3};
  BOOST_TEST(turned.as<std::int32_t>() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
