#include <backflow/ops/channel_mix.h>

#include "tests/support/batch.h"

using namespace backflow;
using proof::Array;

namespace {

struct MixReference {
  ChannelMixOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    const std::size_t channels = static_cast<std::size_t>(x.shape[1]), out = o.matrix.size() / channels;
    Array<T> y({x.shape[0], static_cast<std::int64_t>(out), x.shape[2], x.shape[3]});
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::size_t k = 0; k < out; ++k)
        for (std::int64_t h = 0; h < x.shape[2]; ++h)
          for (std::int64_t w = 0; w < x.shape[3]; ++w) {
            T total = o.bias.empty() ? T(0) : T(o.bias[k]);
            for (std::size_t c = 0; c < channels; ++c)
              total += static_cast<double>(o.matrix[k * channels + c]) * x(n, c, h, w);
            y(n, k, h, w) = total;
          }
    return y;
  }
};

proof::Builder builder(const ChannelMixOptions& o) {
  return [o](Graph&, const std::vector<Value>& v) { return channel_mix(v[0], o); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(channel_mix_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  const ChannelMixOptions colours{{.26F, .09F, .02F, .27F, 0, -.05F, .27F, -.09F, .03F}, {.5F, -.25F, 0}};
  const ChannelMixOptions grey_to_rgb{{1, 2, 3}}, rgb_to_grey{{.3F, .6F, .1F}, {1}};
  proof::prove("3→3", {{{2, 3, 4, 5}}}, builder(colours), MixReference{colours});
  proof::prove("1→3", {{{1, 1, 3, 2}}}, builder(grey_to_rgb), MixReference{grey_to_rgb}, {.linear_in = {0}});
  proof::prove("3→1", {{{3, 3, 1, 2}}}, builder(rgb_to_grey), MixReference{rgb_to_grey});
}

BOOST_AUTO_TEST_CASE(treats_each_image_alone) {
  proof::check_samples_alone("channel_mix", {{{1, 3, 100, 90}}}, builder({{1, 2, 3, 4, 5, 6, 7, 8, 9}}), 7);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3, 4, 4}});
  CHECK_FAILS(channel_mix(x, {{1, 2, 3, 4}, {0, 0}}), "3 channels in and a bias of 2 need a matrix of 6 values, got 4");
  CHECK_FAILS(channel_mix(x, {}), "got 0");
}

BOOST_AUTO_TEST_SUITE_END()
