// Ops that name places by coordinates, and Einsum: values by hand or by loops, the gradient through them.
#include <backflow/runtime/models/graph_file.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/reduce_sum.h>
#include "tests/support/files.h"
#include "tests/support/onnx_file.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::onnx_file;

namespace {

struct Places : TemporaryFolder {
  using Numbers = std::vector<float>;
  std::filesystem::path file = path() / "model.onnx";

  struct Result {
    Shape shape;
    Numbers y, dx;  // the gradient of the sum of y
  };

  /// The output for 1, 2, 3, … of this shape.
  Result run(const std::string& node, const Shape& shape, const std::vector<std::string>& tensors = {}) {
    write_bytes(file, model({node}, tensors, shape, 18));
    Graph g;
    const Value x = g.input("x", {shape});
    const Value y = models::GraphFile(file).build(g, {{"image", x}}).at("y");
    g.output("y", y);
    g.output("dx", gradient(y.shape().empty() ? y : reduce_sum(y, {}), x));
    const auto out = outputs_of(g, {{"x", counted_from(1, shape)}});
    return {y.shape(), out.at("y"), out.at("dx")};
  }
  static void check(const Numbers& got, const Numbers& wanted) {
    BOOST_REQUIRE(got.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      BOOST_TEST(std::abs(got[i] - wanted[i]) < 1e-5F, "element " << i << ": " << got[i] << ", expected " << wanted[i]);
  }
};

/// Whole numbers of a shape.
std::string list(const std::string& name, const Shape& shape, const std::vector<std::int64_t>& values) {
  std::string out;
  for (const std::int64_t n : shape) out += field(1, static_cast<std::uint64_t>(n));
  const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t));
  return out + field(2, 7) + field(8, name) + field(9, bytes);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onnx_places, Places)

BOOST_AUTO_TEST_CASE(gather_nd_takes_elements_and_rows) {
  const std::string gather = node("GatherND", {"image", "i"}, "y");
  auto r = run(gather, {2, 3}, {list("i", {3, 2}, {0, 2, -1, 0, 0, 2})});
  BOOST_TEST((r.shape == Shape{3}));
  check(r.y, {3, 4, 3});
  check(r.dx, {0, 0, 2, 1, 0, 0});
  r = run(gather, {3, 2}, {list("i", {1, 2, 1}, {2, 0})});
  BOOST_TEST((r.shape == Shape{1, 2, 2}));
  check(r.y, {5, 6, 1, 2});
  r = run(gather + field(5, whole_number("batch_dims", 1)), {2, 3}, {list("i", {2, 1}, {1, -1})});
  check(r.y, {2, 6});
  CHECK_FAILS(run(gather, {2, 3}, {list("i", {1, 2}, {0, 3})}), "[gather] index");
  CHECK_FAILS(run(gather, {2, 3}, {list("i", {1, 2}, {0, -4})}), "[gather] index");
  CHECK_FAILS(run(gather, {2, 3}, {list("i", {1, 3}, {0, 0, 0})}), "has 3 coordinates for [2, 3]");
}

BOOST_AUTO_TEST_CASE(scatter_nd_puts_elements_and_rows) {
  const std::vector<std::string> tensors{list("i", {2, 1}, {2, -3}), tensor("u", {2, 2}, {10, 20, 30, 40})};
  const std::string scatter = node("ScatterND", {"image", "i", "u"}, "y");
  auto r = run(scatter, {3, 2}, tensors);
  check(r.y, {30, 40, 3, 4, 10, 20});
  check(r.dx, {0, 0, 1, 1, 0, 0});
  r = run(scatter + field(5, text("reduction", "add")), {3, 2}, tensors);
  check(r.y, {31, 42, 3, 4, 15, 26});
  check(r.dx, {1, 1, 1, 1, 1, 1});
  r = run(scatter + field(5, text("reduction", "mul")), {3, 2}, tensors);
  check(r.y, {30, 80, 3, 4, 50, 120});
  check(r.dx, {30, 40, 1, 1, 10, 20});
  const std::vector<std::string> bounds{list("i", {2, 1}, {2, -3}), tensor("u", {2, 2}, {10, -20, 0, 2})};
  r = run(scatter + field(5, text("reduction", "max")), {3, 2}, bounds);
  check(r.y, {1, 2, 3, 4, 10, 6});
  check(r.dx, {1, 0.5, 1, 1, 0, 1});
  check(run(scatter + field(5, text("reduction", "min")), {3, 2}, bounds).y, {0, 2, 3, 4, 5, -20});
  CHECK_FAILS(run(scatter + field(5, text("reduction", "mean")), {3, 2}, tensors),
              "has a reduction that needs to be none, add, mul, max or min, got 'mean'");
  CHECK_FAILS(run(scatter, {3, 3}, tensors), "has updates [2, 2] for 2 places of 3 elements");
}

