#include <backflow/runtime/dream/options.h>

#include <nlohmann/json.hpp>

#include <backflow/runtime/dream/option_fields.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

/// Every option away from its default.
DreamOptions unusual() {
  DreamOptions o;
  for_each_option(o, [](const char*, auto& value) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, bool>)
      value = !value;
    else if constexpr (std::is_same_v<T, std::string>)
      value += "\"ä";
    else if constexpr (std::is_same_v<T, std::vector<double>>)
      value = {0.1, 1.0 / 3};
    else if constexpr (std::is_integral_v<T>)
      value += 7;
    else
      value += static_cast<T>(1) / 3;
  });
  o.seed = ~std::uint64_t{0};
  return o;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dream_options)

BOOST_AUTO_TEST_CASE(options_survive_json_exactly) {
  for (const DreamOptions& o : {DreamOptions{}, unusual()}) BOOST_CHECK(dream_options_from_json(to_json(o)) == o);
  for (const std::string& name : preset_names())
    BOOST_CHECK(dream_options_from_json(to_json(preset(name, 224, 224))) == preset(name, 224, 224));
}

BOOST_AUTO_TEST_CASE(every_member_has_a_name_of_its_own) {
  // A member that for_each_option forgets would come back as its default. Its bytes are counted here.
  std::size_t bytes = 0, count = 0;
  const DreamOptions o;
  for_each_option(o, [&](const char*, const auto& value) { bytes += sizeof(value), ++count; });
  BOOST_CHECK_LE(bytes, sizeof(DreamOptions));
  BOOST_CHECK_GE(bytes + 64, sizeof(DreamOptions));  // padding between members
  BOOST_CHECK_EQUAL(nlohmann::json::parse(to_json(o)).size(), count);
}

BOOST_AUTO_TEST_CASE(floats_are_written_as_people_write_them) {
  DreamOptions o;
  o.rate = 0.02F;
  BOOST_CHECK_NE(to_json(o).find("\"rate\":0.02,"), std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_an_option_is_refused) {
  CHECK_FAILS(dream_options_from_json("{\"jiter\":3}"), "did you mean 'jitter'");
  CHECK_FAILS(dream_options_from_json("{\"jitter\":3.5}"), "jitter needs to be a whole number, got 3.5");
  CHECK_FAILS(dream_options_from_json("{\"seed\":-1}"), "a whole number ≥ 0");
  CHECK_FAILS(dream_options_from_json("{\"clamp\":1}"), "true or false");
  CHECK_FAILS(dream_options_from_json("{\"scales\":[\"1\"]}"), "a list of numbers");
  CHECK_FAILS(dream_options_from_json("[]"), "no JSON object");
  CHECK_FAILS(dream_options_from_json("{\"jitter\":"), "no JSON object");
  BOOST_CHECK_EQUAL(dream_options_from_json("{\"jitter\":3}").jitter, 3);
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused_by_name) {
  const auto refused = [](auto change, const char* part) {
    DreamOptions o;
    change(o);
    CHECK_FAILS(check(o), part);
  };
  refused([](DreamOptions& o) { o.steps = 0; }, "steps needs to be in 1");
  refused([](DreamOptions& o) { o.width = 0; }, "[dream] an image has 1");
  refused([](DreamOptions& o) { o.width = o.height = 16384; }, "this one would have 16384 × 16384");
  refused([](DreamOptions& o) { o.image = "fourier", o.width = 4097; }, "up to 4096 pixels a side");
  refused([](DreamOptions& o) { o.rate = -1; }, "rate needs");
  refused([](DreamOptions& o) { o.rate = NAN; }, "rate needs");
  refused([](DreamOptions& o) { o.optimizer = "sgd"; }, "ascent, momentum, adam, nadam, got 'sgd'");
  refused([](DreamOptions& o) { o.scale_max = 0.5F; }, "scale_max needs to be in 1");
  refused([](DreamOptions& o) { o.scales.clear(); }, "scales needs");
  refused([](DreamOptions& o) { o.octaves = 200; }, "octaves needs");
  refused([](DreamOptions& o) { o.image = "fourier", o.blur_every = 4; }, "not with image fourier");
  refused([](DreamOptions& o) { o.image = "maco", o.start = "photo"; }, "starts from noise");
  refused([](DreamOptions& o) { o.octave_carry = "detail", o.octaves = 2; }, "needs start photo");
}

BOOST_AUTO_TEST_CASE(presets_are_valid_at_any_size_and_scale_with_it) {
  for (const std::string& name : preset_names())
    for (std::int64_t size : {8, 28, 224, 512}) BOOST_CHECK_NO_THROW(check(preset(name, size, size)));
  BOOST_CHECK_EQUAL(preset("homework", 224, 224).jitter, 32);
  BOOST_CHECK_LE(preset("homework", 28, 28).jitter, 4);
  CHECK_FAILS(preset("best"), "there are naive, homework, deepdream, quality, maco");
}

BOOST_AUTO_TEST_SUITE_END()
