#include "examples/apps/dream/dream_settings.h"

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

DreamSettings settings_of_two() {
  DreamSettings s;
  s.models = {{"a.onnx", "0badcafe"}, {"b.onnx", "00000001"}};
  s.arch = "resnet18";
  s.standardize = "none";
  s.targets = {{"class:1", "class:1 \"große\" Katze"}, {"layer:conv2:7", "layer:conv2:7"}};
  s.options.learning_rate = 1.0F / 3;
  s.options.scales = {0.1, 1};
  s.options.seed = ~std::uint64_t{0};
  s.photo = {"cat.png", "12345678"};
  s.limit_steps = 5;
  s.sheet = true;
  return s;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  BOOST_REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dream_settings)

BOOST_AUTO_TEST_CASE(survive_their_json) {
  const std::string text = to_json(settings_of_two());
  BOOST_TEST(text.find('\n') == std::string::npos);
  BOOST_TEST((dream_settings_from_json(text, "x") == settings_of_two()));
  BOOST_TEST((dream_settings_from_json(replaced(text, R"("standardize":"none",)", ""), "x").standardize.empty()));
}

BOOST_AUTO_TEST_CASE(of_an_image_have_its_target_alone_and_nothing_of_the_sheet) {
  const DreamSettings all = settings_of_two();
  const image::PngText text = png_text(all, all.targets[1]);
  BOOST_TEST(text.at("Title") == "layer:conv2:7");
  DreamSettings expected = all;
  expected.targets = {all.targets[1]};
  expected.sheet = false;
  BOOST_TEST((dream_settings_from_json(text.at("dream"), "x") == expected));
  const TemporaryFolder folder;
  image::write_png(folder / "image.png", image::blank_image(2, 2), text);
  BOOST_TEST((dream_settings_of(folder / "image.png") == expected));
}

BOOST_AUTO_TEST_CASE(that_are_damaged_are_refused_with_their_place) {
  const std::string good = to_json(settings_of_two());
  for (const auto& [from, to, part] :
       {std::array<std::string, 3>{R"("arch":)", R"("arc":)", "[x] the settings of dream lack 'arch'"},
        {R"("path":"a.onnx")", R"("path":7)", "'path' should be a text, found 7"},
        {R"("limit_steps":5)", R"("limit_steps":-5)", "'limit_steps' should be ≥ 0, found -5"},
        {R"("limit_steps":5)", R"("limit_steps":"5")", "'limit_steps' should be a whole number"},
        {R"("targets":[)", R"("targets":[],"others":[)", "'targets' should be a list, found []"},
        {R"("seed":18446744073709551615)", R"("seed":true)", "[x]"},
        {R"("objective":"class:1")", R"("objective":null)", "'objective' should be a text, found null"}})
    CHECK_FAILS(dream_settings_from_json(replaced(good, from, to), "x"), part);
  CHECK_FAILS(dream_settings_from_json("[]", "x"), "[x] has no settings of dream in it");
}

BOOST_AUTO_TEST_CASE(an_image_without_them_or_with_those_of_two_is_refused) {
  const TemporaryFolder folder;
  image::write_png(folder / "plain.png", image::blank_image(2, 2));
  CHECK_FAILS(dream_settings_of(folder / "plain.png"), "plain.png] has no settings of dream in it");
  image::write_png(folder / "two.png", image::blank_image(2, 2), {{"dream", to_json(settings_of_two())}});
  CHECK_FAILS(dream_settings_of(folder / "two.png"), "two.png] has the settings of 2 images, not of one");
}

BOOST_AUTO_TEST_CASE(a_file_is_known_by_the_sum_of_its_bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "net", "123456789");
  const DreamFile file = summed((folder / "net").string());
  BOOST_TEST(file.crc32 == "cbf43926");  // the check value of CRC-32
  BOOST_CHECK_NO_THROW(check_same(file, "the model"));
  write_bytes(folder / "net", "123456780");
  CHECK_FAILS(check_same(file, "the model"), "is not the model that it was: its CRC-32 is ");
  BOOST_TEST((summed("") == DreamFile{}));
  CHECK_FAILS(summed("\xff"), "a name that is not UTF-8");
}

BOOST_AUTO_TEST_CASE(what_they_have_instead_is_quoted_in_part) {
  std::string list = "[0";
  for (int i = 0; i < 10'000; ++i) list += ",0";
  list += "]";
  for (const std::string& text : {"{\"models\": {\"a\": " + list + "}}", "{\"models\": [{\"path\": " + list + "}]}"})
    BOOST_CHECK_EXCEPTION(dream_settings_from_json(text, "run.json"), Error, [](const Error& e) {
      return std::string(e.what()).find("found ") != std::string::npos && std::string(e.what()).size() < 300;
    });
}

BOOST_AUTO_TEST_SUITE_END()
