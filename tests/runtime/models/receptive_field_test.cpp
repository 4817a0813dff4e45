#include <algorithm>

#include <backflow/runtime/models/receptive_field.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/add.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/resize2d.h>
#include <backflow/runtime/models/torchvision.h>
#include "tests/support/distance.h"
#include "tests/support/run.h"

using namespace backflow;
using namespace backflow::models;

namespace {

using Build = std::function<Value(Value image)>;

Value smooth_network(Value x) {
  x = leaky_relu(conv2d(x, {.out = 4, .kernel = Pair(5, 3), .stride = 2, .padding = Padding(2, 0, 1, 1), .name = "a"}));
  const Value y = conv2d(x, {.out = 3, .kernel = 3, .padding = 2, .dilation = 2, .name = "b"});
  const Value z = average_pool2d(x, {.kernel = 3, .stride = Pair(1), .padding = 1});
  x = pad(concat({y, z}), {{0, 0, 1, 0}, {0, 0, 0, 1}});
  return conv2d(x, {.out = 2, .kernel = 2, .stride = Pair(2, 1), .name = "c"});
}

Value pooled_network(Value x) {
  x = relu(batch_norm(conv2d(x, {.out = 4, .kernel = 3, .padding = 1, .name = "a"}), {.name = "n"}));
  x = max_pool2d(x, {.kernel = 3, .stride = Pair(2), .padding = 1});
  const Value y = relu(conv2d(x, {.out = 4, .kernel = 3, .padding = 1, .name = "b"}));
  x = add(conv2d(y, {.out = 4, .kernel = 3, .padding = 1, .name = "c"}), x);
  return max_pool2d(relu(x), {.kernel = 2});
}

/// Rows and columns of the image where the gradient of one pixel of the layer is not zero: [begin, end).
ReceptiveField measured(const Build& build, const Shape& image, std::int64_t row, std::int64_t column) {
  Graph g;
  const Value x = g.input("x", {image}), y = build(x);
  g.output("d", gradient({y}, {x}, {g.input("seed", y.spec())})[0]);
  std::vector<float> values(static_cast<std::size_t>(elements(image))),
      seed(static_cast<std::size_t>(elements(y.shape())));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
  for (std::int64_t c = 0; c < y.shape()[1]; ++c)
    seed[static_cast<std::size_t>((c * y.shape()[2] + row) * y.shape()[3] + column)] = 1;
  const auto d = outputs_of(g, {{"x", values}, {"seed", seed}}).at("d");
  ReceptiveField f{{image[2], 0, 1}, {image[3], 0, 1}};
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(d.size()); ++i) {
    if (d[static_cast<std::size_t>(i)] == 0) continue;
    const std::int64_t r = i / image[3] % image[2], c = i % image[3];
    f.rows = {std::min(f.rows.begin, r), std::max(f.rows.end, r + 1), 1};
    f.columns = {std::min(f.columns.begin, c), std::max(f.columns.end, c + 1), 1};
  }
  return f;
}

/// Gradient of the mean-free sum of channel 1 by the image.
std::vector<float> channel_gradient(const Build& build, const Shape& image, const std::vector<float>& values) {
  Graph g;
  const Value x = g.input("x", {image}), y = build(x);
  g.output("d", gradient({y}, {x}, {g.input("seed", y.spec())})[0]);
  std::vector<float> seed(static_cast<std::size_t>(elements(y.shape())));
  const auto plane = y.shape()[2] * y.shape()[3];
  std::fill_n(seed.begin() + plane, plane, 1.0F);
  return outputs_of(g, {{"x", values}, {"seed", seed}}).at("d");
}

/// The part of `values` [1, 3, side, side] in rows and columns [begin, end).
std::vector<float> part(const std::vector<float>& values, std::int64_t side, std::int64_t begin, std::int64_t end) {
  std::vector<float> result;
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int64_t k = begin; k < end; ++k)
        result.push_back(values[static_cast<std::size_t>((c * side + r) * side + k)]);
  return result;
}

