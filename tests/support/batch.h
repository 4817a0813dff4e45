// A check that an op treats each sample of a batch alone: a large batch, which is cut into tiles, gives the bits that
// its samples give one by one.
#pragma once

#include <algorithm>

#include "tests/support/proof.h"

namespace backflow::proof {

/// `inputs` describe one sample (axis 0 has length 1); `build` must accept any batch. `shared` inputs are not repeated.
inline void check_samples_alone(const std::string& name, const std::vector<Input>& inputs, const Builder& build,
                                std::int64_t batch, const std::vector<std::size_t>& shared = {}) {
  std::vector<Input> whole = inputs;
  std::vector<Array<double>> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool repeated = std::find(shared.begin(), shared.end(), i) == shared.end();
    std::vector<double> once = inputs[i].values;
    if (repeated) whole[i].shape[0] *= batch;
    if (repeated) whole[i].values.clear();
    for (std::int64_t n = 0; repeated && !once.empty() && n < batch; ++n)
      whole[i].values.insert(whole[i].values.end(), once.begin(), once.end());
  }
  values = detail::make_values(whole, {.seed = 3});
  std::vector<double> cotangent;
  const auto together = detail::run(whole, values, build, cotangent, 2);
  auto part = [&](const std::vector<float>& all, std::int64_t n) {
    const auto length = static_cast<std::ptrdiff_t>(all.size()) / batch;
    return std::vector<float>(all.begin() + n * length, all.begin() + (n + 1) * length);
  };
  for (std::int64_t n : {std::int64_t{0}, batch / 2, batch - 1}) {
    std::vector<Array<double>> own;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      own.emplace_back(inputs[i].shape);
      const std::size_t length = own[i].data.size();
      const bool repeated = values[i].data.size() > length;
      const auto from = values[i].data.begin() + (repeated ? n * static_cast<std::ptrdiff_t>(length) : 0);
      std::copy_n(from, length, own[i].data.begin());
    }
    std::vector<double> seed(cotangent.begin() + n * static_cast<std::ptrdiff_t>(cotangent.size()) / batch,
                             cotangent.begin() + (n + 1) * static_cast<std::ptrdiff_t>(cotangent.size()) / batch);
    const auto alone = detail::run(inputs, own, build, seed, 1);
    BOOST_CHECK_MESSAGE(alone.y == part(together.y, n), name << ": sample " << n << " differs in the batch");
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].differentiate && std::find(shared.begin(), shared.end(), i) == shared.end())
        BOOST_CHECK_MESSAGE(alone.gradients[i] == part(together.gradients[i], n),
                            name << ": gradient " << i << " of sample " << n << " differs in the batch");
  }
}

}  // namespace backflow::proof
