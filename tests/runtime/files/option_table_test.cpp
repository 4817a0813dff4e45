#include <backflow/runtime/files/option_table.h>

#include "tests/support/test.h"

using namespace backflow;

namespace {

enum class Colour : std::uint8_t { red, green };

struct Things {
  bool on = true;
  std::int64_t count = 3;
  std::uint64_t seed = 1;
  float rate = 0.1F;
  double share = 0.5;
  std::string name = "a";
  std::vector<std::int64_t> widths{4, 5};
  std::optional<std::int64_t> limit;
  Colour colour = Colour::green;
};

}  // namespace

template <>
inline constexpr std::array<const char*, 2> backflow::kEnumNames<Colour>{"red", "green"};

namespace {

files::OptionTable table(Things& t) {
  using namespace files;
  return {{"on", &t.on},
          {"count", &t.count, "how many", {1, 10}},
          {"seed", &t.seed},
          {"learning_rate", &t.rate, "", above(0), "lr", "rate"},
          {"share", &t.share, "", below_one()},
          {"name", &t.name},
          {"widths", &t.widths, "", at_least(1)},
          {"limit", &t.limit, "", at_least(1)},
          {"colour", enum_member(t.colour)}};
}

void refused(const std::string& name, const std::string& text, const std::string& problem) {
  Things t;
  const files::OptionTable all = table(t);
  try {
    files::set(*files::find(all, name), text);
    files::check(all);
    BOOST_ERROR(name << " took " << text);
  } catch (const OptionError& e) {
    BOOST_TEST(e.problem() == problem);
    BOOST_TEST(e.option() == files::find(all, name)->name);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(option_table)

BOOST_AUTO_TEST_CASE(values_survive_text_and_json) {
  Things a;
  a.on = false, a.count = 7, a.seed = ~std::uint64_t{0}, a.rate = 1.0F / 3, a.share = 0.1, a.name = "ä\"";
  a.widths = {1}, a.limit = 9, a.colour = Colour::red;
  Things from_text, from_json;
  const files::OptionTable source = table(a), copy = table(from_text);
  for (std::size_t i = 0; i < source.size(); ++i) files::set(copy[i], text_of(source[i]));
  BOOST_TEST(files::to_json(copy) == files::to_json(source));
  files::read_json(table(from_json), files::to_json(source), "[things] ");
  BOOST_TEST(files::to_json(table(from_json)) == files::to_json(source));
  BOOST_TEST(from_json.rate == a.rate);
  BOOST_TEST(from_json.seed == a.seed);
  BOOST_TEST((from_json.colour == Colour::red));
}

BOOST_AUTO_TEST_CASE(an_option_is_found_by_each_of_its_names) {
  Things t;
  const files::OptionTable all = table(t);
  for (const char* name : {"learning_rate", "learning-rate", "lr", "rate"})
    BOOST_TEST(files::find(all, name)->name == "learning_rate", name);
  BOOST_TEST(!files::find(all, "speed"));
  BOOST_TEST(!files::find(all, ""));
  BOOST_TEST(flag_of(*files::find(all, "rate")) == "lr");
}

BOOST_AUTO_TEST_CASE(wrong_values_are_refused_with_what_is_expected) {
  refused("count", "11", "needs to be in 1 … 10, got 11");
  refused("count", "x", "needs to be a whole number, got 'x'");
  refused("count", "1.5", "needs to be a whole number, got '1.5'");
  refused("seed", "-1", "needs to be in 0 … 18446744073709551615, got -1");
  refused("seed", "18446744073709551616", "needs to be in 0 … 18446744073709551615, got 18446744073709551616");
  refused("count", "99999999999999999999", "needs to be in 1 … 10, got 99999999999999999999");
  refused("limit", "99999999999999999999", "needs to be below 2^63, got 99999999999999999999");
  refused("rate", "nan", "needs to be above 0, got nan");
  refused("rate", "0", "needs to be above 0, got 0");
  refused("rate", "", "needs to be a number, got ''");
  refused("share", "1", "needs to be in [0, 1), got 1");
  refused("on", "yes", "needs to be true or false, got 'yes'");
  refused("widths", "3,,4", "needs to be a list of whole numbers, got '3,,4'");
  refused("widths", "3,0", "needs entries to be ≥ 1, got 0");
  refused("limit", "0", "needs to be ≥ 1, got 0");
  refused("colour", "blue", "needs to be red or green, got 'blue'");
}

BOOST_AUTO_TEST_CASE(json_of_another_type_or_name_is_refused) {
  Things t;
  const files::OptionTable all = table(t);
  CHECK_FAILS(files::read_json(all, R"({"colr":1})", "[things] "), "[things] there is no option 'colr'; did you mean");
  CHECK_FAILS(files::read_json(all, R"({"count":"3"})", "[things] "), "[things] count needs to be a whole number, got");
  CHECK_FAILS(files::read_json(all, R"({"on":1})", "[things] "), "on needs to be true or false, got 1");
  CHECK_FAILS(files::read_json(all, R"({"name":1})", "[things] "), "name needs to be a text, got 1");
  CHECK_FAILS(files::read_json(all, R"({"widths":["1"]})", "[things] "), "a list of whole numbers");
  CHECK_FAILS(files::read_json(all, R"({"count":null})", "[things] "), "got null");
  CHECK_FAILS(files::read_json(all, "[1]", "[things] "), "no JSON object");
  CHECK_FAILS(files::read_json(all, "{", "[things] "), "no JSON object");
  const std::string deep = "{\"name\":" + std::string(100'000, '[');
  CHECK_FAILS(files::read_json(all, deep, "[things] "), "[things] the JSON nests deeper than 64");
}

BOOST_AUTO_TEST_SUITE_END()
