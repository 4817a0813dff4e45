#include <backflow/runtime/data/batches.h>
#include <backflow/runtime/data/image_dataset.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "tests/support/count_allocations.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

/// `n` images of 2 × 3, pixel p of image i is 6 i + p; the label is the image's number.
ImageDataset counting(std::size_t n) {
  ImageDataset data({1, 2, 3}, static_cast<int>(n), {0.25F}, {0.5F});
  for (std::size_t i = 0; i < 6 * n; ++i) data.images.push_back(static_cast<std::uint8_t>(i));
  for (std::size_t i = 0; i < n; ++i) data.labels.push_back(static_cast<std::int32_t>(i));
  return data;
}

std::vector<std::uint32_t> order(const Batches& batches, std::uint32_t number) {
  Epoch epoch;
  batches.start(epoch, number);
  return epoch.order;
}

struct Batch {
  std::vector<float> images;
  std::vector<std::int32_t> labels;
  bool operator==(const Batch&) const = default;
};

Batch filled(const Batches& batches, std::uint32_t number, std::size_t index) {
  Epoch epoch;
  batches.start(epoch, number);
  const auto n = static_cast<std::size_t>(batches.size_of(index));
  Batch batch{std::vector<float>(6 * n), std::vector<std::int32_t>(n)};
  batches.fill(epoch, index, batch.images.data(), batch.labels.data());
  return batch;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batches)

BOOST_AUTO_TEST_CASE(the_last_batch_has_what_is_left) {
  const ImageDataset data = counting(10);
  for (auto [batch, count, last] : {std::tuple{4, 3, 2}, {5, 2, 5}, {10, 1, 10}, {99, 1, 10}, {1, 10, 1}}) {
    const Batches b(data, batch);
    BOOST_TEST(b.count() == static_cast<std::size_t>(count));
    BOOST_TEST(b.size_of(b.count() - 1) == last);
    CHECK_FAILS(b.size_of(b.count()), "[batches] batch");
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_visits_every_image_once) {
  const ImageDataset data = counting(37);
  const Batches b(data, 5);
  std::multiset<std::int32_t> seen;
  for (std::size_t i = 0; i < b.count(); ++i) {
    const Batch batch = filled(b, 3, i);
    seen.insert(batch.labels.begin(), batch.labels.end());
  }
  BOOST_TEST(seen == std::multiset<std::int32_t>(data.labels.begin(), data.labels.end()),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_order_depends_on_seed_and_epoch_alone) {
  const ImageDataset data = counting(100);
  const Batches a(data, 5, 1), same(data, 9, 1), other(data, 5, 2);
  BOOST_TEST((order(a, 0) == order(same, 0)));
  BOOST_TEST((order(a, 7) == order(same, 7)));
  BOOST_TEST((order(a, 0) != order(a, 1)));
  BOOST_TEST((order(a, 0) != order(other, 0)));
  Epoch reused;
  a.start(reused, 5);
  a.start(reused, 7);
  BOOST_TEST((reused.order == order(a, 7)));
}

BOOST_AUTO_TEST_CASE(every_order_is_about_as_likely_as_another) {
  const ImageDataset data = counting(3);
  const Batches b(data, 1);
  std::map<std::vector<std::uint32_t>, int> counts;
  for (std::uint32_t epoch = 0; epoch < 6000; ++epoch) ++counts[order(b, epoch)];
  BOOST_TEST(counts.size() == 6U);
  for (const auto& [permutation, n] : counts) BOOST_TEST(std::abs(n - 1000) < 150);
}

BOOST_AUTO_TEST_CASE(without_shuffling_images_come_in_their_order) {
  const ImageDataset data = counting(7);
  const Batches b(data, 4, 1, false);
  BOOST_TEST(filled(b, 2, 0).labels == (std::vector<std::int32_t>{0, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(filled(b, 2, 1).labels == (std::vector<std::int32_t>{4, 5, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pixels_are_standardised) {
  const ImageDataset data = counting(10);
  const Batch batch = filled(Batches(data, 10), 1, 0);
  for (std::size_t i = 0; i < batch.labels.size(); ++i)
    for (std::size_t p = 0; p < 6; ++p) {
      const double pixel = 6.0 * batch.labels[i] + static_cast<double>(p);
      BOOST_TEST(std::abs(batch.images[6 * i + p] - (pixel / 255 - 0.25) / 0.5) < 1e-6);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_after_the_first_epoch_began) {
  const ImageDataset data = counting(10);
  const Batches b(data, 5);
  std::vector<float> images(30);
  std::vector<std::int32_t> labels(5);
  Epoch epoch;
  b.start(epoch, 0);
  const CountAllocations allocations;
  b.fill(epoch, 1, images.data(), labels.data());
  b.start(epoch, 1);
  b.fill(epoch, 0, images.data(), labels.data());
  BOOST_TEST(allocations.so_far() == 0U);
}

BOOST_AUTO_TEST_CASE(threads_may_fill_different_batches_at_once) {
  const ImageDataset data = counting(40);
  const Batches b(data, 8);
  std::vector<Batch> got(b.count());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < got.size(); ++i) threads.emplace_back([&, i] { got[i] = filled(b, 1, i); });
  for (auto& t : threads) t.join();
  for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST((got[i] == filled(b, 1, i)));
}

BOOST_AUTO_TEST_CASE(refuses_an_empty_batch_and_an_epoch_that_was_not_started) {
  const ImageDataset data = counting(3);
  CHECK_FAILS(Batches(data, 1000, 1, true, true), "samples make no batch of 1000");
  CHECK_FAILS(Batches(data, 0), "a batch needs at least 1 sample, got 0");
  float images = 0;
  std::int32_t labels = 0;
  CHECK_FAILS(Batches(data, 1).fill(Epoch(), 0, &images, &labels), "the epoch was not started");
}

BOOST_AUTO_TEST_SUITE_END()
