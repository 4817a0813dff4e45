#include <backflow/ops/cast.h>

#include <cmath>
#include <limits>

#include "tests/support/narrow.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(cast_)

BOOST_AUTO_TEST_CASE(rounds_to_bf16_and_comes_back_exactly) {
  Tensor x(Spec{{1003}});
  for (std::size_t i = 0; i < 1003; ++i)
    x.as()[i] = std::sin(static_cast<float>(i)) * std::exp2(static_cast<float>(i % 60) - 30);
  x.as()[7] = std::numeric_limits<float>::infinity();
  x.as()[8] = std::numeric_limits<float>::quiet_NaN();
  std::vector<Tensor> in;
  in.push_back(reordered(x, Layout()));
  std::vector<Tensor> narrow = narrowness::run(Cast(Type::bf16), in, {{{1003}, Type::bf16}});
  for (std::size_t i = 0; i < 1003; ++i) BOOST_TEST(narrow[0].as<Bf16>()[i].bits == Bf16::of(x.as()[i]).bits);
  const std::vector<Tensor> wide = narrowness::run(Cast(Type::f32), narrow, {{{1003}}});
  for (std::size_t i = 0; i < 1003; ++i)
    if (i != 8) BOOST_TEST(wide[0].as()[i] == static_cast<float>(narrow[0].as<Bf16>()[i]));
  BOOST_TEST(std::isnan(wide[0].as()[8]));
}

BOOST_AUTO_TEST_CASE(says_between_which_types_it_goes) {
  const Spec labels{{3}, Type::s32}, f32{{3}};
  CHECK_FAILS(Cast(Type::bf16).infer(std::span(&labels, 1)), "goes between f32 and bf16, not from s32 to bf16");
  CHECK_FAILS(Cast(Type::f32).infer(std::span(&f32, 1)), "not from f32 to f32");
}

BOOST_AUTO_TEST_SUITE_END()
