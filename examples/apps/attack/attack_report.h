// What `attack` found, as tables, as JSON and as a contact sheet.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/attack/certify.h>
#include <backflow/runtime/attack/robustness.h>
#include <backflow/runtime/attack/sanity.h>
#include "examples/apps/attack/attack_data.h"

namespace backflow {

struct AttackResults {
  std::size_t right = 0;  // samples that the network gets right as they are
  std::optional<attack::Robustness> robustness;
  std::size_t checked = 0;                  // samples of the sanity list
  std::vector<attack::SanityCheck> sanity;  // empty: not asked for
  std::vector<attack::Certificate> certificates;
};

class AttackReport {
 public:
  /// All three must outlive it.
  AttackReport(const AttackSettings& settings, const AttackData& data, const AttackResults& results)
      : settings_(settings), data_(data), results_(results) {}

  std::string text() const;
  /// On one line.
  std::string json() const;
  /// Each of the smallest adversarial pictures between the sample and the difference, which is stretched around grey.
  /// Does nothing, but for removing an older sheet, where there are none or they are neither grey nor colour images.
  void write_sheet(const std::filesystem::path& file) const;

 private:
  std::string class_name(std::int32_t label) const;
  std::string robustness_text() const;
  std::string sanity_text() const;
  std::string certified_text() const;

  const AttackSettings& settings_;
  const AttackData& data_;
  const AttackResults& results_;
};

}  // namespace backflow
