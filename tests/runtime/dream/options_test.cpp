#include <backflow/runtime/dream/options.h>

#include <nlohmann/json.hpp>

#include <backflow/runtime/dream/option_table.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

/// Every option away from its default.
DreamOptions unusual() {
  DreamOptions o;
  for (const files::Option& option : table(o)) {
    if (auto* number = std::get_if<float*>(&option.member))
      **number += 1.0F / 3;
    else if (auto* e = std::get_if<EnumMember>(&option.member))
      *e->value = static_cast<std::uint8_t>(*e->value == 0 ? e->names.size() - 1 : 0);
    else if (auto* flag = std::get_if<bool*>(&option.member))
      **flag = !**flag;
    else if (auto* whole = std::get_if<std::int64_t*>(&option.member))
      **whole += 7;
  }
  o.octave_scale = 1.0 / 3;
  o.scales = {0.1, 1.0 / 3};
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

BOOST_AUTO_TEST_CASE(every_member_is_in_the_table) {
  // A member that the table forgets would come back as its default. Its bytes are counted here.
  DreamOptions o;
  std::size_t bytes = 0, count = 0;
  for (const files::Option& option : table(o)) {
    bytes += std::visit(
        [](const auto& m) {
          if constexpr (std::is_same_v<std::decay_t<decltype(m)>, EnumMember>)
            return sizeof(*m.value);
          else
            return sizeof(*m);
        },
        option.member);
    ++count;
  }
  BOOST_CHECK_LE(bytes, sizeof(DreamOptions));
  BOOST_CHECK_GE(bytes + 64, sizeof(DreamOptions));  // padding between members
  BOOST_CHECK_EQUAL(nlohmann::json::parse(to_json(o)).size(), count);
  const DreamOptions other = unusual(), usual;
  const auto a = nlohmann::json::parse(to_json(other)), b = nlohmann::json::parse(to_json(usual));
  for (const auto& [name, value] : a.items()) BOOST_TEST((value != b[name]), name);
}

BOOST_AUTO_TEST_CASE(former_names_and_hyphens_are_read) {
  const DreamOptions o = dream_options_from_json(R"({"image":"fourier","rate":0.5,"start-mean":0.25,"dead_start":3})");
  BOOST_TEST((o.parameterization == Parameterization::fourier));
  BOOST_TEST(o.learning_rate == 0.5F);
  BOOST_TEST(o.start_mean == 0.25F);
  BOOST_TEST(o.relu_override_steps == 3);
}

BOOST_AUTO_TEST_CASE(an_error_says_which_option_it_is_about) {
  DreamOptions o;
  o.jitter = -1;
  try {
    check(o);
    BOOST_FAIL("jitter -1 was accepted");
  } catch (const OptionError& e) {
    BOOST_TEST(e.option() == "jitter");
    BOOST_TEST(e.problem() == "needs to be in 0 … 65536, got -1");
    BOOST_TEST(e.what() == "[dream] jitter needs to be in 0 … 65536, got -1");
  }
}

BOOST_AUTO_TEST_CASE(floats_are_written_in_their_shortest_form) {
  DreamOptions o;
  o.learning_rate = 0.02F;
  BOOST_CHECK_NE(to_json(o).find("\"learning_rate\":0.02,"), std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_an_option_is_refused) {
  CHECK_FAILS(dream_options_from_json("{\"jiter\":3}"), "did you mean 'jitter'");
  CHECK_FAILS(dream_options_from_json("{\"jitter\":3.5}"), "jitter needs to be a whole number, got '3.5'");
  CHECK_FAILS(dream_options_from_json("{\"seed\":-1}"), "to be in 0 … 18446744073709551615, got -1");
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
  refused([](DreamOptions& o) { o.parameterization = Parameterization::fourier, o.width = 4097; },
          "up to 4096 pixels a side");
  refused([](DreamOptions& o) { o.learning_rate = -1; }, "learning_rate needs");
  refused([](DreamOptions& o) { o.learning_rate = NAN; }, "learning_rate needs");
  CHECK_FAILS(dream_options_from_json(R"({"optimizer":"sgd"})"), "ascent, momentum, adam or nadam, got 'sgd'");
  refused([](DreamOptions& o) { o.scale_max = 0.5F; }, "scale_max needs to be ≥ scale_min 1, got 0.5");
  refused([](DreamOptions& o) { o.scales.clear(); }, "scales needs");
  refused([](DreamOptions& o) { o.octaves = 200; }, "octaves needs");
  refused([](DreamOptions& o) { o.parameterization = Parameterization::fourier, o.blur_every = 4; },
          "not with parameterization fourier");
  refused([](DreamOptions& o) { o.parameterization = Parameterization::maco, o.start = Start::photo; },
          "start needs to be noise");
  refused([](DreamOptions& o) { o.octave_carry = OctaveCarry::detail, o.octaves = 2; }, "needs start photo");
}

BOOST_AUTO_TEST_CASE(presets_are_valid_at_any_size_and_scale_with_it) {
  for (const std::string& name : preset_names())
    for (std::int64_t size : {8, 28, 224, 512}) BOOST_CHECK_NO_THROW(check(preset(name, size, size)));
  BOOST_CHECK_EQUAL(preset("homework", 224, 224).jitter, 32);
  BOOST_CHECK_LE(preset("homework", 28, 28).jitter, 4);
  CHECK_FAILS(preset("best"), "there are naive, homework, deepdream, quality, maco");
}

BOOST_AUTO_TEST_SUITE_END()