std::optional<ReceptiveField> field_of(const Build& build, const Shape& image) {
  Graph g;
  const Value x = g.input("x", {image});
  return receptive_field(build(x), x);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(receptive_field_)

BOOST_AUTO_TEST_CASE(is_where_the_gradient_of_a_pixel_is_not_zero) {
  const Shape image{1, 3, 60, 50};
  const auto f = field_of(smooth_network, image);
  BOOST_REQUIRE(f.has_value());
  for (auto [row, column] : {std::pair<std::int64_t, std::int64_t>{4, 8}, {6, 11}}) {
    const ReceptiveField m = measured(smooth_network, image, row, column);
    BOOST_TEST(m.rows.begin == row * f->rows.stride + f->rows.begin);
    BOOST_TEST(m.rows.end == row * f->rows.stride + f->rows.end);
    BOOST_TEST(m.columns.begin == column * f->columns.stride + f->columns.begin);
    BOOST_TEST(m.columns.end == column * f->columns.stride + f->columns.end);
  }
}

BOOST_AUTO_TEST_CASE(a_tile_with_its_halo_has_the_gradient_of_the_whole_image) {
  constexpr std::int64_t side = 80;
  std::vector<float> values(3 * side * side);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7919 % 1009) / 500 - 1;
  const auto f = field_of(pooled_network, {1, 3, side, side});
  BOOST_REQUIRE(f.has_value());
  const std::int64_t h = halo(f->rows);
  BOOST_TEST(f->rows.stride == 4);
  BOOST_TEST(h % 4 == 0);
  const auto whole = channel_gradient(pooled_network, {1, 3, side, side}, values);
  const std::int64_t core = 40, size = 12;
  const std::int64_t begin = core - h, end = core + size + h;
  BOOST_REQUIRE(begin > 0 && end < side);
  const auto tile = channel_gradient(pooled_network, {1, 3, end - begin, end - begin}, part(values, side, begin, end));
  const auto got = part(tile, end - begin, h, h + size);
  BOOST_TEST(relative_distance(got, part(whole, side, core, core + size)) < 1e-6);
  // The halo is needed: without it the border of the image shows.
  const auto bare = channel_gradient(pooled_network, {1, 3, size, size}, part(values, side, core, core + size));
  BOOST_TEST(relative_distance(bare, part(whole, side, core, core + size)) > 1e-2);
}

// Two 3×3 convolutions and a pool add 4 + 1 pixels at each of the strides 1, 2, 4, 8 and 16.
BOOST_AUTO_TEST_CASE(known_networks_have_known_fields) {
  Graph g;
  const Value x = g.input("x", {{1, 3, 96, 96}});
  NetworkBuilder b(g);
  torchvision_network("vgg13_bn").build(b, x);
  for (const Layer& l : b.layers()) {
    const auto f = receptive_field(l.value, x);
    if (l.name == "features.6") BOOST_TEST((f->rows == Sight{-2, 4, 2}));
    if (l.name == "features.34") BOOST_TEST((f->rows.length() == 156 && f->rows.stride == 32));
    if (l.name == "avgpool" || l.name == "classifier.6") BOOST_TEST(!f.has_value());
  }
}

BOOST_AUTO_TEST_CASE(layers_that_see_no_moving_window_have_none) {
  const auto none = [](const Build& build) { BOOST_TEST(!field_of(build, {1, 3, 8, 8}).has_value()); };
  none([](Value x) { return linear(flatten(x), {.out = 4}); });
  none([](Value x) { return global_average_pool2d(x); });
  none([](Value x) { return conv2d(resize2d(x, {.height = 16, .width = 16}), {.out = 4}); });
  none([](Value x) { return reshape(x, {1, 3, 4, 16}); });
  none([](Value x) { return multiply(x, global_average_pool2d(x)); });
  none([](Value x) { return add(x, x.graph->constant("places", x.spec(), zeros())); });
  none([](Value x) { return batch_norm(x, {.training = true}); });
  none([](Value x) {  // paths of different strides
    return concat({max_pool2d(x, {.kernel = 2}), conv2d(x, {.out = 4, .kernel = 5})});
  });
}

BOOST_AUTO_TEST_SUITE_END()
