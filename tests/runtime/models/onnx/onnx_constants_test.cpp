#include <backflow/runtime/models/onnx/onnx_constants.h>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

OnnxTensor folded(const std::string& op, const std::vector<OnnxTensor>& in,
                  std::map<std::string, OnnxNode::Attribute> attributes = {}) {
  std::vector<const OnnxTensor*> inputs;
  for (const OnnxTensor& t : in) inputs.push_back(&t);
  return fold_onnx({op, "n", {}, {"y"}, std::move(attributes)}, 13, inputs).value();
}

using Floats = std::vector<float>;

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_constants)

BOOST_AUTO_TEST_CASE(constants_are_broadcast_as_numpy_does) {
  const OnnxTensor column = onnx_floats({3, 1}, {1, 2, 3}), row = onnx_floats({1, 3}, {10, 20, 30});
  const OnnxTensor outer = folded("Mul", {column, row});
  BOOST_TEST((outer.shape == Shape{3, 3}));
  BOOST_TEST(*outer.floats == (Floats{10, 20, 30, 20, 40, 60, 30, 60, 90}));
  const OnnxTensor sum = folded("Add", {onnx_floats({2, 3}, {1, 2, 3, 4, 5, 6}), onnx_floats({3}, {10, 20, 30})});
  BOOST_TEST(*sum.floats == (Floats{11, 22, 33, 14, 25, 36}));
  BOOST_TEST((folded("Sub", {onnx_floats({}, {1}), onnx_floats({}, {3})}).shape == Shape{}));
  BOOST_TEST((folded("Mul", {onnx_integers({2, 3}), OnnxTensor{{}, nullptr, {4}}}).integers ==
              std::vector<std::int64_t>{8, 12}));
  BOOST_TEST((folded("Mul", {onnx_floats({1, 1}, {2}), onnx_floats({0}, {})}).shape == Shape{1, 0}));
  CHECK_FAILS(folded("Add", {onnx_floats({2}, {1, 2}), onnx_floats({3}, {1, 2, 3})}),
              "cannot combine constants of shapes [2] and [3]");
  CHECK_FAILS(folded("Add", {onnx_floats({1 << 13, 1}, Floats(1 << 13)), onnx_floats({1 << 13}, Floats(1 << 13))}),
              "makes [8192, 8192]; a constant has at most 2^24 elements");
}

BOOST_AUTO_TEST_CASE(a_cast_to_any_float_keeps_fractions) {
  for (const std::int64_t to : {1, 10, 11, 16})
    BOOST_TEST(*folded("Cast", {onnx_floats({3}, {0.5F, 1.5F, 2.5F})}, {{"to", to}}).floats ==
               (Floats{0.5F, 1.5F, 2.5F}));
  BOOST_TEST((folded("Cast", {onnx_floats({2}, {0.5F, 2.5F})}, {{"to", std::int64_t{7}}}).integers ==
              std::vector<std::int64_t>{0, 2}));
}

BOOST_AUTO_TEST_CASE(a_shape_is_filled_with_the_value_or_zeros) {
  const OnnxTensor zeros = folded("ConstantOfShape", {onnx_integers({2, 3})});
  BOOST_TEST((zeros.shape == Shape{2, 3}));
  BOOST_TEST(*zeros.floats == Floats(6));
  const OnnxTensor halves = folded("ConstantOfShape", {onnx_integers({2})}, {{"value", onnx_floats({1}, {0.5F})}});
  BOOST_TEST(*halves.floats == (Floats{0.5F, 0.5F}));
  const OnnxTensor sevens = folded("ConstantOfShape", {onnx_integers({3})}, {{"value", onnx_integers({7})}});
  BOOST_TEST((sevens.integers == std::vector<std::int64_t>{7, 7, 7}));
  BOOST_TEST(folded("ConstantOfShape", {onnx_integers({0, 4})}).floats->empty());
}

BOOST_AUTO_TEST_CASE(a_remainder_has_the_sign_of_the_divisor_or_with_fmod_of_the_dividend) {
  const std::vector<OnnxTensor> whole{onnx_integers({7, -7, 7, -7, 6}), onnx_integers({3, 3, -3, -3, -1})};
  const std::map<std::string, OnnxNode::Attribute> fmod{{"fmod", std::int64_t{1}}};
  BOOST_TEST((folded("Mod", whole).integers == std::vector<std::int64_t>{1, 2, -2, -1, 0}));
  BOOST_TEST((folded("Mod", whole, fmod).integers == std::vector<std::int64_t>{1, -1, 1, -1, 0}));
  const std::vector<OnnxTensor> floats{onnx_floats({2}, {5.5F, -5.5F}), onnx_floats({1}, {2})};
  BOOST_TEST(*folded("Mod", floats, fmod).floats == (Floats{1.5F, -1.5F}));
  CHECK_FAILS(folded("Mod", {onnx_integers({1}), onnx_integers({0})}), "divides by zero");
}

BOOST_AUTO_TEST_CASE(a_shape_beyond_the_limit_is_refused_with_it) {
  CHECK_FAILS(folded("ConstantOfShape", {onnx_integers({50'000, 50'000})}),
              "asks for the impossible shape [50000, 50000]; a constant has at most 2^24 elements");
  CHECK_FAILS(folded("ConstantOfShape", {onnx_integers({INT64_MAX, INT64_MAX})}), "at most 2^24 elements");
  CHECK_FAILS(folded("ConstantOfShape", {onnx_integers({-1})}), "asks for the impossible shape [-1]");
}

BOOST_AUTO_TEST_SUITE_END()
