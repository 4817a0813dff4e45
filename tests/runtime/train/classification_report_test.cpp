#include <backflow/runtime/train/classification_report.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

/// Eight samples in three classes; the fourth and the seventh are wrong.
ClassificationReport example(std::vector<std::string> names = {}) {
  const std::vector<float> logits{2, 1, 0, 0, 3, 1, 1, 1, 4, 0.5F, 0.25F, 0, 0, 2, 1.5F, 3, 0, 0, 1, 2, 3, 0, 0, 1};
  const std::vector<std::int32_t> labels{0, 1, 2, 1, 1, 0, 0, 2};
  ClassificationReport report(3, std::move(names));
  report.add(std::span(logits).first(9), std::span(labels).first(3));
  report.add(std::span(logits).subspan(9), std::span(labels).subspan(3));
  return report;
}

bool close(double a, double b) { return std::abs(a - b) < 1e-6; }

}  // namespace

BOOST_AUTO_TEST_SUITE(classification_report)

// Expected values: the definitions in numpy.
BOOST_AUTO_TEST_CASE(counts_each_class) {
  const ClassificationReport report = example();
  BOOST_TEST(report.samples() == 8);
  BOOST_TEST(report.accuracy() == 0.75);
  BOOST_TEST(report.top5() == 1);
  const std::vector<ClassScore> scores = report.scores();
  const std::vector<std::array<double, 4>> expected{
      {3, 2.0 / 3, 2.0 / 3, 2.0 / 3}, {3, 1, 2.0 / 3, 0.8}, {2, 2.0 / 3, 1, 0.8}};
  for (std::size_t c = 0; c < 3; ++c) {
    BOOST_TEST(static_cast<double>(scores[c].samples) == expected[c][0]);
    BOOST_TEST(close(scores[c].precision, expected[c][1]));
    BOOST_TEST(close(scores[c].recall, expected[c][2]));
    BOOST_TEST(close(scores[c].f1, expected[c][3]));
  }
  BOOST_TEST(close(report.mean().f1, (2.0 / 3 + 0.8 + 0.8) / 3));
  BOOST_TEST(close(report.calibration_error(), 0.2421020));
  BOOST_TEST(!report.auroc().has_value());
  BOOST_TEST((report.confusion().at({1, 0}) == 1));
}

BOOST_AUTO_TEST_CASE(keeps_the_most_confident_mistakes) {
  const auto mistakes = example().mistakes();
  BOOST_TEST(mistakes.size() == 2U);
  BOOST_TEST(mistakes[0].sample == 6);
  BOOST_TEST(mistakes[0].answer == 2);
  BOOST_TEST(close(mistakes[0].probability, 0.6652409));
  BOOST_TEST(mistakes[1].sample == 3);
  ClassificationReport many(2);
  for (int i = 0; i < 100; ++i)
    many.add(std::vector<float>{0, static_cast<float>(i % 30)}, std::vector<std::int32_t>{0});
  BOOST_TEST(many.mistakes().size() == 25U);
  BOOST_TEST(many.mistakes().front().sample == 29);  // equal ones by their number
}

BOOST_AUTO_TEST_CASE(the_area_under_the_curve_is_of_two_classes) {
  ClassificationReport report(2);
  const std::vector<std::int32_t> labels{0, 0, 1, 1, 1, 0};
  std::vector<float> logits;
  for (const float score : {0.1F, 0.4F, 0.35F, 0.8F, 0.4F, 0.9F}) logits.insert(logits.end(), {0, score});
  report.add(logits, labels);
  BOOST_TEST(close(report.auroc().value(), 4.5 / 9));
  ClassificationReport one_sided(2);
  one_sided.add(std::vector<float>{0, 1}, std::vector<std::int32_t>{1});
  BOOST_TEST(!one_sided.auroc().has_value());
}

BOOST_AUTO_TEST_CASE(is_read_by_people_and_programs) {
  const ClassificationReport report = example({"cat", "dog", "a bird with a very long name indeed"});
  const std::string text = report.text();
  BOOST_TEST(text.find("cat") != std::string::npos);
  BOOST_TEST(text.find("accuracy 75.00 %, calibration error 0.2421") != std::string::npos, text);
  BOOST_TEST(text.find("a bird with a very long \n") == std::string::npos);
  BOOST_TEST(text.find("most confused: ") != std::string::npos);
  const auto json = nlohmann::json::parse(report.json());
  BOOST_TEST(json["confusion_matrix"] == nlohmann::json::parse("[[2, 0, 1], [1, 2, 0], [0, 0, 2]]"));
  BOOST_TEST(json["classes"][1]["label"] == "dog");
  BOOST_TEST(json["mistakes"].size() == 2U);
  BOOST_TEST(nlohmann::json::parse(ClassificationReport(3).json())["accuracy"] == 0);
}

BOOST_AUTO_TEST_CASE(wrong_numbers_are_errors) {
  CHECK_FAILS(ClassificationReport(0), "needs 1 class or more, got 0");
  CHECK_FAILS(ClassificationReport(2, {"one"}), "has 1 names for 2 classes");
  ClassificationReport report(2);
  CHECK_FAILS(report.add(std::vector<float>{1, 2, 3}, std::vector<std::int32_t>{0}), "got 3 logits of 1 samples");
  CHECK_FAILS(report.add(std::vector<float>{1, 2}, std::vector<std::int32_t>{2}), "label 2 of 2 classes");
}

BOOST_AUTO_TEST_SUITE_END()
