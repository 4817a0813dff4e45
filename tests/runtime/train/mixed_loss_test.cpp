#include <backflow/runtime/train/mixed_loss.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

constexpr std::int64_t kSamples = 6, kClasses = 4;

/// Loss and gradient of some logits, by the labels alone if nothing is mixed.
struct Losses {
  double loss = 0;
  std::vector<float> gradient;

  Losses(const std::vector<std::int32_t>& labels, const std::vector<std::int32_t>& others,
         const std::vector<float>& shares, float smoothing) {
    Graph g;
    const Value logits = g.input("logits", {{kSamples, kClasses}}), first = g.input("labels", {{kSamples}, Type::s32});
    const SoftmaxCrossEntropyOptions o{.label_smoothing = smoothing};
    const Value value =
        others.empty()
            ? softmax_cross_entropy(logits, first, o)
            : mixed_cross_entropy(
                  logits, {first, g.input("others", {{kSamples}, Type::s32}), g.input("shares", {{kSamples}})}, o);
    g.output("loss", value);
    g.output("gradient", backflow::gradient(value, logits));
    Store store;
    Scheduler scheduler(1);
    Flow flow(g, store, scheduler);
    for (int i = 0; float& v : flow.input("logits").as()) v = static_cast<float>(std::sin(3 * i++)) * 4;
    std::copy(labels.begin(), labels.end(), flow.input("labels").as<std::int32_t>().begin());
    if (!others.empty()) {
      std::copy(others.begin(), others.end(), flow.input("others").as<std::int32_t>().begin());
      std::copy(shares.begin(), shares.end(), flow.input("shares").as().begin());
    }
    flow.run();
    loss = static_cast<double>(flow.scalar("loss"));
    gradient.assign(flow.output("gradient").begin(), flow.output("gradient").end());
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mixed_loss)

BOOST_AUTO_TEST_CASE(is_the_mean_of_both_labels_losses_by_their_shares) {
  const std::vector<std::int32_t> labels{0, 1, 2, 3, 0, 2}, others{3, 1, 0, 2, 1, 1};
  for (const float smoothing : {0.0F, 0.1F})
    for (const float share : {0.0F, 0.25F, 0.7F, 1.0F}) {
      const Losses first(labels, {}, {}, smoothing), second(others, {}, {}, smoothing);
      const Losses mixed(labels, others, std::vector<float>(kSamples, share), smoothing);
      const double s = static_cast<double>(share);
      BOOST_TEST(std::abs(mixed.loss - (s * first.loss + (1 - s) * second.loss)) < 1e-5);
      for (std::size_t i = 0; i < mixed.gradient.size(); ++i)
        BOOST_TEST(std::abs(mixed.gradient[i] - (share * first.gradient[i] + (1 - share) * second.gradient[i])) <
                   1e-6F);
    }
}

BOOST_AUTO_TEST_CASE(each_sample_has_its_own_share) {
  const std::vector<std::int32_t> labels{0, 1, 2, 3, 0, 2}, others{3, 2, 0, 2, 1, 1};
  std::vector<std::int32_t> chosen = labels;
  std::vector<float> shares(kSamples, 1);
  for (const std::size_t i : {1U, 4U}) {
    shares[i] = 0;
    chosen[i] = others[i];
  }
  const Losses mixed(labels, others, shares, 0), expected(chosen, {}, {}, 0);
  BOOST_TEST(std::abs(mixed.loss - expected.loss) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_label_that_is_no_class_is_refused) {
  CHECK_FAILS(Losses({0, 1, 2, 4, 0, 2}, {0, 0, 0, 0, 0, 0}, std::vector<float>(kSamples, 1), 0), "index 4");
}

BOOST_AUTO_TEST_SUITE_END()