BOOST_AUTO_TEST_CASE(reverse_sequence_turns_the_first_steps) {
  const std::string reverse = node("ReverseSequence", {"image", "n"}, "y");
  check(run(reverse, {3, 2}, {integers("n", {3, 2})}).y, {5, 4, 3, 2, 1, 6});
  const std::string rows = reverse + attributes({whole_number("time_axis", 1), whole_number("batch_axis", 0)});
  const auto r = run(rows, {2, 3}, {integers("n", {1, 3})});
  check(r.y, {1, 2, 3, 6, 5, 4});
  check(r.dx, Numbers(6, 1));
}

BOOST_AUTO_TEST_CASE(einsum_sums_over_the_letters_that_the_result_lacks) {
  const auto einsum = [](const std::string& equation, const std::vector<std::string>& in) {
    return node("Einsum", in, "y", text("equation", equation));
  };
  const std::vector<std::string> w{tensor("w", {3, 2}, {1, 0, 0, 1, 1, 1})}, none;
  auto r = run(einsum("ij, jk -> ik", {"image", "w"}), {2, 3}, w);
  check(r.y, {4, 5, 10, 11});
  check(r.dx, {1, 1, 2, 1, 1, 2});
  check(run(einsum("ij,jk", {"image", "w"}), {2, 3}, w).y, {4, 5, 10, 11});
  check(run(einsum("...j,jk->k...", {"image", "w"}), {2, 3}, w).y, {4, 10, 5, 11});
  check(run(einsum("ij->ji", {"image"}), {2, 3}).y, {1, 4, 2, 5, 3, 6});
  check(run(einsum("ij->i", {"image"}), {2, 3}).y, {6, 15});
  check(run(einsum("ij,ij->", {"image", "image"}), {2, 2}).y, {30});
  r = run(einsum("bii->bi", {"image"}), {2, 2, 2});
  check(r.y, {1, 4, 5, 8});
  check(r.dx, {1, 0, 0, 1, 1, 0, 0, 1});
  check(run(einsum("i,j->ij", {"image", "image"}), {2}).y, {1, 2, 2, 4});
  check(run(einsum("i,i,i->i", {"image", "image", "image"}), {2}).y, {1, 8});
  for (const std::string wrong : {"ij->i", "i,i->i", "i->j", "i->ii", "i-->i", "(->("})
    CHECK_FAILS(run(einsum(wrong, {"image"}), {2}), "has the equation '");
}

BOOST_AUTO_TEST_CASE(grid_sample_mixes_the_pixels_around_a_place) {
  const auto sample = [](const std::vector<std::string>& more) {
    return node("GridSample", {"image", "g"}, "y") + attributes(more);
  };
  const std::string corners = whole_number("align_corners", 1), outside = tensor("g", {1, 1, 2, 2}, {-1, -1, 2, 0});
  const std::vector<std::string> middle{tensor("g", {1, 1, 2, 2}, {0, 0, 1, -1})};
  auto r = run(sample({corners}), {1, 1, 2, 2}, middle);
  BOOST_TEST((r.shape == Shape{1, 1, 1, 2}));
  check(r.y, {2.5F, 2});
  check(r.dx, {0.25F, 1.25F, 0.25F, 0.25F});
  check(run(sample({}), {1, 1, 2, 2}, middle).y, {2.5F, 0.5F});
  check(run(sample({}), {1, 1, 2, 2}, {outside}).y, {0.25F, 0});
  check(run(sample({text("padding_mode", "border")}), {1, 1, 2, 2}, {outside}).y, {1, 3});
  check(run(sample({text("padding_mode", "reflection"), corners}), {1, 1, 2, 3}, {outside}).y, {1, 3.5F});
  check(
      run(sample({text("mode", "nearest"), corners}), {1, 1, 1, 3}, {tensor("g", {1, 1, 2, 2}, {0.4F, 0, 0.6F, 0})}).y,
      {2, 3});
  // between pixels 2 and 3 of 1 … 4: 9/16 of the two, −1/16 … by a = −0.75: −3/32 and 19/32
  check(run(sample({text("mode", "bicubic"), corners, text("padding_mode", "border")}), {1, 1, 1, 4},
            {tensor("g", {1, 1, 1, 2}, {0, 0})})
            .y,
        {2.5F});
  check(run(sample({text("mode", "bicubic"), corners}), {1, 1, 1, 4},
            {tensor("g", {1, 1, 1, 2}, {-1 / 3.0F - 1 / 3.0F, 0})})
            .y,
        {1 * 19 / 32.0F + 2 * 19 / 32.0F - 3 * 3 / 32.0F});
  CHECK_FAILS(run(sample({text("mode", "lanczos")}), {1, 1, 2, 2}, middle), "has mode 'lanczos'");
}

BOOST_AUTO_TEST_SUITE_END()
