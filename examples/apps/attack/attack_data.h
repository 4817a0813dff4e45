// What `attack` attacks: samples of a test set, or photos.
#pragma once

#include <string>
#include <vector>

#include <backflow/runtime/attack/attack.h>
#include <backflow/runtime/attack/victim.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/attack/attack_settings.h"

namespace backflow {

struct AttackData {
  attack::Samples samples;                // photos have no labels yet
  std::vector<std::string> names;         // of the samples: files, or numbers in the test set
  std::vector<std::string> class_names;   // of the network; may be empty
  std::vector<std::string> data_classes;  // names of the data's; may be empty
  bool unreadable = false;                // some photo could not be read; that was said
  std::int64_t classes = 0;               // of the data; 0 for photos
};

/// Reads them. Throws a UsageError if there is no such data set, an Error for what is wrong with files, for data that
/// are not images in 0 … 1, and if no photo can be read.
AttackData load_attack_data(const AttackSettings& settings, const models::Model& model, Scheduler& workers);

/// Gives each sample the class that the network has for the data's: by name where both have names, else by number.
/// Photos get the class that the network sees in them. Throws an Error if neither fits.
void set_classes(AttackData& data, attack::Victim& victim, const AttackSettings& settings);

}  // namespace backflow
